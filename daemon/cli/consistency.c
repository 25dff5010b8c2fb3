/* A proof that a log only grew, checked without the store. */
#include <jansson.h>

#include "base/io.h"
#include "cli/heads.h"

/* {"old":N,"size":M,"hashes":[HEX,...]}, among other members. */
static int read_proof(
    const char *path, uint64_t *old, uint64_t *size, struct proof *proof, struct error *err)
{
    struct buf text = {.cap = (size_t)1 << 20};
    int rc = io_read_file(path, &text, err);
    json_t *json = rc ? NULL : json_loadb(buf_text(&text), text.len, JSON_REJECT_DUPLICATES, NULL);
    const json_t *hashes = json_object_get(json, "hashes"), *hash;
    size_t i;
    bool good = json_is_array(hashes) && json_array_size(hashes) <= MERKLE_PROOF_MOST;
    *old = (uint64_t)json_integer_value(json_object_get(json, "old"));
    *size = (uint64_t)json_integer_value(json_object_get(json, "size"));
    proof->count = 0;
    json_array_foreach(hashes, i, hash)
    {
        good = good && json_is_string(hash) &&
               merkle_from_hex(str_of(json_string_value(hash)), &proof->hashes[proof->count++]);
    }
    if (!rc && !good)
        rc = error_at(err, RC_USAGE, path,
            "it is no proof of consistency; make one with: rollcall head --proof SIZE");
    json_decref(json);
    buf_free(&text);
    return rc;
}

static int read_key(const char *text, struct log_key *key, struct error *err)
{
    struct buf file = {.cap = 65536};
    int rc = key_parse(str_of(text), key, NULL);
    if (rc && io_read_file(text, &file, NULL) == RC_OK)
        rc = key_parse(buf_str(&file), key, err);
    else if (rc)
        rc = error_set(err, RC_USAGE, "\"%s\" is no public key, and no file with one", text);
    buf_free(&file);
    return rc;
}

/* The newest head of a file, signed by the key. */
static int read_head(struct cli *cli, const char *path, const struct log_key *key,
    struct head *head, struct error *err)
{
    struct kept_heads kept = {.at = NULL};
    int rc = kept_heads_read(cli, path, &kept, err);
    if (!rc)
        rc = head_open(kept.at[kept.count - 1].note, key, head, err);
    if (rc == RC_NOT_FOUND && kept.count)
        rc = error_at(err, RC_INTEGRITY, path, "it is not signed by that key");
    kept_heads_free(&kept);
    return rc;
}

int consistency_check(struct cli *cli, const char *proof_file, const char *old_head,
    const char *new_head, const char *public_key)
{
    struct error err = ERROR_INIT;
    struct log_key key;
    struct head before, after;
    struct proof proof;
    uint64_t old = 0, size = 0;
    int rc = read_key(public_key, &key, &err);
    if (!rc)
        rc = read_head(cli, old_head, &key, &before, &err);
    if (!rc)
        rc = read_head(cli, new_head, &key, &after, &err);
    if (!rc)
        rc = read_proof(proof_file, &old, &size, &proof, &err);
    if (rc)
        return cli_fail(&err);
    bool good = old == before.size && size == after.size && strcmp(before.log, after.log) == 0 &&
                merkle_check_consistency(old, &before.root, size, &after.root, &proof);
    struct writer *w = cli_writer(cli, "consistency-check");
    writer_object(w, "consistency", NULL);
    writer_flag(w, "good", good, good ? STYLE_GOOD : STYLE_BAD);
    writer_number(w, "old", (int64_t)before.size, STYLE_PLAIN);
    writer_number(w, "size", (int64_t)after.size, STYLE_PLAIN);
    writer_text(w, "log", after.log, STYLE_PLAIN);
    writer_close(w);
    writer_line(w, good ? STYLE_GOOD : STYLE_BAD,
        good ? "the log only grew between the two heads"
             : "this does not prove that the log only grew between the two heads");
    return good ? EXIT_CLEAN : EXIT_INTEGRITY;
}
