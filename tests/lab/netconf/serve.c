#include "tests/lab/netconf/ncserver.h"

#include <dirent.h>
#include <inttypes.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <nc_server.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "base/io.h"

/* What IETF modules it has come with netconfd's package. */
#define STANDARD_MODULES "/usr/share/yuma/modules/ietf"
#define LIBRARY_NS "urn:ietf:params:xml:ns:yang:ietf-yang-library"

/* Callbacks of the library get nothing of ours: one process, one device. */
static struct nc_device *device;
static struct ly_ctx *context;

static struct nc_server_reply *refuse(const struct ly_ctx *ctx, NC_ERR tag, const char *why)
{
    struct lyd_node *error = nc_err(ctx, tag, NC_ERR_TYPE_APP);
    nc_err_set_msg(error, why, "en");
    return nc_server_reply_err(error);
}

/* <data> in the reply to `rpc`. */
static struct nc_server_reply *reply_with(
    const struct lyd_node *rpc, const char *value, LYD_ANYDATA_VALUETYPE type)
{
    struct lyd_node *output = NULL;

    if (lyd_new_inner(NULL, rpc->schema->module, LYD_NAME(rpc), 0, &output) ||
        lyd_new_any(output, NULL, "data", value, 0, type, 1, NULL)) {
        lyd_free_tree(output);
        return refuse(LYD_CTX(rpc), NC_ERR_OP_FAILED, "no reply could be made");
    }
    return nc_server_reply_data(output, NC_WD_EXPLICIT, NC_PARAMTYPE_FREE);
}

/* ---- data ---- */

/* The elements of a subtree filter, or NULL when all is asked for. */
static const struct lyd_node *filter_of(const struct lyd_node *rpc)
{
    const struct lyd_node *child;

    LY_LIST_FOR(lyd_child(rpc), child)
    {
        if (strstr(LYD_NAME(child), "filter") && child->schema &&
            child->schema->nodetype & LYS_ANYDATA) {
            const struct lyd_node_any *any = (const struct lyd_node_any *)child;
            return any->value_type == LYD_ANYDATA_DATATREE ? any->value.tree : NULL;
        }
    }
    return NULL;
}

static const char *namespace_of(const struct lyd_node *node)
{
    return node->schema ? node->schema->module->ns
                        : ((const struct lyd_node_opaq *)node)->name.module_ns;
}

/* Top elements are all that this server can tell apart. */
static bool asked_for(const struct lyd_node *filter, const char *name, const char *ns)
{
    const struct lyd_node *node;

    LY_LIST_FOR(filter, node)
    {
        const char *asked = namespace_of(node);
        if (strcmp(LYD_NAME(node), name) == 0 && (!asked || !ns || strcmp(asked, ns) == 0)) {
            return true;
        }
    }
    return filter == NULL;
}

static void add_data(struct buf *out, const struct lyd_node *filter)
{
    struct buf text = {.cap = 0};

    buf_add(&text, "<data>");
    if (io_read_file(nc_path(device, "data.xml"), &text, NULL) != 0 || !filter) {
        buf_add_str(out, (struct str){buf_text(&text) + 6, text.len - 6});
        buf_free(&text);
        return;
    }
    buf_add(&text, "</data>");
    xmlDoc *doc = xmlReadMemory(text.data, (int)text.len, NULL, NULL, XML_PARSE_HUGE);
    xmlNode *root = doc ? xmlDocGetRootElement(doc) : NULL;
    for (xmlNode *node = root ? root->children : NULL; node; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && asked_for(filter, (const char *)node->name,
                                                  node->ns ? (const char *)node->ns->href : NULL)) {
            xmlBuffer *printed = xmlBufferCreate();
            xmlNodeDump(printed, doc, node, 0, 0);
            buf_add(out, (const char *)xmlBufferContent(printed));
            xmlBufferFree(printed);
        }
    }
    xmlFreeDoc(doc);
    buf_free(&text);
}

/* Of the yang-library: another one for another set of modules. */
static char *content_id(void *of)
{
    const struct lys_module *module;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */
    uint32_t at = 0;
    char *id = NULL;

    while ((module = ly_ctx_get_module_iter(of, &at))) {
        char line[300];
        snprintf(
            line, sizeof line, "%s@%s", module->name, module->revision ? module->revision : "");
        for (const char *c = line; *c; c++) {
            hash = (hash ^ (unsigned char)*c) * 1099511628211u;
        }
    }
    return asprintf(&id, "%016" PRIx64, hash) < 0 ? NULL : id;
}

static void add_library(struct buf *out, struct ly_ctx *ctx, const struct lyd_node *filter)
{
    struct lyd_node *library = NULL, *node;
    char *id = content_id(ctx);

    if (!device->library || ly_ctx_get_yanglib_data(ctx, &library, "%s", id)) {
        free(id);
        return;
    }
    LY_LIST_FOR(library, node)
    {
        char *printed = NULL;
        if (asked_for(filter, LYD_NAME(node), LIBRARY_NS) &&
            lyd_print_mem(&printed, node, LYD_XML, LYD_PRINT_SHRINK) == LY_SUCCESS && printed) {
            buf_add(out, printed);
        }
        free(printed);
    }
    lyd_free_all(library);
    free(id);
}

static struct nc_server_reply *on_read(const struct lyd_node *rpc)
{
    const struct lyd_node *filter = filter_of(rpc);
    struct buf data = {.cap = 0};

    add_data(&data, filter);
    if (strcmp(LYD_NAME(rpc), "get-config") != 0) {
        add_library(&data, context, filter);
    }
    struct nc_server_reply *reply = reply_with(rpc, buf_text(&data), LYD_ANYDATA_XML);
    buf_free(&data);
    return reply;
}

/* ---- modules ---- */

static const char *leaf(const struct lyd_node *rpc, const char *name)
{
    const struct lyd_node *child;

    LY_LIST_FOR(lyd_child(rpc), child)
    {
        if (strcmp(LYD_NAME(child), name) == 0) {
            return lyd_get_value(child);
        }
    }
    return "";
}

static char *module_text(const struct ly_ctx *ctx, const char *name, const char *revision)
{
    const struct lys_module *module = *revision ? ly_ctx_get_module(ctx, name, revision)
                                                : ly_ctx_get_module_implemented(ctx, name);
    char *text = NULL;

    if (module || (module = ly_ctx_get_module_latest(ctx, name))) {
        lys_print_mem(&text, module, LYS_OUT_YANG, 0);
    }
    return text;
}

static struct nc_server_reply *on_get_schema(const struct lyd_node *rpc)
{
    const char *name = leaf(rpc, "identifier");
    struct buf served = {.cap = 0};
    char *text = NULL;
    struct nc_server_reply *reply;

    if (strchr(name, '/') || nc_has(&device->refused, name)) {
        return refuse(LYD_CTX(rpc), NC_ERR_INVALID_VALUE, "there is no such schema");
    }
    const char *path = nc_path(device, arena_format(&device->arena, "served/%s.yang", name));
    if (io_read_file(path, &served, NULL) != 0) {
        text = module_text(LYD_CTX(rpc), name, leaf(rpc, "version"));
    }
    if (!text && !served.len) {
        reply = refuse(LYD_CTX(rpc), NC_ERR_INVALID_VALUE, "there is no such schema");
    } else {
        reply = reply_with(rpc, text ? text : served.data, LYD_ANYDATA_STRING);
    }
    free(text);
    buf_free(&served);
    return reply;
}

/* ---- the session ---- */

static struct nc_server_reply *on_any(struct lyd_node *rpc, struct nc_session *session)
{
    static const char *const nothing_to_do[] = {"lock", "unlock", "discard-changes", NULL};

    (void)session;
    if (strcmp(LYD_NAME(rpc), "get-schema") == 0) {
        nc_log(device, "get-schema", leaf(rpc, "identifier"));
        return on_get_schema(rpc);
    }
    nc_log(device, LYD_NAME(rpc), NULL);
    if (strncmp(LYD_NAME(rpc), "get", 3) == 0) {
        return on_read(rpc);
    }
    for (const char *const *name = nothing_to_do; *name; name++) {
        if (strcmp(LYD_NAME(rpc), *name) == 0) {
            return nc_server_reply_ok();
        }
    }
    return refuse(LYD_CTX(rpc), NC_ERR_OP_NOT_SUPPORTED, "only reading is possible here");
}

static bool load_modules(struct ly_ctx *ctx)
{
    static const char *all[] = {"*", NULL};
    const char *folder = nc_path(device, "modules");
    DIR *files = opendir(folder);
    bool good = true;

    for (unsigned i = 0; i < device->modules.count; i++) {
        good &= ly_ctx_load_module(ctx, device->modules.at[i], NULL, all) != NULL;
    }
    for (struct dirent *file; files && (file = readdir(files));) {
        size_t len = strcspn(file->d_name, "@.");
        if (len && strstr(file->d_name, ".yang")) {
            char *name = arena_dup(&device->arena, (struct str){file->d_name, len});
            good &= ly_ctx_load_module(ctx, name, NULL, all) != NULL;
        }
    }
    if (files) {
        closedir(files);
    }
    return good;
}

static struct ly_ctx *make_context(void)
{
    static const char *const nmda[] = {"ietf-datastores", "ietf-netconf-nmda", NULL};
    const uint16_t flags =
        LY_CTX_DISABLE_SEARCHDIR_CWD | (uint16_t)(device->library ? 0 : LY_CTX_NO_YANGLIBRARY);
    struct ly_ctx *ctx = NULL;
    bool good;

    if (ly_ctx_new(nc_path(device, "modules"), flags, &ctx) ||
        ly_ctx_set_searchdir(ctx, STANDARD_MODULES)) {
        return NULL;
    }
    good = ly_ctx_load_module(ctx, "ietf-netconf", NULL, NULL) &&
           ly_ctx_load_module(ctx, "ietf-netconf-with-defaults", NULL, NULL) &&
           (!device->monitoring || ly_ctx_load_module(ctx, "ietf-netconf-monitoring", NULL, NULL));
    for (const char *const *name = nmda; good && device->nmda && *name; name++) {
        good = ly_ctx_load_module(ctx, *name, NULL, NULL) != NULL;
    }
    if (!good || !load_modules(ctx)) {
        ly_ctx_destroy(ctx);
        return NULL;
    }
    return ctx;
}

static void answer(struct nc_session *session)
{
    struct nc_pollsession *polled = nc_ps_new();
    int what = 0;

    nc_ps_add_session(polled, session);
    while (!(what & (NC_PSPOLL_SESSION_TERM | NC_PSPOLL_ERROR))) {
        what = nc_ps_poll(polled, -1, NULL);
    }
    nc_ps_clear(polled, 1, NULL);
    nc_ps_free(polled);
}

int nc_serve(struct nc_device *of, const char *user, int fd)
{
    struct nc_session *session = NULL;

    device = of;
    if (!(context = make_context()) || nc_server_init(context)) {
        fprintf(stderr, "ncserver: %s/modules: do not compile\n", device->folder);
        return RC_SETTINGS;
    }
    nc_set_global_rpc_clb(on_any);
    if (device->monitoring) {
        /* Its own would know no module that is refused or broken. */
        const char *path = "/ietf-netconf-monitoring:get-schema";
        ((struct lysc_node *)(uintptr_t)lys_find_path(context, NULL, path, 0))->priv = NULL;
    }
    nc_server_set_content_id_clb(content_id, context, NULL);
    nc_server_set_capab_withdefaults(NC_WD_EXPLICIT, NC_WD_TRIM | NC_WD_ALL);
    for (unsigned i = 0; i < device->capabilities.count; i++) {
        nc_server_set_capability(device->capabilities.at[i]);
    }
    if (nc_accept_inout(fd, fd, user, &session) == NC_MSG_HELLO) {
        answer(session);
    }
    return 0; /* the process ends with it: nothing is freed */
}
