#include "cli/action.h"

#include <arpa/inet.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"

/* The audit subsystem's word for "nobody logged in": a service. */
#define NO_LOGIN "4294967295"

int cli_open_store_to_record(struct cli *cli)
{
    int rc = cli_open_settings(cli);
    if (rc)
        return rc;
    return cli_open_store(cli, access(cli->settings->store, F_OK) ? STORE_READ : STORE_WRITE);
}

static json_t *name_of(uid_t uid)
{
    const struct passwd *user = getpwuid(uid);
    return user && utf8_valid(user->pw_name, strlen(user->pw_name)) ? json_string(user->pw_name)
                                                                    : json_sprintf("%u", uid);
}

/* Who logged in, whoever he became since; NULL: himself, or unknown. */
static json_t *login_of(uid_t uid)
{
    struct buf text = {.cap = 64};
    json_t *login = NULL;
    if (io_read_file("/proc/self/loginuid", &text, NULL) == 0) {
        struct str word = str_trim(buf_str(&text));
        uid_t id = (uid_t)strtoul(buf_text(&text), NULL, 10);
        if (word.len && !str_is(word, NO_LOGIN) && id != uid)
            login = name_of(id);
    }
    buf_free(&text);
    return login;
}

/* The client's address by sshd's word, which a user may forge: nothing that is no address. */
static json_t *address_of(const char *connection)
{
    unsigned char bytes[16];
    char address[64] = "";
    snprintf(address, sizeof address, "%.*s", (int)strcspn(connection, " %"), connection);
    return inet_pton(AF_INET, address, bytes) == 1 || inet_pton(AF_INET6, address, bytes) == 1
               ? json_string(address)
               : NULL;
}

json_t *cli_operator(void)
{
    const char *connection = getenv("SSH_CONNECTION");
    uid_t uid = getuid();
    json_t *user = json_pack("{s:o,s:I}", "name", name_of(uid), "uid", (json_int_t)uid);
    json_t *login = login_of(uid), *from = connection ? address_of(connection) : NULL;
    if (login)
        json_object_set_new(user, "login", login);
    if (from)
        json_object_set_new(user, "from", from);
    return user;
}

const char *operator_name(const json_t *user, char *out, size_t size)
{
    const char *name = json_string_value(json_object_get(user, "name"));
    const char *login = json_string_value(json_object_get(user, "login"));
    snprintf(out, size, login ? "%s (%s)" : "%s", name ? name : "", login);
    return name ? out : NULL;
}

static int record(struct cli *cli, const char *device, const json_t *document, struct error *err)
{
    char *text = document ? json_dumps(document, JSON_COMPACT) : NULL;
    const struct store_entry entry = {.kind = ENTRY_ACTION, .device = device, .document = text};
    int rc = text ? store_record(cli->store, &entry, NULL, err)
                  : error_set(err, RC_NO_MEMORY, "out of memory");
    free(text);
    return rc;
}

int cli_record_action(struct cli *cli, const char *action, const char *device, json_t *arguments)
{
    struct error err = ERROR_INIT;
    json_t *document = json_pack("{s:s,s:o,s:o}", "action", action, "user", cli_operator(),
        "arguments", arguments ? arguments : json_object());
    int rc = record(cli, device, document, &err);
    if (rc == RC_NOT_FOUND && device) { /* never collected: the log has no device of that name */
        json_object_set_new(json_object_get(document, "arguments"), "device", json_string(device));
        rc = record(cli, NULL, document, &err);
    }
    json_decref(document);
    if (rc == RC_OK)
        return EXIT_CLEAN;
    error_context(&err, "not done, because it cannot be recorded");
    return cli_fail(&err);
}
