/* Credentials: references in the settings, secrets at login. */
#include "base/yang.h"
#include "settings_private.h"

static int read_credential(struct loader *l, const struct lyd_node *node, struct credential *c)
{
    const struct {
        const char *name;
        struct secret_source *source;
    } parts[] = {{"password", &c->password}, {"private-key", &c->private_key},
        {"passphrase", &c->passphrase}, {"enable", &c->enable}, {"certificate", &c->certificate}};
    c->certificate.is_public = true;
    c->name = yang_leaf(node, "name");
    c->user = yang_leaf(node, "user");
    c->agent = yang_is_true(node, "agent");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        int rc = secret_source_read(l, yang_child(node, parts[i].name), parts[i].source);
        if (rc)
            return rc;
    }
    return RC_OK;
}

int load_credentials(struct loader *l)
{
    size_t count = 0;
    for (const struct lyd_node *n = lyd_child(l->tree); n; n = n->next)
        count += strcmp(LYD_NAME(n), "credentials") == 0;
    struct credential *made = arena_take(&l->memory->arena, (count + 1) * sizeof *made);
    if (!made)
        return settings_no_memory(l->err);
    l->memory->credentials = made;
    for (const struct lyd_node *n = lyd_child(l->tree); n; n = n->next) {
        if (strcmp(LYD_NAME(n), "credentials") != 0)
            continue;
        int rc = read_credential(l, n, &made[l->memory->credential_count++]);
        if (rc)
            return rc;
    }
    return RC_OK;
}

int settings_resolve(const struct credential *c, struct driver_login *login, struct error *err)
{
    struct secret *password = NULL, *key = NULL, *passphrase = NULL, *enable = NULL;
    int rc = secret_source_fetch(&c->password, false, &password, err);
    if (rc == RC_OK)
        rc = secret_source_fetch(&c->private_key, true, &key, err);
    if (rc == RC_OK)
        rc = secret_source_fetch(&c->passphrase, false, &passphrase, err);
    if (rc == RC_OK)
        rc = secret_source_fetch(&c->enable, false, &enable, err);
    *login = (struct driver_login){.user = c->user,
        .password = password,
        .private_key = key,
        .key_passphrase = passphrase,
        .enable_secret = enable,
        .use_agent = c->agent};
    if (rc)
        login_free(login);
    return rc;
}

int settings_resolve_password(
    const struct credential *c, struct driver_login *login, struct error *err)
{
    struct secret *password = NULL;
    int rc = secret_source_fetch(&c->password, false, &password, err);
    *login = (struct driver_login){.user = c->user, .password = password};
    return rc;
}

int settings_resolve_certificate(const struct credential *c, struct buf *pem, struct error *err)
{
    struct secret *certificate = NULL;
    int rc = secret_source_fetch(&c->certificate, true, &certificate, err);
    if (rc == RC_OK && buf_add_str(pem, secret_value(certificate)))
        rc = settings_no_memory(err);
    secret_free(certificate);
    return rc;
}

void login_free(struct driver_login *login)
{
    if (!login)
        return;
    /* made by settings_resolve(): const only for those who borrow it */
    secret_free((struct secret *)login->password);
    secret_free((struct secret *)login->private_key);
    secret_free((struct secret *)login->key_passphrase);
    secret_free((struct secret *)login->enable_secret);
    *login = (struct driver_login){.user = NULL};
}
