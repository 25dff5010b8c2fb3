#include "base/io.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_descriptor(int fd, const char *path, struct buf *out, struct error *err)
{
    for (;;) {
        if (buf_reserve(out, 65536) && buf_reserve(out, 1))
            return error_at(err, RC_LIMIT, path, "larger than %zu bytes",
                out->cap ? out->cap : BUF_DEFAULT_CAP);
        ssize_t got = read(fd, out->data + out->len, out->room - out->len - 1);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_at(err, RC_IO, path, "%s", strerror(errno));
        if (got == 0)
            break;
        out->len += (size_t)got;
        if (out->len > (out->cap ? out->cap : BUF_DEFAULT_CAP))
            return error_at(err, RC_LIMIT, path, "larger than %zu bytes",
                out->cap ? out->cap : BUF_DEFAULT_CAP);
    }
    out->data[out->len] = '\0';
    return RC_OK;
}

static int open_regular(const char *path, struct stat *st, int *fd, struct error *err)
{
    /* O_NONBLOCK: a FIFO in a file's place must not hang us */
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return error_at(err, errno == ENOENT ? RC_NOT_FOUND : RC_IO, path, "%s", strerror(errno));
    if (fstat(*fd, st) == 0 && S_ISREG(st->st_mode))
        return RC_OK;
    close(*fd);
    return error_at(err, RC_IO, path, "not a regular file");
}

int io_read_file(const char *path, struct buf *out, struct error *err)
{
    if (strcmp(path, "-") == 0)
        return read_descriptor(STDIN_FILENO, "stdin", out, err);
    struct stat st;
    int fd;
    int rc = open_regular(path, &st, &fd, err);
    if (rc)
        return rc;
    rc = read_descriptor(fd, path, out, err);
    close(fd);
    return rc;
}

int io_read_secret_file(const char *path, struct buf *out, struct error *err)
{
    struct stat st;
    int fd;
    int rc = open_regular(path, &st, &fd, err);
    if (rc)
        return rc;
    if (st.st_mode & (S_IRWXG | S_IRWXO))
        rc = error_at(err, RC_SETTINGS, path,
            "holds a secret and others may read it (mode %04o); type: chmod 600 %s",
            (unsigned)(st.st_mode & 07777), path);
    else if (st.st_uid != geteuid() && st.st_uid != 0)
        rc = error_at(err, RC_SETTINGS, path, "holds a secret and belongs to user %u, not to us",
            (unsigned)st.st_uid);
    else
        rc = read_descriptor(fd, path, out, err);
    close(fd);
    return rc;
}

static int write_and_sync(int fd, struct str bytes)
{
    int rc = io_write_all(fd, bytes.at, bytes.len);
    if (rc == RC_OK && fsync(fd))
        rc = RC_IO;
    if (close(fd) && rc == RC_OK)
        rc = RC_IO;
    return rc;
}

int io_write_file(const char *path, mode_t mode, bool fresh, struct str bytes, struct error *err)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.XXXXXX", path) >= (int)sizeof temporary)
        return error_at(err, RC_LIMIT, path, "path too long");
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return error_at(err, RC_IO, path, "%s", strerror(errno));
    int rc = RC_OK;
    if (fchmod(fd, mode)) {
        close(fd);
        rc = RC_IO;
    } else {
        rc = write_and_sync(fd, bytes);
    }
    /* link(2), unlike rename(2), fails when the name is taken */
    if (rc == RC_OK && (fresh ? link(temporary, path) : rename(temporary, path)))
        rc = errno == EEXIST ? RC_BUSY : RC_IO;
    int saved = errno;
    if (rc || fresh)
        unlink(temporary);
    if (rc == RC_BUSY)
        return error_at(err, RC_BUSY, path, "exists already");
    return rc ? error_at(err, rc, path, "%s", strerror(saved)) : RC_OK;
}

int io_make_folders(const char *path, struct error *err)
{
    char part[4096];
    if (snprintf(part, sizeof part, "%s", path) >= (int)sizeof part)
        return error_at(err, RC_LIMIT, path, "path too long");
    for (char *slash = part + 1;; slash++) {
        if (*slash != '/' && *slash != '\0')
            continue;
        char kept = *slash;
        *slash = '\0';
        if (mkdir(part, 0700) && errno != EEXIST)
            return error_at(err, RC_IO, part, "%s", strerror(errno));
        if (!kept)
            return RC_OK;
        *slash = kept;
    }
}

int io_write_all(int fd, const void *bytes, size_t len)
{
    const char *at = bytes;
    while (len > 0) {
        ssize_t put = write(fd, at, len);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return RC_IO;
        at += put;
        len -= (size_t)put;
    }
    return RC_OK;
}

int io_read_all(int fd, void *bytes, size_t len)
{
    char *at = bytes;
    size_t left = len;
    while (left > 0) {
        ssize_t got = read(fd, at, left);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return RC_IO;
        if (got == 0)
            return left == len ? RC_NOT_FOUND : RC_FORMAT;
        at += got;
        left -= (size_t)got;
    }
    return RC_OK;
}
