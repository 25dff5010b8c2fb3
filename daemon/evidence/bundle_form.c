/* The form of a bundle's document. */
#include "evidence/bundle_file.h"

struct member {
    const char *name;
    json_type type;
    bool optional;
};

static int wrong(struct error *err, const char *path, const char *name, const char *why)
{
    return error_set(err, RC_INVALID, "%s%s%s %s", path, name ? "/" : "", name ? name : "", why);
}

static const struct member *find(const struct member *members, const char *name)
{
    while (members->name && strcmp(members->name, name) != 0)
        members++;
    return members->name ? members : NULL;
}

static bool is_type(json_t *value, json_type type)
{
    return type == JSON_TRUE ? json_is_boolean(value) : json_typeof(value) == type;
}

/* `object` has these members, and no other. */
static int object_has(
    json_t *object, const char *path, const struct member *members, struct error *err)
{
    const char *name;
    json_t *value;
    if (!json_is_object(object))
        return wrong(err, path, NULL, "is no object");
    json_object_foreach(object, name, value)
    {
        const struct member *m = find(members, name);
        if (!m)
            return wrong(err, path, name, "is not a member that belongs there");
        if (!is_type(value, m->type))
            return wrong(err, path, name, "is not of its type");
        if (json_is_integer(value) && json_integer_value(value) < 0)
            return wrong(err, path, name, "is negative");
    }
    for (; members->name; members++)
        if (!members->optional && !json_object_get(object, members->name))
            return wrong(err, path, members->name, "is missing");
    return RC_OK;
}

typedef int (*item_form)(json_t *item, const char *path, struct error *err);

static int each_item(
    json_t *object, const char *path, const char *name, item_form form, struct error *err)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(object, name), i, item)
    {
        char below[128];
        snprintf(below, sizeof below, "%.60s/%.20s/%zu", path, name, i);
        int rc = form(item, below, err);
        if (rc)
            return rc;
    }
    return RC_OK;
}

static int hash_form(json_t *item, const char *path, struct error *err)
{
    struct merkle_hash hash;
    const char *text = json_string_value(item);
    return text && merkle_from_hex(str_of(text), &hash) ? RC_OK
                                                        : wrong(err, path, NULL, "is no hash");
}

static int entry_form(json_t *item, const char *path, struct error *err)
{
    static const struct member members[] = {{"seq", JSON_INTEGER, false},
        {"leaf", JSON_STRING, false}, {"proof", JSON_ARRAY, false}, {0}};
    int rc = object_has(item, path, members, err);
    if (!rc && json_array_size(json_object_get(item, "proof")) > MERKLE_PROOF_MOST)
        rc = wrong(err, path, "proof", "is too long");
    return rc ? rc : each_item(item, path, "proof", hash_form, err);
}

/* Three kinds: text, bytes that are none, and hidden. */
static int line_form(json_t *item, const char *path, struct error *err)
{
    static const struct member text[] = {
        {"salt", JSON_STRING, false}, {"text", JSON_STRING, false}, {0}};
    static const struct member bytes[] = {
        {"salt", JSON_STRING, false}, {"base64", JSON_STRING, false}, {0}};
    static const struct member hidden[] = {
        {"leaf", JSON_STRING, false}, {"shown", JSON_STRING, false}, {0}};
    return object_has(item, path,
        json_object_get(item, "leaf")     ? hidden
        : json_object_get(item, "base64") ? bytes
                                          : text,
        err);
}

static int part_form(json_t *item, const char *path, struct error *err)
{
    static const struct member members[] = {
        {"name", JSON_STRING, false}, {"lines", JSON_ARRAY, false}, {0}};
    int rc = object_has(item, path, members, err);
    return rc ? rc : each_item(item, path, "lines", line_form, err);
}

static int time_form(json_t *object, const char *path, const char *name, struct error *err)
{
    int64_t time_us;
    const char *text = bundle_string(object, name);
    return !text || bundle_parse_time(text, &time_us) ? RC_OK
                                                      : wrong(err, path, name, "is no time in UTC");
}

int bundle_form(json_t *document, struct error *err)
{
    static const struct member members[] = {{"rollcall", JSON_INTEGER, false},
        {"kind", JSON_STRING, false}, {"made", JSON_OBJECT, false}, {"device", JSON_STRING, false},
        {"version", JSON_INTEGER, false}, {"asked", JSON_OBJECT, false}, {"full", JSON_TRUE, false},
        {"seen", JSON_STRING, false}, {"log", JSON_STRING, false}, {"key", JSON_STRING, false},
        {"head", JSON_STRING, false}, {"entries", JSON_ARRAY, false}, {"parts", JSON_ARRAY, false},
        {"access", JSON_ARRAY, false}, {"accounts", JSON_ARRAY, false}, {0}};
    static const struct member made[] = {
        {"time", JSON_STRING, false}, {"program", JSON_STRING, false}, {0}};
    static const struct member asked[] = {
        {"at", JSON_STRING, true}, {"event", JSON_STRING, true}, {0}};
    json_t *asked_for = json_object_get(document, "asked");
    int rc = object_has(document, "", members, err);
    if (!rc)
        rc = object_has(json_object_get(document, "made"), "/made", made, err);
    if (!rc)
        rc = object_has(asked_for, "/asked", asked, err);
    if (!rc)
        rc = time_form(document, "", "seen", err);
    if (!rc)
        rc = time_form(json_object_get(document, "made"), "/made", "time", err);
    if (!rc)
        rc = time_form(asked_for, "/asked", "at", err);
    if (!rc)
        rc = each_item(document, "", "entries", entry_form, err);
    if (!rc)
        rc = each_item(document, "", "parts", part_form, err);
    if (!rc)
        rc = each_item(document, "", "access", line_form, err);
    if (!rc)
        rc = each_item(document, "", "accounts", line_form, err);
    if (!rc && json_array_size(json_object_get(document, "entries")) == 0)
        rc = wrong(err, "", "entries", "has no entry of the version");
    return rc;
}
