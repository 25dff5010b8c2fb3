#include "watch/role.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"

int role_signals(void)
{
    sigset_t taken;
    sigemptyset(&taken);
    sigaddset(&taken, SIGHUP);
    sigaddset(&taken, SIGTERM);
    sigaddset(&taken, SIGINT);
    if (sigprocmask(SIG_SETMASK, &taken, NULL))
        return -1;
    return signalfd(-1, &taken, SFD_NONBLOCK | SFD_CLOEXEC);
}

enum role_signal role_next_signal(int signals)
{
    enum role_signal worst = ROLE_NONE;
    struct signalfd_siginfo info;
    while (read(signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo != SIGHUP)
            return ROLE_STOP;
        worst = ROLE_RELOAD;
    }
    return worst;
}

void role_keep_secrets(void)
{
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0);
}

void role_complain(const struct error *err, const char *consequence)
{
    log_error(err);
    struct str rest = str_of(err->show), line;
    while (str_next_line(&rest, &line))
        log_line(LOG_ERROR, "%.*s", (int)line.len, line.at);
    if (consequence)
        log_line(LOG_WARN, "%s", consequence);
}

int role_exit_status(int rc)
{
    switch (rc) {
    case RC_OK:
        return 0;
    case RC_SETTINGS:
    case RC_USAGE:
    case RC_NOT_FOUND:
        return ROLE_EXIT_SETTINGS;
    case RC_INTEGRITY:
        return ROLE_EXIT_INTEGRITY;
    default:
        return 1;
    }
}
