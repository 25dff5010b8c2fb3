#include "watch/messages.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct head {
    uint32_t type, length;
};

static int send_head(int fd, const struct head *head, int descriptor)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec one = {(void *)(uintptr_t)head, sizeof *head};
    struct msghdr message = {.msg_iov = &one, .msg_iovlen = 1};
    memset(&control, 0, sizeof control);
    if (descriptor > 0) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &descriptor, sizeof descriptor);
    }
    ssize_t put;
    do
        put = sendmsg(fd, &message, MSG_NOSIGNAL);
    while (put < 0 && errno == EINTR);
    return put == (ssize_t)sizeof *head ? RC_OK : RC_IO;
}

/* recv() that keeps the first descriptor that comes along, and closes all others. `keep` NULL: none
 * is wanted. */
static ssize_t receive(int fd, void *to, size_t most, int flags, int *keep)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(8 * sizeof(int))];
    } control;
    struct iovec one = {to, most};
    struct msghdr message = {.msg_iov = &one,
        .msg_iovlen = 1,
        .msg_control = keep ? &control : NULL,
        .msg_controllen = keep ? sizeof control : 0};
    ssize_t got = recvmsg(fd, &message, flags | MSG_CMSG_CLOEXEC);
    if (got < 0 || !keep)
        return got;
    for (struct cmsghdr *at = CMSG_FIRSTHDR(&message); at; at = CMSG_NXTHDR(&message, at)) {
        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        size_t count = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(at) + i * sizeof descriptor, sizeof descriptor);
            if (*keep <= 0)
                *keep = descriptor;
            else
                close(descriptor);
        }
    }
    return got;
}

static int receive_all(int fd, void *to, size_t len, int *keep)
{
    char *at = to;
    while (len > 0) {
        ssize_t got = receive(fd, at, len, 0, keep);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return RC_IO;
        at += got;
        len -= (size_t)got;
    }
    return RC_OK;
}

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

int message_send_with(
    int fd, enum message_type type, const struct buf *body, int descriptor, struct error *err)
{
    if (body->len > UINT32_MAX)
        return error_set(err, RC_LIMIT, "a message of %zu bytes is too long", body->len);
    struct head head = {(uint32_t)type, (uint32_t)body->len};
    if (send_head(fd, &head, descriptor) || send_all(fd, body->data, body->len))
        return error_set(err, RC_IO, "cannot send a message: %s", strerror(errno));
    return RC_OK;
}

int message_send(int fd, enum message_type type, const struct buf *body, struct error *err)
{
    return message_send_with(fd, type, body, -1, err);
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

static int receive_body(int fd, enum message_type type, size_t most, struct buf *body,
    int *descriptor, struct error *err)
{
    struct head head;
    if (receive_all(fd, &head, sizeof head, descriptor))
        return error_set(err, RC_CRASH, "the other side closed");
    int rc = check_head(head, type, most, body, err);
    if (rc)
        return rc;
    if (head.length && receive_all(fd, body->data, head.length, NULL))
        return error_set(err, RC_CRASH, "the other side closed in mid message");
    body->len = head.length;
    body->data[body->len] = '\0';
    return RC_OK;
}

int message_receive_with(int fd, enum message_type type, size_t most, struct buf *body,
    int *descriptor, struct error *err)
{
    buf_clear(body);
    if (descriptor)
        *descriptor = -1;
    int rc = receive_body(fd, type, most, body, descriptor, err);
    if (rc && descriptor && *descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
    return rc;
}

int message_receive(
    int fd, enum message_type type, size_t most, struct buf *body, struct error *err)
{
    return message_receive_with(fd, type, most, body, NULL, err);
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
        int *keep = inbox->with_descriptor ? &inbox->descriptor : NULL;
        ssize_t got = receive(fd, at, want, MSG_DONTWAIT, keep);
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

void inbox_clear(struct inbox *inbox)
{
    buf_clear(&inbox->body);
    if (inbox->descriptor > 0)
        close(inbox->descriptor);
    inbox->descriptor = 0;
    inbox->head_len = inbox->length = 0;
}

void inbox_free(struct inbox *inbox)
{
    inbox_clear(inbox);
    buf_wipe(&inbox->body);
}
