#include "tests/lab/lab.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/io.h"

enum kind { TEXT, WORDS, FLAG, NUMBER };

static const struct key {
    const char *name;
    enum kind kind;
    size_t offset;
} keys[] = {
#define KEY(name, kind)                                                                            \
    {                                                                                              \
#name, kind, offsetof(struct lab_conf, name)                                               \
    }
    KEY(hostname, TEXT),
    {"user", WORDS, offsetof(struct lab_conf, users)},
    KEY(auth, TEXT),
    KEY(authorized_keys, TEXT),
    KEY(second_factor, TEXT),
    {"host_key", WORDS, offsetof(struct lab_conf, host_keys)},
    KEY(ident, TEXT),
    KEY(shell, FLAG),
    KEY(exec, FLAG),
    KEY(prompt, TEXT),
    KEY(privileged, FLAG),
    KEY(enable, TEXT),
    KEY(privileged_only, WORDS),
    KEY(question, TEXT),
    KEY(pager, NUMBER),
    KEY(pager_text, TEXT),
    KEY(pager_off, WORDS),
    KEY(silent, WORDS),
    KEY(error, TEXT),
    KEY(only, TEXT),
    KEY(slow, NUMBER),
    KEY(slow_bytes, NUMBER),
    KEY(cut, NUMBER),
    KEY(then, TEXT),
    KEY(garbage, NUMBER),
    KEY(escapes, FLAG),
    KEY(fake_prompt, FLAG),
    KEY(rename, TEXT),
    KEY(rename_after, NUMBER),
    KEY(drop, TEXT),
    KEY(never, TEXT),
    KEY(endless, TEXT),
    KEY(auth_tries, NUMBER),
    KEY(another_host_key, FLAG),
    KEY(line_end, TEXT),
    KEY(echo, FLAG),
    KEY(pager_always, FLAG),
    KEY(legacy, FLAG),
    KEY(exit_status, FLAG),
#undef KEY
};

static int set(struct lab_session *s, const char *file, struct str name, struct str value)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (!str_is(name, keys[i].name)) {
            continue;
        }
        void *field = (char *)&s->conf + keys[i].offset;
        char *text = arena_dup(&s->arena, value);
        switch (keys[i].kind) {
        case TEXT:
            *(const char **)field = text;
            break;
        case FLAG:
            *(bool *)field = str_is(value, "yes");
            break;
        case NUMBER:
            *(unsigned *)field = (unsigned)strtoul(text, NULL, 10);
            s->conf.cuts |= field == &s->conf.cut;
            break;
        case WORDS: {
            struct lab_words *words = field;
            if (words->count < LAB_WORDS) {
                words->at[words->count++] = text;
            }
            break;
        }
        }
        return 0;
    }
    fprintf(stderr, "labd: %s/%s: unknown key \"%.*s\"\n", s->folder, file, (int)name.len, name.at);
    return RC_SETTINGS;
}

static int read_one(struct lab_session *s, const char *file)
{
    struct buf text = {.cap = 1 << 20};
    char *path = arena_format(&s->arena, "%s/%s", s->folder, file);
    int rc = 0;

    if (io_read_file(path, &text, NULL) == 0) {
        struct str rest = buf_str(&text), line, name;
        while (rc == 0 && str_next_line(&rest, &line)) {
            line = str_trim(line);
            if (line.len && *line.at != '#' && str_next_word(&line, &name)) {
                rc = set(s, file, name, str_trim(line));
            }
        }
    }
    buf_free(&text);
    return rc;
}

int lab_conf_read(struct lab_session *s)
{
    s->conf = (struct lab_conf){
        .hostname = "router",
        .auth = "password publickey",
        .prompt = "@hostname@@sign@",
        .pager_text = "--More--",
        .error = "% Invalid input detected at '^' marker.",
        .line_end = "crlf",
        .shell = true,
        .exec = true,
        .echo = true,
        .exit_status = true,
        .slow_bytes = 1,
        .rename_after = 1,
    };
    int rc = read_one(s, "lab.conf");
    return rc ? rc : read_one(s, "misbehave");
}

bool lab_conf_is(const char *value, const char *word)
{
    return value && strcmp(value, word) == 0;
}

bool lab_conf_begins(const struct lab_words *words, const char *command)
{
    for (unsigned i = 0; i < words->count; i++) {
        if (strncmp(command, words->at[i], strlen(words->at[i])) == 0) {
            return true;
        }
    }
    return false;
}

char *lab_fill(struct lab_session *s, const char *form, const char *hostname, char sign)
{
    struct buf out = {.cap = 64 << 20};
    char number[16], port[16], signs[2] = {sign, 0};
    snprintf(number, sizeof number, "%u", s->number);
    snprintf(port, sizeof port, "%u", s->port);
    const struct {
        const char *name, *value;
    } fills[] = {
        {"@user@", s->user ? s->user : ""},
        {"@port@", port},
        {"@number@", number},
        {"@hostname@", hostname},
        {"@sign@", signs},
    };

    while (*form) {
        size_t i, count = sizeof fills / sizeof *fills, plain = strcspn(form + 1, "@") + 1;
        for (i = 0; i < count && strncmp(form, fills[i].name, strlen(fills[i].name)) != 0; i++) {
        }
        if (i < count) {
            buf_add(&out, fills[i].value);
            form += strlen(fills[i].name);
        } else {
            buf_append(&out, form, plain);
            form += plain;
        }
    }
    char *filled = arena_dup(&s->arena, buf_str(&out));
    buf_free(&out);
    return filled;
}

char *lab_hostname(struct lab_session *s)
{
    return lab_fill(s, s->conf.hostname, "", '#');
}
