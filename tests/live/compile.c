/* rooms: netconf ssh drivers base */
/* compile [-o FILE] [--hello FILE | --library FILE] FOLDER... [-- FOLDER...]
 *
 * Compile a set of the YANG modules in these folders (not those below them), and say what came of
 * it: "modules N, notes N, lines N, bytes N, seconds S, megabytes M". The set is what a saved
 * <hello> or YANG library lists, else all modules in the folders before the dashes. Notes go to
 * stderr. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/io.h"
#include "drivers/netconf/modules.h"

static struct part *parts;
static size_t part_count;
static struct buf set;
static bool all_modules = true;

static void must(int rc, const struct error *err)
{
    char line[1200];
    if (rc == RC_OK)
        return;
    fprintf(stderr, "compile: %s\n", error_line(err, line, sizeof line));
    exit(1);
}

static bool is_submodule(const struct buf *text)
{
    struct str rest = buf_str(text), line;
    while (str_next_line(&rest, &line)) {
        line = str_trim(line);
        if (str_starts(line, "submodule ") || str_starts(line, "module "))
            return str_starts(line, "submodule ");
    }
    return false;
}

static void take(const char *folder, const char *file, bool in_set)
{
    struct error err = ERROR_INIT;
    size_t len = strcspn(file, "@");
    if (len == strlen(file))
        len -= strlen(".yang");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    parts = realloc(parts, (part_count + 1) * sizeof *parts);
    if (!parts)
        abort();
    struct part *p = &parts[part_count++];
    *p = (struct part){.name = strdup(file)};
    must(io_read_file(path, &p->text, &err), &err);
    if (all_modules && in_set && !is_submodule(&p->text))
        must(buf_format(&set, "module %.*s - -\n", (int)len, file), &err);
}

static void take_all(const char *folder, bool in_set)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        size_t len = strlen(entries[i]->d_name);
        if (len > 5 && strcmp(entries[i]->d_name + len - 5, ".yang") == 0)
            take(folder, entries[i]->d_name, in_set);
        free(entries[i]);
    }
    free(entries);
}

static void read_hello(const char *path)
{
    struct buf text = {0};
    struct error err = ERROR_INIT;
    struct netconf_hello hello;
    must(io_read_file(path, &text, &err), &err);
    must(hello_parse(buf_str(&text), &hello, &err), &err);
    must(modules_from_hello(&hello, &set, &err), &err);
    hello_free(&hello);
    buf_free(&text);
}

static void read_library(const char *path)
{
    struct buf text = {0};
    struct error err = ERROR_INIT;
    must(io_read_file(path, &text, &err), &err);
    must(modules_from_library(buf_str(&text), &set, &err), &err);
    buf_free(&text);
}

static size_t count_lines(const struct buf *b)
{
    size_t count = 0;
    for (size_t i = 0; i < b->len; i++)
        count += b->data[i] == '\n';
    return count;
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static long megabytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss / 1024;
}

int main(int argc, char **argv)
{
    struct buf schema = {0}, notes = {0};
    struct error err = ERROR_INIT;
    const char *output = NULL;
    bool in_set = true;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-o") == 0 && i + 1 < argc) {
            output = argv[++i];
        } else if (strcmp(argv[i], "--hello") == 0 && i + 1 < argc) {
            read_hello(argv[++i]);
            all_modules = false;
        } else if (strcmp(argv[i], "--library") == 0 && i + 1 < argc) {
            read_library(argv[++i]);
            all_modules = false;
        } else if (strcmp(argv[i], "--") == 0) {
            in_set = false;
        } else {
            take_all(argv[i], in_set);
        }
    }
    double begin = seconds();
    must(modules_compile(buf_str(&set), parts, part_count, &schema, &notes, &err), &err);
    printf("modules %zu, notes %zu, lines %zu, bytes %zu, seconds %.2f, megabytes %ld\n",
        count_lines(&set), count_lines(&notes), count_lines(&schema), schema.len, seconds() - begin,
        megabytes());
    fputs(buf_text(&notes), stderr);
    if (output)
        must(io_write_file(output, 0644, false, buf_str(&schema), &err), &err);
    return 0;
}
