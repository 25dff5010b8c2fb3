/* rooms: access drivers syntax data base */
/* Public keys in the forms that devices write. */
#include "access_fixture.h"

/* One RSA key, made for this test: as SubjectPublicKeyInfo, and as RSAPublicKey alone. */
#define SPKI "30819F300D06092A864886F70D010101050003818D00" RSA
#define RSA                                                                                        \
    "30818902818100DB208E331E4A35B436128753C1143E4898FA765F72CDCF499CBC50FCE7A4DF2455"             \
    "C1E0FA2ED3AD4848A91E0D9595D52DDB164A0B1581FEDD4FAFB529FB9A9D954CFA58C38A01EBC233"             \
    "4717F27484FC3EB026F902C2E11881CA4E304EB70CF1064982AE433FE5A4359E4B61C954F533A64F"             \
    "5F9D987BFFC71CE3DC523D47AD42050203010001"
#define PRINT "SHA256:jHg9+OvtegynTQ9KO+xgNleM10UbkcHqR1QnYOPvnOk"

/* base64 of authorized_keys with one key, and with a comment, two keys and an empty line. */
#define ONE                                                                                        \
    "c3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJMU5URTVBQUFBSUI4eHYxSHlQanNPbDVWb0pNeWZXanVH"             \
    "ZlowWktqTmo2YzNtUEdPSW9Ha2QgYm9iCg=="
#define TWO                                                                                        \
    "IyBvdXJzCnNzaC1lZDI1NTE5IEFBQUFDM056YUMxbFpESTFOVEU1QUFBQUlCOHh2MUh5UGpzT2w1Vm9K"             \
    "TXlmV2p1R2ZaMFpLak5qNmMzbVBHT0lvR2tkIGJvYgoKc3NoLWVkMjU1MTkgQUFBQUMzTnphQzFsWkRJ"             \
    "MU5URTVBQUFBSU1UYzZRV1lZbWdEbEVPbGhGQlZwWkhwQm84ZEN3S2szR2M2UDFVSXhWUFogZXZlCg=="

static void keys_are_read_in_every_form(void **state)
{
    (void)state;
    static const char profile[] = "syntax: { cli: { shape: indented } }\n"
                                  "access:\n"
                                  "  - entry: account\n"
                                  "    match: user {name}\n"
                                  "    options:\n"
                                  "      'key {key}': { into: ssh-key }\n"
                                  "      der: { into: ssh-key, options: { '{key~}': } }\n";
    static const struct {
        const char *config, *xpath;
    } cases[] = {
        {"user bob key " SPKI, "account/ssh-key[algorithm='ssh-rsa']/fingerprint = '" PRINT "'"},
        {"user bob key " RSA, "account/ssh-key[algorithm='ssh-rsa']/fingerprint = '" PRINT "'"},
        {"user bob\n der\n  30818902818100DB208E33\n  1E4A35B4", "count(account/ssh-key) = 1"},
        {"user bob key 30818902", "account/ssh-key/fingerprint = '30818902'"},
        {"user bob key 308189028181", "account/ssh-key/fingerprint = '308189028181'"},
        {"user bob key 3084ffffffff02", "account/ssh-key/fingerprint = '3084ffffffff02'"},
        {"user bob key " ONE, "count(account/ssh-key) = 1 and account/ssh-key/comment = 'bob'"},
        {"user bob key " TWO, "count(account/ssh-key) = 2"},
        {"user bob key " TWO, "account[ssh-key/comment='bob']/ssh-key/comment = 'eve'"},
        {"user bob key " TWO, "not(account/ssh-key[not(starts-with(fingerprint, 'SHA256:'))])"},
    };
    struct fixture f;
    size_t failed = 0;
    fixture_profile(&f, profile);
    for (size_t i = 0; i < COUNT(cases); i++)
        if (!fixture_holds(&f, cases[i].config, cases[i].xpath)) {
            print_error("does not hold: %s\n", cases[i].xpath);
            failed++;
        }
    fixture_free(&f);
    assert_int_equal(failed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_read_in_every_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
