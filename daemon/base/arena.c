#include "base/arena.h"

#include <sodium.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct arena_block {
    struct arena_block *next;
    size_t room, used;
    alignas(max_align_t) char data[];
};

void *arena_take(struct arena *a, size_t size)
{
    size_t align = alignof(max_align_t);
    size_t cap = a->cap ? a->cap : ARENA_DEFAULT_CAP;
    if (size > cap)
        return NULL;
    size = (size + align - 1) / align * align;
    struct arena_block *block = a->blocks;
    if (!block || block->room - block->used < size) {
        size_t room = block ? block->room * 2 : 4096;
        if (room > (size_t)1 << 20)
            room = (size_t)1 << 20;
        if (room < size)
            room = size;
        if (a->total + room > cap)
            return NULL;
        block = malloc(sizeof *block + room);
        if (!block)
            return NULL;
        *block = (struct arena_block){.next = a->blocks, .room = room};
        a->blocks = block;
        a->total += room;
    }
    void *taken = block->data + block->used;
    block->used += size;
    memset(taken, 0, size);
    return taken;
}

char *arena_dup(struct arena *a, struct str s)
{
    char *copy = arena_take(a, s.len + 1);
    if (copy && s.len)
        memcpy(copy, s.at, s.len);
    return copy;
}

char *arena_format(struct arena *a, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_take(a, (size_t)len + 1);
    if (!text)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}

static void free_blocks(struct arena *a, int wipe)
{
    for (struct arena_block *block = a->blocks, *next; block; block = next) {
        next = block->next;
        if (wipe)
            sodium_memzero(block->data, block->used);
        free(block);
    }
    *a = (struct arena){.cap = a->cap};
}

void arena_free(struct arena *a)
{
    free_blocks(a, 0);
}

void arena_wipe(struct arena *a)
{
    free_blocks(a, 1);
}
