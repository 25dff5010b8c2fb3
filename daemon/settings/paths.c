/* Where settings and state stand: the system's places for root, XDG's for everybody else
 * (XDG Base Directory Specification 0.8). */
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "settings_private.h"

static const char system_settings[] = "/etc/rollcall/rollcall.yaml";

static char *joined(const char *folder, const char *rest)
{
    char *path = NULL;
    return asprintf(&path, "%s%s", folder, rest) < 0 ? NULL : path;
}

/* $VARIABLE/rollcall when it is an absolute path, else $HOME/FALLBACK/rollcall. */
static char *xdg_folder(const char *variable, const char *fallback, const char *rest)
{
    const char *folder = getenv(variable);
    const char *home = getenv("HOME");
    char *path = NULL;
    if (folder && *folder == '/')
        return joined(folder, rest);
    if (!home || *home != '/') {
        const struct passwd *user = getpwuid(geteuid());
        home = user ? user->pw_dir : "/";
    }
    return asprintf(&path, "%s/%s%s", home, fallback, rest) < 0 ? NULL : path;
}

char *settings_default_path(void)
{
    const char *own = getenv("ROLLCALL_SETTINGS");
    if (own && *own)
        return strdup(own);
    if (geteuid() == 0 || access(system_settings, F_OK) == 0)
        return strdup(system_settings);
    return xdg_folder("XDG_CONFIG_HOME", ".config", "/rollcall/rollcall.yaml");
}

char *settings_default_state(void)
{
    if (geteuid() == 0)
        return strdup("/var/lib/rollcall");
    return xdg_folder("XDG_STATE_HOME", ".local/state", "/rollcall");
}

char *settings_platforms_folder(const char *settings_file)
{
    const char *slash = strrchr(settings_file, '/');
    char *path = NULL;
    int len = slash ? (int)(slash - settings_file) : 1;
    return asprintf(&path, "%.*s/platforms", len, slash ? settings_file : ".") < 0 ? NULL : path;
}
