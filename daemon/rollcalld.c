/* rollcalld: watches devices. The command line is rollcall (daemon/rollcall.c). */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "settings/settings.h"
#include "watch/watch.h"

#define EXIT_USAGE 2

static const char usage[] =
    "rollcalld [OPTION...]\n"
    "Reads the accounts of routers on schedule and tells what changed.\n"
    "\n"
    "  --settings FILE   settings (default: $ROLLCALL_SETTINGS, /etc/rollcall/rollcall.yaml,\n"
    "                    or the user's own; rollcall init writes one)\n"
    "  --once            read each device once, deliver the alerts, end\n"
    "  --foreground      stay in the foreground: it always does, for service managers\n"
    "  --verbose         log every collection\n"
    "  --version         print the version\n"
    "  --help            print this\n"
    "\n"
    "SIGHUP reads settings and platforms again; wrong ones change nothing. SIGTERM ends it.\n"
    "Exit: 0 stopped; 1 cannot start; 2 usage or settings; 5 the history's integrity failed;\n"
    "with --once: 3 some devices failed, 4 all did.\n";

struct options {
    char *settings_file;
    bool once, verbose;
};

/* -1: go on; else the exit status. */
static int read_options(int argc, char **argv, struct options *out)
{
    static const struct option known[] = {{"settings", required_argument, NULL, 's'},
        {"once", no_argument, NULL, 'o'}, {"foreground", no_argument, NULL, 'f'},
        {"verbose", no_argument, NULL, 'v'}, {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, 'h'}, {NULL, 0, NULL, 0}};
    int option;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case 's':
            free(out->settings_file);
            out->settings_file = strdup(optarg);
            break;
        case 'o':
            out->once = true;
            break;
        case 'v':
            out->verbose = true;
            break;
        case 'f':
            break;
        case 'V':
            puts("rollcalld " ROLLCALL_VERSION);
            return 0;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "rollcalld: \"%s\" is no option; see rollcalld --help\n", argv[optind]);
        return EXIT_USAGE;
    }
    if (!out->settings_file)
        out->settings_file = settings_default_path();
    return out->settings_file ? -1 : EXIT_USAGE;
}

int main(int argc, char **argv)
{
    struct options options = {0};
    int status = read_options(argc, argv, &options);
    if (status < 0) {
        log_open("rollcalld", options.verbose ? LOG_INFO : LOG_NOTICE);
        status = watch_run(
            &(struct watch_options){.settings_file = options.settings_file, .once = options.once});
    }
    free(options.settings_file);
    return status;
}
