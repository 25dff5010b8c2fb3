/* rooms: evidence base */
/* What an auditor is handed: a file of evidence, a signed note, a public key. The first byte says
 * which. Whatever it is, checking ends without harm, and nobody but the holder of the key makes
 * what is believed. */
#include <stdint.h>
#include <stdlib.h>

#include "evidence/bundle.h"

static const struct log_key key = {
    .log = "00112233445566778899aabbccddeeff", .public_key = {0xd7, 0x5a, 0x98, 0x01}};

static void check_bundle(struct str text, const struct log_key *given)
{
    struct bundle_report report;
    struct error err = ERROR_INIT;
    int rc = bundle_check(text, "file", given, &report, &err);
    if (rc == 0 && given && report.good)
        abort();
    for (size_t i = 0; i < report.count; i++)
        if (!utf8_valid(report.findings[i].text, strlen(report.findings[i].text)))
            abort();
    bundle_report_free(&report);
}

static void check_key(struct str text)
{
    struct log_key read, again;
    struct buf out = {0};
    if (key_parse(text, &read, NULL))
        return;
    /* What was read is what is written. */
    if ((read.log[0] ? key_text(&read, &out) : key_pem(&read, &out)) ||
        key_parse(buf_str(&out), &again, NULL) || memcmp(&read, &again, sizeof read) != 0)
        abort();
    buf_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct str text = {(const char *)data + 1, size - 1};
    struct head head;
    switch (data[0]) {
    case 'n':
        head_parse(text, &head, NULL);
        if (head_open(text, &key, &head, NULL) == 0)
            abort();
        break;
    case 'k':
        check_key(text);
        break;
    case 'b':
        check_bundle(text, &key);
        break;
    default:
        check_bundle(text, NULL);
    }
    return 0;
}
