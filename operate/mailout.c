/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/mailout.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/text.h"

#define MAILOUT_WAIT_S    60 /* for one answer */
#define MAILOUT_LINE_MAX  1024
#define MAILOUT_LINES_MAX 100 /* of one answer */
#define MAILOUT_ADDRESS   320

struct mailout {
    int fd;
    bool is_lmtp;
    bool has_8bit;
    char read[4096];
    size_t at, length;
    char words[MAILOUT_LINE_MAX]; /* the last answer's last line */
};

/* ---------------------------------------------------------------------- connect */

static int mailout_connect_local(const char *path, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, "the socket's path is too long: %s", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    err_sys(err, "cannot connect to %s", path);
    if (fd >= 0)
        close(fd);
    return -1;
}

static int mailout_connect_tcp(const char *place, struct err *err)
{
    struct addrinfo wanted = {.ai_socktype = SOCK_STREAM}, *found = NULL;
    char host[256];
    const char *colon = strrchr(place, ':');
    int fd = -1;

    if (!colon || colon == place || (size_t)(colon - place) >= sizeof host || !colon[1])
        return err_set(err, "ReleaseTo: HOST:PORT is expected, not %s", place);
    snprintf(host, sizeof host, "%.*s", (int)(colon - place), place);
    if (host[0] == '[' && host[strlen(host) - 1] == ']') {
        host[strlen(host) - 1] = '\0';
        memmove(host, host + 1, strlen(host));
    }
    int failure = getaddrinfo(host, colon + 1, &wanted, &found);
    if (failure)
        return err_set(err, "ReleaseTo: %s: %s", place, gai_strerror(failure));
    for (struct addrinfo *one = found; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) < 0) {
            err_sys(err, "cannot connect to %s", place);
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static int mailout_open(struct mailout *out, const char *where, struct err *err)
{
    struct timeval patience = {.tv_sec = MAILOUT_WAIT_S};

    memset(out, 0, sizeof *out);
    out->is_lmtp = strncmp(where, "lmtp:", 5) == 0;
    if (strncmp(where, "smtp://", 7) == 0 || strncmp(where, "lmtp://", 7) == 0)
        out->fd = mailout_connect_tcp(where + 7, err);
    else if (out->is_lmtp && where[5] == '/')
        out->fd = mailout_connect_local(where + 5, err);
    else
        out->fd = err_set(err, "ReleaseTo: smtp://HOST:PORT, lmtp://HOST:PORT or lmtp:/SOCKET is "
                               "expected");
    if (out->fd < 0)
        return -1;
    setsockopt(out->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(out->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    return 0;
}

/* ------------------------------------------------------------------------ lines */

static int mailout_write(struct mailout *out, const char *data, size_t length, struct err *err)
{
    while (length) {
        ssize_t done = send(out->fd, data, length, MSG_NOSIGNAL);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return err_sys(err, "the mail server takes nothing");
        data += done;
        length -= (size_t)done;
    }
    return 0;
}

static int mailout_read_line(struct mailout *out, struct err *err)
{
    size_t used = 0;

    for (;;) {
        if (out->at == out->length) {
            ssize_t got = recv(out->fd, out->read, sizeof out->read, 0);
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                return got < 0 ? err_sys(err, "the mail server does not answer")
                               : err_set(err, "the mail server closed the connection");
            out->at = 0;
            out->length = (size_t)got;
        }
        char c = out->read[out->at++];
        if (c == '\n')
            break;
        if (c != '\r' && used + 1 < sizeof out->words)
            out->words[used++] = c;
    }
    out->words[used] = '\0';
    return 0;
}

/* The code of an answer, or -1 and err. */
static int mailout_answer(struct mailout *out, struct err *err)
{
    for (int i = 0; i < MAILOUT_LINES_MAX; i++) {
        if (mailout_read_line(out, err) < 0)
            return -1;
        if (strspn(out->words, "0123456789") != 3)
            return err_set(err, "the mail server's answer is malformed");
        if (strcasecmp(out->words + 4 * (out->words[3] != 0), "8BITMIME") == 0)
            out->has_8bit = true;
        if (out->words[3] != '-')
            return (out->words[0] - '0') * 100 + (out->words[1] - '0') * 10 + out->words[2] - '0';
    }
    return err_set(err, "the mail server's answer is too long");
}

/* Sends a line and wants an answer of that class (2 or 3). Returns 0, or -1 and err. */
static int mailout_ask(struct mailout *out, const char *line, int class, struct err *err)
{
    char text[MAILOUT_LINE_MAX];
    int length = snprintf(text, sizeof text, "%s\r\n", line);

    if (length < 0 || (size_t)length >= sizeof text)
        return err_set(err, "a command is too long");
    if (mailout_write(out, text, (size_t)length, err) < 0)
        return -1;
    int code = mailout_answer(out, err);
    if (code < 0)
        return -1;
    return code / 100 == class ? 0 : err_set(err, "the mail server says: %.300s", out->words);
}

/* --------------------------------------------------------------------- envelope */

int mailout_address_is_good(const char *address, size_t length)
{
    if (length == 0 || length > MAILOUT_ADDRESS)
        return 0;
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)address[i] <= ' ' || address[i] == 0x7f || strchr("<>\\", address[i]))
            return 0;
    return 1;
}

static int mailout_check(const struct mailout_envelope *envelope, struct err *err)
{
    unsigned count = 0;

    if (*envelope->sender && !mailout_address_is_good(envelope->sender, strlen(envelope->sender)))
        return err_set(err, "the sender's address cannot be used");
    for (const char *at = envelope->recipients; *at; count++) {
        size_t length = strcspn(at, "\n");
        if (!mailout_address_is_good(at, length))
            return err_set(err, "a recipient's address cannot be used");
        at += length + (at[length] == '\n');
    }
    if (!count)
        return err_set(err, "the event names no envelope recipient; use export");
    return count <= MAILOUT_RECIPIENTS ? 0 : err_set(err, "too many recipients");
}

static int mailout_note(struct buf *list, const char *address, int length, const char *words)
{
    if (!words)
        return buf_addf(list, "%.*s\n", length, address);
    buf_addf(list, "%.*s: ", length, address);
    text_plain(list, words, strlen(words));
    return buf_adds(list, "\n");
}

static int mailout_begin(struct mailout *out, const struct mailout_envelope *envelope,
                         struct buf *accepted, struct buf *refused, struct err *err)
{
    char host[256] = "localhost", line[MAILOUT_LINE_MAX];

    gethostname(host, sizeof host - 1);
    if (mailout_answer(out, err) / 100 != 2)
        return err->text[0] ? -1 : err_set(err, "the mail server refuses: %.300s", out->words);
    snprintf(line, sizeof line, "%s %s", out->is_lmtp ? "LHLO" : "EHLO", host);
    if (mailout_ask(out, line, 2, err) < 0)
        return -1;
    snprintf(line, sizeof line, "MAIL FROM:<%s>%s", envelope->sender,
             out->has_8bit ? " BODY=8BITMIME" : "");
    if (mailout_ask(out, line, 2, err) < 0)
        return -1;
    for (const char *at = envelope->recipients; *at;) {
        int length = (int)strcspn(at, "\n");
        struct err why = {""};
        snprintf(line, sizeof line, "RCPT TO:<%.*s>", length, at);
        if (mailout_ask(out, line, 2, &why) == 0)
            mailout_note(accepted, at, length, NULL);
        else
            mailout_note(refused, at, length, why.text);
        at += length + (at[length] == '\n');
    }
    if (!accepted->length)
        return err_set(err, "no recipient was accepted: %.600s", buf_text(refused));
    return mailout_ask(out, "DATA", 3, err);
}

/* ---------------------------------------------------------------------- content */

/* Every line's end as CR LF, a dot in front of every line that begins with one. */
static int mailout_content(struct mailout *out, int fd, struct err *err)
{
    static char in[16384], ready[2 * sizeof in + 16];
    char last = '\n';
    off_t at = 0;

    for (ssize_t got; (got = pread(fd, in, sizeof in, at)) != 0; at += got) {
        size_t used = 0;
        if (got < 0)
            return err_sys(err, "the copy cannot be read");
        for (ssize_t i = 0; i < got; i++) {
            if (in[i] == '.' && last == '\n')
                ready[used++] = '.';
            if (in[i] == '\n' && last != '\r')
                ready[used++] = '\r';
            ready[used++] = in[i];
            last = in[i];
        }
        if (mailout_write(out, ready, used, err) < 0)
            return -1;
    }
    const char *end = last == '\n' ? ".\r\n" : "\r\n.\r\n";
    return mailout_write(out, end, strlen(end), err);
}

/* SMTP answers once, LMTP once for every recipient that it took. */
static int mailout_end(struct mailout *out, struct buf *accepted, struct buf *refused,
                       struct err *err)
{
    struct buf wanted;
    unsigned taken = 0;

    if (!out->is_lmtp) {
        int code = mailout_answer(out, err);
        if (code < 0 || code / 100 == 2)
            return code < 0 ? -1 : 0;
        return err_set(err, "the mail server says: %.300s", out->words);
    }
    buf_init(&wanted, accepted->ceiling);
    buf_adds(&wanted, buf_text(accepted));
    buf_reset(accepted);
    for (const char *at = buf_text(&wanted); *at;) {
        int length = (int)strcspn(at, "\n");
        int code = mailout_answer(out, err);
        if (code / 100 == 2) {
            mailout_note(accepted, at, length, NULL);
            taken++;
        } else {
            mailout_note(refused, at, length, code < 0 ? err->text : out->words);
        }
        at += length + (at[length] == '\n');
    }
    buf_free(&wanted);
    return taken ? 0 : err_set(err, "no recipient was accepted: %.600s", buf_text(refused));
}

int mailout_send(const char *where, const struct mailout_envelope *envelope, int fd,
                 struct buf *accepted, struct buf *refused, struct err *err)
{
    struct mailout out;
    int status = -1;

    err->text[0] = '\0';
    if (mailout_check(envelope, err) < 0 || mailout_open(&out, where, err) < 0)
        return -1;
    if (mailout_begin(&out, envelope, accepted, refused, err) == 0 &&
        mailout_content(&out, fd, err) == 0 && mailout_end(&out, accepted, refused, err) == 0) {
        status = 0;
        mailout_write(&out, "QUIT\r\n", 6, &(struct err){""});
    }
    close(out.fd);
    return status;
}
