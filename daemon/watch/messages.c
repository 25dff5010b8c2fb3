#include "watch/messages.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/io.h"

struct head {
    uint32_t type, length;
};

static int send_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t put = send(fd, at, len, MSG_NOSIGNAL);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return RC_IO;
        at += put;
        len -= (size_t)put;
    }
    return RC_OK;
}

int message_send(int fd, enum message_type type, const struct buf *body, struct error *err)
{
    if (body->len > UINT32_MAX)
        return error_set(err, RC_LIMIT, "a message of %zu bytes is too long", body->len);
    struct head head = {(uint32_t)type, (uint32_t)body->len};
    if (send_all(fd, &head, sizeof head) || send_all(fd, body->data, body->len))
        return error_set(err, RC_IO, "cannot send a message: %s", strerror(errno));
    return RC_OK;
}

/* Nothing is allocated before this has passed. */
static int check_head(
    struct head head, enum message_type type, size_t most, struct buf *body, struct error *err)
{
    if (head.type != (uint32_t)type)
        return error_set(err, RC_FORMAT, "a message of an unexpected type");
    if (head.length > most)
        return error_set(
            err, RC_LIMIT, "a message of %u bytes, more than %zu", (unsigned)head.length, most);
    body->cap = most ? most : 1;
    if (buf_reserve(body, head.length))
        return error_set(
            err, RC_NO_MEMORY, "no memory for a message of %u bytes", (unsigned)head.length);
    return RC_OK;
}

int message_receive(
    int fd, enum message_type type, size_t most, struct buf *body, struct error *err)
{
    struct head head;
    buf_clear(body);
    if (io_read_all(fd, &head, sizeof head))
        return error_set(err, RC_CRASH, "the other side closed");
    int rc = check_head(head, type, most, body, err);
    if (rc)
        return rc;
    if (head.length && io_read_all(fd, body->data, head.length))
        return error_set(err, RC_CRASH, "the other side closed in mid message");
    body->len = head.length;
    body->data[body->len] = '\0';
    return RC_OK;
}

static int inbox_head(struct inbox *inbox, struct error *err)
{
    struct head head;
    memcpy(&head, inbox->head, sizeof head);
    inbox->length = head.length;
    return check_head(head, inbox->type, inbox->most, &inbox->body, err);
}

int inbox_read(struct inbox *inbox, int fd, struct error *err)
{
    for (;;) {
        bool in_head = inbox->head_len < sizeof inbox->head;
        void *at = in_head ? (void *)(inbox->head + inbox->head_len)
                           : (void *)(inbox->body.data + inbox->body.len);
        size_t want =
            in_head ? sizeof inbox->head - inbox->head_len : inbox->length - inbox->body.len;
        if (!in_head && want == 0)
            return 1;
        ssize_t got = recv(fd, at, want, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return 0;
        if (got == 0 || (got < 0 && errno == ECONNRESET))
            return error_set(err, RC_CRASH, "the collector died without a result");
        if (got < 0)
            return error_set(err, RC_IO, "cannot receive a result: %s", strerror(errno));
        if (!in_head) {
            inbox->body.len += (size_t)got;
            inbox->body.data[inbox->body.len] = '\0';
            continue;
        }
        inbox->head_len += (size_t)got;
        int rc = inbox->head_len == sizeof inbox->head ? inbox_head(inbox, err) : RC_OK;
        if (rc)
            return rc;
    }
}
