/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * icapload: keeps ICAP requests in flight and says how long each class of them took.
 *
 *     icapload --port P [--seconds T] CLASS:CLIENTS:FILE[,FILE…] …
 *     icapload --port P [--seconds T] --once FILE CLASS:CLIENTS:@LIST
 *
 * Each FILE holds one whole request (no preview, so one exchange). Each class
 * keeps CLIENTS persistent connections busy, taking its files in turn. Where a
 * file has the text @@SERIAL@@, ten digits that never come again stand there
 * when it is sent, so that no scanner has seen these bytes before. @LIST is a file
 * that has the FILEs' names, one a line. With --once each is sent once, and FILE gets a
 * line for each answer: number in the list, ICAP status (0: failed), milliseconds. SIGTERM ends
 * it before its time. One line of JSON a class: answers by ICAP status, failures,
 * and the latencies' median, p99, p99.9, maximum and mean in milliseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define CLASSES   8
#define CLIENTS   256
#define FILES     8192
#define SAMPLES   4000000
#define HEAD_MAX  65536
#define SERIAL    "@@SERIAL@@"
#define GIVE_UP_S 60 /* an answer that takes longer is a failure */

struct request {
    char *data;
    size_t length;
    const char *serial; /* where @@SERIAL@@ stands, NULL: nowhere */
};

struct class
{
    char name[32];
    struct request requests[FILES];
    size_t count, next;
    uint32_t *latencies_us;
    size_t samples, failures;
    unsigned long long statuses[600];
};

static volatile sig_atomic_t is_stopped; /* by SIGTERM */
static FILE *each;                       /* a line for each answer; NULL: files come again */

/* Where the parser of an answer is. */
enum stage { STAGE_HEAD, STAGE_SKIP, STAGE_CHUNK, STAGE_TRAILER };

struct client {
    struct class *class;
    int fd;
    const struct request *request;
    char digits[sizeof SERIAL]; /* sent in the place of @@SERIAL@@ */
    size_t sent;
    uint64_t started_ns;
    enum stage stage;
    char head[HEAD_MAX];
    size_t head_length;
    uint64_t skip; /* bytes of encapsulated headers or chunk data to pass over */
    int has_body, status;
};

static struct sockaddr_in address = {.sin_family = AF_INET};
static struct class classes[CLASSES];
static struct client clients[CLIENTS];
static size_t class_count, client_count;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "icapload: %s: %s\n", what, strerror(errno));
    exit(2);
}

static void load_request(struct request *request, const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY);

    if (fd < 0 || fstat(fd, &st) < 0)
        die(path);
    request->length = (size_t)st.st_size;
    request->data = malloc(request->length);
    if (!request->data || read(fd, request->data, request->length) != st.st_size)
        die(path);
    request->serial = memmem(request->data, request->length, SERIAL, sizeof SERIAL - 1);
    close(fd);
}

static void load_list(struct class *class, const char *path)
{
    FILE *list = fopen(path, "re");
    char line[4096];

    if (!list)
        die(path);
    while (class->count < FILES && fgets(line, sizeof line, list)) {
        line[strcspn(line, "\n")] = '\0';
        load_request(&class->requests[class->count++], line);
    }
    fclose(list);
}

static void add_class(char *text)
{
    struct class *class = &classes[class_count++];
    char *name = strsep(&text, ":"), *number = strsep(&text, ":"), *path;

    if (class_count > CLASSES || !number || !text) {
        fprintf(stderr, "icapload: want CLASS:CLIENTS:FILE[,FILE...]\n");
        exit(2);
    }
    snprintf(class->name, sizeof class->name, "%s", name);
    if (text[0] == '@')
        load_list(class, text + 1);
    else
        while ((path = strsep(&text, ",")) && class->count < FILES)
            load_request(&class->requests[class->count++], path);
    class->latencies_us = calloc(SAMPLES, sizeof *class->latencies_us);
    if (!class->latencies_us)
        die("memory");
    for (int i = 0; i < atoi(number) && client_count < CLIENTS; i++) {
        clients[client_count].class = class;
        clients[client_count++].fd = -1;
    }
}

/* Returns false if nothing is left to be sent. */
static bool client_begin(struct client *client)
{
    static uint64_t serial; /* of 10 µs since the machine started, so that runs do not meet */
    int on = 1;

    if (!serial)
        serial = now_ns() / 10000;
    snprintf(client->digits, sizeof client->digits, "%010llu",
             (unsigned long long)(serial++ % 10000000000u));
    if (each && client->class->next == client->class->count) {
        client->request = NULL;
        return false;
    }
    client->request = &client->class->requests[client->class->next++ % client->class->count];
    client->sent = 0;
    client->stage = STAGE_HEAD;
    client->head_length = 0;
    client->started_ns = now_ns();
    if (client->fd >= 0)
        return true;
    client->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    setsockopt(client->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(client->fd, (struct sockaddr *)&address, sizeof address) < 0 &&
        errno != EINPROGRESS)
        die("connect");
    return true;
}

static void client_end(struct client *client, int failed)
{
    struct class *class = client->class;

    if (each)
        fprintf(each, "%zu %d %.3f\n", (size_t)(client->request - class->requests),
                failed ? 0 : client->status, (double)(now_ns() - client->started_ns) / 1e6);
    if (failed) {
        class->failures++;
        close(client->fd);
        client->fd = -1;
    } else {
        class->statuses[client->status < 600 ? client->status : 0]++;
        if (class->samples < SAMPLES)
            class->latencies_us[class->samples++] =
                (uint32_t)((now_ns() - client->started_ns) / 1000);
    }
    if (!client_begin(client) && client->fd >= 0) {
        close(client->fd);
        client->fd = -1;
    }
}

/* The ICAP head is whole: what follows it? Returns 1 when nothing does. */
static int client_head_done(struct client *client)
{
    char *line = client->head, *at = strcasestr(line, "\r\nEncapsulated:"), *end, *last;

    client->status = atoi(line + 9);
    client->head_length = 0;
    if (!at)
        return 1;
    end = strstr(at + 2, "\r\n");
    *end = '\0';
    client->has_body = strstr(at, "res-body") || strstr(at, "req-body");
    last = strrchr(at, '=');
    client->skip = last ? strtoull(last + 1, NULL, 10) : 0;
    client->stage = client->skip ? STAGE_SKIP : STAGE_CHUNK;
    return !client->skip && !client->has_body;
}

/* Collects a line or a header block in head[]. Returns 1 when `stop` came. */
static int client_collect(struct client *client, char byte, const char *stop)
{
    size_t length = strlen(stop);

    if (client->head_length + 1 >= HEAD_MAX)
        return 1;
    client->head[client->head_length++] = byte;
    client->head[client->head_length] = '\0';
    return client->head_length >= length &&
           memcmp(client->head + client->head_length - length, stop, length) == 0;
}

/* Eats what arrived. Returns 1 when the answer is whole. */
static int client_parse(struct client *client, const char *data, size_t length)
{
    for (size_t i = 0; i < length;) {
        if (client->stage == STAGE_SKIP) {
            uint64_t step = client->skip < length - i ? client->skip : length - i;
            client->skip -= step;
            i += step;
            if (client->skip == 0) {
                if (!client->has_body)
                    return 1;
                client->stage = STAGE_CHUNK;
            }
        } else if (client->stage == STAGE_HEAD) {
            if (client_collect(client, data[i++], "\r\n\r\n") && client_head_done(client))
                return 1;
        } else if (client->stage == STAGE_CHUNK) {
            if (client_collect(client, data[i++], "\r\n")) {
                client->skip = strtoull(client->head, NULL, 16);
                client->head_length = 0;
                client->stage = client->skip ? STAGE_SKIP : STAGE_TRAILER;
                client->skip += client->skip ? 2 : 0;
            }
        } else if (client_collect(client, data[i++], "\r\n")) {
            if (client->head_length == 2)
                return 1;
            client->head_length = 0;
        }
    }
    return 0;
}

/* Sends what is left, or what is left of the piece before, in or behind the serial. */
static ssize_t client_send(struct client *client)
{
    const struct request *request = client->request;
    const char *from = request->data + client->sent;
    size_t left = request->length - client->sent;
    size_t serial = request->serial ? (size_t)(request->serial - request->data) : request->length;

    if (client->sent < serial) {
        left = serial - client->sent;
    } else if (request->serial && client->sent < serial + sizeof SERIAL - 1) {
        from = client->digits + (client->sent - serial);
        left = serial + sizeof SERIAL - 1 - client->sent;
    }
    return send(client->fd, from, left,
                MSG_NOSIGNAL | (from + left == request->data + request->length ? 0 : MSG_MORE));
}

static void client_io(struct client *client, short events)
{
    static char data[262144];

    if ((events & POLLOUT) && client->sent < client->request->length) {
        ssize_t sent = client_send(client);
        if (sent > 0)
            client->sent += (size_t)sent;
        else if (errno != EAGAIN) {
            client_end(client, 1);
            return;
        }
    }
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t got = recv(client->fd, data, sizeof data, 0);
        if (got > 0) {
            if (client_parse(client, data, (size_t)got))
                client_end(client, 0);
        } else if (got == 0 || errno != EAGAIN)
            client_end(client, 1);
    }
}

static int compare_latencies(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void report(struct class *class, double seconds)
{
    double sum = 0;

    qsort(class->latencies_us, class->samples, sizeof *class->latencies_us, compare_latencies);
    for (size_t i = 0; i < class->samples; i++)
        sum += class->latencies_us[i];
    size_t n = class->samples;
    printf("{\"class\": \"%s\", \"answers\": %zu, \"failures\": %zu, \"per_second\": %.1f, "
           "\"statuses\": {",
           class->name, n, class->failures, (double)n / seconds);
    for (int i = 0, first = 1; i < 600; i++)
        if (class->statuses[i]) {
            printf("%s\"%d\": %llu", first ? "" : ", ", i, class->statuses[i]);
            first = 0;
        }
    printf("}, \"median_ms\": %.3f, \"p99_ms\": %.3f, \"p999_ms\": %.3f, \"max_ms\": %.3f, "
           "\"mean_ms\": %.3f}\n",
           n ? class->latencies_us[n / 2] / 1e3 : 0,
           n ? class->latencies_us[n * 99 / 100] / 1e3 : 0,
           n ? class->latencies_us[n * 999 / 1000] / 1e3 : 0,
           n ? class->latencies_us[n - 1] / 1e3 : 0, n ? sum / (double)n / 1e3 : 0);
}

static void stop(int number)
{
    (void)number;
    is_stopped = 1;
}

static bool clients_busy(void)
{
    for (size_t i = 0; i < client_count; i++)
        if (clients[i].request)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct pollfd polls[CLIENTS];
    double seconds = 5;

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--port") == 0 && i + 1 < argc)
            address.sin_port = htons((uint16_t)atoi(argv[++i]));
        else if (strcmp(argv[i], "--seconds") == 0 && i + 1 < argc)
            seconds = atof(argv[++i]);
        else if (strcmp(argv[i], "--once") == 0 && i + 1 < argc) {
            each = fopen(argv[++i], "we");
            if (!each)
                die(argv[i]);
        } else
            add_class(argv[i]);
    }
    uint64_t start = now_ns(), end = start + (uint64_t)(seconds * 1e9);
    for (size_t i = 0; i < client_count; i++)
        client_begin(&clients[i]);
    signal(SIGTERM, stop);
    while (!is_stopped && now_ns() < end && clients_busy()) {
        for (size_t i = 0; i < client_count; i++) {
            if (!clients[i].request) {
                polls[i] = (struct pollfd){.fd = -1};
                continue;
            }
            short out = clients[i].sent < clients[i].request->length ? POLLOUT : 0;
            polls[i] = (struct pollfd){.fd = clients[i].fd, .events = (short)(POLLIN | out)};
        }
        if (poll(polls, client_count, 100) < 0 && errno != EINTR)
            die("poll");
        for (size_t i = 0; i < client_count; i++) {
            if (!clients[i].request)
                continue;
            if (polls[i].revents)
                client_io(&clients[i], polls[i].revents);
            else if (now_ns() - clients[i].started_ns > GIVE_UP_S * 1000000000ull)
                client_end(&clients[i], 1);
        }
    }
    for (size_t i = 0; i < class_count; i++)
        report(&classes[i], (double)(now_ns() - start) / 1e9);
    if (each && fclose(each) != 0)
        die("--once");
    return 0;
}
