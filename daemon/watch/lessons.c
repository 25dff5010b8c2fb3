#include "watch/lessons.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "collect/learn.h"

/* Compiling a vendor's modules takes a processor and half a gigabyte. */
#define MOST_AT_ONCE 2

struct waiting {
    struct waiting *next;
    struct collection *collection;
    struct result *result;
    void *tag;
};

/* The lesson of one set of modules. */
struct subject {
    struct subject *next;
    char set[MODULES_ID_SIZE];
    struct lesson *lesson; /* the pool's tag; NULL: not begun yet */
    struct waiting *waiting;
};

struct lessons {
    struct pool *pool;
    lessons_go *go;
    void *ctx;
    struct subject *subjects;
};

int lessons_new(
    struct pool *pool, lessons_go *go, void *ctx, struct lessons **out, struct error *err)
{
    struct lessons *lessons = calloc(1, sizeof *lessons);
    if (!lessons)
        return error_set(err, RC_NO_MEMORY, "no memory for lessons");
    *lessons = (struct lessons){.pool = pool, .go = go, .ctx = ctx};
    *out = lessons;
    return RC_OK;
}

static void subject_free(struct subject *subject)
{
    lesson_free(subject->lesson);
    while (subject->waiting) {
        struct waiting *w = subject->waiting;
        subject->waiting = w->next;
        result_free(w->result);
        free(w);
    }
    free(subject);
}

void lessons_free(struct lessons *lessons)
{
    if (!lessons)
        return;
    while (lessons->subjects) {
        struct subject *subject = lessons->subjects;
        lessons->subjects = subject->next;
        subject_free(subject);
    }
    free(lessons);
}

static size_t count_running(const struct lessons *lessons)
{
    size_t count = 0;
    for (const struct subject *s = lessons->subjects; s; s = s->next)
        count += s->lesson != NULL;
    return count;
}

static struct subject *find_subject(struct lessons *lessons, const char *set)
{
    struct subject *s = lessons->subjects;
    while (s && strcmp(s->set, set) != 0)
        s = s->next;
    return s;
}

static void log_failure(const char *device, const struct error *why)
{
    char line[1100];
    log_line(LOG_WARN,
        "%s: what its modules mean could not be learned, its data is compared as it is: %s", device,
        error_line(why, line, sizeof line));
}

/* False: it could not be begun; nobody need wait. */
static bool begin(struct lessons *lessons, struct subject *subject,
    const struct collection *collection, const struct result *result)
{
    struct error err = ERROR_INIT;
    int rc = lesson_begin(collection, result, &subject->lesson, &err);
    if (rc == RC_OK) {
        const char *device = lesson_device(subject->lesson);
        rc = pool_start(lessons->pool, device, lesson_job(subject->lesson), subject->lesson, &err);
        lesson_forget_job(subject->lesson);
    }
    if (rc == RC_OK)
        return true;
    log_failure(subject->lesson ? lesson_device(subject->lesson) : "a device", &err);
    lesson_free(subject->lesson);
    subject->lesson = NULL;
    return false;
}

static struct subject *add_subject(struct lessons *lessons, const char *set)
{
    struct subject *subject = calloc(1, sizeof *subject);
    if (!subject)
        return NULL;
    memcpy(subject->set, set, sizeof subject->set);
    subject->next = lessons->subjects;
    lessons->subjects = subject;
    return subject;
}

static void remove_subject(struct lessons *lessons, struct subject *subject)
{
    struct subject **at = &lessons->subjects;
    while (*at != subject)
        at = &(*at)->next;
    *at = subject->next;
}

static bool wait_for(
    struct subject *subject, struct collection *collection, struct result *result, void *tag)
{
    struct waiting *w = calloc(1, sizeof *w);
    if (!w)
        return false;
    *w = (struct waiting){subject->waiting, collection, result, tag};
    subject->waiting = w;
    return true;
}

bool lessons_hold(
    struct lessons *lessons, struct collection *collection, struct result *result, void *tag)
{
    char set[MODULES_ID_SIZE];
    if (!collection_unlearned(collection, result, set))
        return false;
    bool first = collection_is_first(collection), may_begin;
    struct subject *subject = find_subject(lessons, set);
    may_begin = !subject && count_running(lessons) < MOST_AT_ONCE;
    if (!subject && !first && !may_begin)
        return false; /* its next pull will ask again */
    if (!subject && !(subject = add_subject(lessons, set)))
        return false;
    if (may_begin && !begin(lessons, subject, collection, result)) {
        remove_subject(lessons, subject);
        subject_free(subject);
        return false;
    }
    if (!first || !wait_for(subject, collection, result, tag))
        return false;
    collection_extend(collection, LESSON_MOST_S, NULL);
    return true;
}

/* Everybody who waited goes on, whatever came of it. */
static void release(struct lessons *lessons, struct subject *subject)
{
    while (subject->waiting) {
        struct waiting *w = subject->waiting;
        subject->waiting = w->next;
        lessons->go(lessons->ctx, w->tag, w->result);
        free(w);
    }
    subject_free(subject);
}

static void begin_others(struct lessons *lessons)
{
    struct subject *subject = lessons->subjects;
    while (subject && count_running(lessons) < MOST_AT_ONCE) {
        struct subject *next = subject->next;
        const struct waiting *w = subject->waiting;
        if (!subject->lesson && (!w || !begin(lessons, subject, w->collection, w->result))) {
            remove_subject(lessons, subject);
            release(lessons, subject);
        }
        subject = next;
    }
}

bool lessons_took(struct lessons *lessons, const void *tag, struct result *result)
{
    struct subject *subject = lessons->subjects;
    struct error err = ERROR_INIT;
    char device[256];
    while (subject && (!subject->lesson || subject->lesson != tag))
        subject = subject->next;
    if (!subject)
        return false;
    snprintf(device, sizeof device, "%s", lesson_device(subject->lesson));
    if (lesson_end(subject->lesson, result, &err))
        log_failure(device, &err);
    else
        log_line(LOG_INFO, "%s: learned what its modules mean", device);
    subject->lesson = NULL;
    remove_subject(lessons, subject);
    release(lessons, subject);
    begin_others(lessons);
    return true;
}
