#include <libssh/libssh.h>

#include "drivers/driver.h"

void ssh_prepare(void)
{
    /* libssh and OpenSSL look their algorithms up at first use. A key pair of each family, thrown
     * away, makes them do so. */
    static const struct {
        enum ssh_keytypes_e type;
        int bits;
    } kinds[] = {{SSH_KEYTYPE_ED25519, 0}, {SSH_KEYTYPE_ECDSA_P256, 0}};

    ssh_init();
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        ssh_key key = NULL;
        if (ssh_pki_generate(kinds[i].type, kinds[i].bits, &key) == SSH_OK) {
            ssh_key_free(key);
        }
    }
    ssh_free(ssh_new());
}
