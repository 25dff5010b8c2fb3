/* The installation key. */
#include <sodium.h>
#include <stdio.h>

#include "base/io.h"
#include "settings_private.h"

int key_load(const char *file, unsigned char key[FINGERPRINT_KEY_BYTES], struct error *err)
{
    struct buf text = {.cap = 4096};
    size_t len = 0;
    int rc = sodium_init() < 0 || buf_reserve(&text, 4096) ? settings_no_memory(err)
                                                           : io_read_secret_file(file, &text, err);
    if (rc == RC_NOT_FOUND)
        rc = error_at(err, rc, file, "there is no installation key; `rollcall init` makes one");
    struct str line = str_trim(buf_str(&text));
    if (rc == RC_OK && (sodium_base642bin(key, FINGERPRINT_KEY_BYTES, line.at, line.len, NULL, &len,
                            NULL, sodium_base64_VARIANT_ORIGINAL) ||
                           len != FINGERPRINT_KEY_BYTES)) {
        sodium_memzero(key, FINGERPRINT_KEY_BYTES);
        rc = error_at(err, RC_SETTINGS, file,
            "not an installation key (%d bytes in base64); restore it from a backup, or all "
            "fingerprints change",
            FINGERPRINT_KEY_BYTES);
    }
    buf_wipe(&text);
    return rc;
}

static int make_folder_of(const char *file, struct error *err)
{
    char folder[4096];
    const char *slash = strrchr(file, '/');
    if (!slash || slash == file)
        return RC_OK;
    if (snprintf(folder, sizeof folder, "%.*s", (int)(slash - file), file) >= (int)sizeof folder)
        return error_at(err, RC_LIMIT, file, "path too long");
    return io_make_folders(folder, err);
}

int key_create(const char *file, struct error *err)
{
    unsigned char key[FINGERPRINT_KEY_BYTES];
    char text[64];
    if (sodium_init() < 0)
        return error_set(err, RC_IO, "libsodium does not start");
    int rc = make_folder_of(file, err);
    if (rc)
        return rc;
    randombytes_buf(key, sizeof key);
    sodium_bin2base64(text, sizeof text - 1, key, sizeof key, sodium_base64_VARIANT_ORIGINAL);
    strcat(text, "\n");
    rc = io_write_file(file, 0600, true, str_of(text), err);
    sodium_memzero(key, sizeof key);
    sodium_memzero(text, sizeof text);
    return rc;
}
