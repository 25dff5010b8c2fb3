/* A folder of files for settings to read, and three platforms to know. */
#ifndef ROLLCALL_TESTS_SETTINGS_FIXTURE_H
#define ROLLCALL_TESTS_SETTINGS_FIXTURE_H

#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/embed.h"
#include "base/yang.h"
#include "settings/settings_private.h"

static struct ly_ctx *ctx;
static char folder[64];

static const struct platform fake_platforms[] = {{.name = "frr", .title = "FRR"},
    {.name = "ios", .title = "IOS"}, {.name = "linux", .title = "Linux"}};

const struct platform *platforms_find(const struct platforms *all, const char *name)
{
    static const char *const alias[] = {"frrouting", "cisco", "debian"};
    (void)all;
    for (size_t i = 0; i < COUNT(fake_platforms); i++)
        if (strcasecmp(name, fake_platforms[i].name) == 0 || strcasecmp(name, alias[i]) == 0)
            return &fake_platforms[i];
    return NULL;
}

const char *platforms_nearest(const struct platforms *all, const char *name)
{
    const char *names[] = {"frr", "ios", "linux"};
    (void)all;
    return text_nearest(name, names, COUNT(names));
}

static const char *path_in(const char *name, char *out, size_t size)
{
    snprintf(out, size, "%s/%s", folder, name);
    return out;
}

static void put_mode(const char *name, const char *text, mode_t mode)
{
    char path[256];
    unlink(path_in(name, path, sizeof path));
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

static void put(const char *name, const char *text)
{
    put_mode(name, text, 0644);
}

static int load(const char *yaml, struct settings **s, struct error *err)
{
    char path[256];
    if (yaml)
        put("rollcall.yaml", yaml);
    return settings_load(ctx, path_in("rollcall.yaml", path, sizeof path), NULL, s, err);
}

static struct settings *loaded(const char *yaml)
{
    struct settings *s = NULL;
    struct error err = ERROR_INIT;
    if (load(yaml, &s, &err))
        fail_msg("%s: %s\n%s", err.place, err.text, err.show);
    return s;
}

static int set_up(void **state)
{
    static const char *const modules[] = {"rollcall-settings", NULL};
    struct error err = ERROR_INIT;
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/rollcall-test-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    if (yang_context(modules, &ctx, &err)) {
        fprintf(stderr, "%s\n", err.text);
        return -1;
    }
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        char path[400];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        unlink(path);
    }
    if (dir)
        closedir(dir);
    ly_ctx_destroy(ctx);
    return rmdir(folder);
}

#endif
