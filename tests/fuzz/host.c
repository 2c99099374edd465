/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/host.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/board.h"
#include "common/client.h"
#include "common/clock.h"
#include "common/facts.h"
#include "modules/epost_av/compat.h"

#define HOST_OUTPUT_MAX (64u << 20)

extern ci_service_module_t service;

static ci_service_xdata_t xdata;
static struct board *board;
static char board_path[] = "/tmp/epost-host-XXXXXX", socket_file[64];
static const struct host_input *now; /* the running transaction's */
static unsigned calls, waits_left, away_left;
static int whole, all_threats;

/* ------------------------------------------------- what c-icap's program has */

void ci_command_register_ctl_cmd(const char *name, int type,
                                 void (*action)(const char *, int, const char **))
{
    (void)name, (void)type, (void)action;
}

void ci_command_register_action(const char *name, int type, void *data,
                                void (*action)(const char *, int, void *))
{
    (void)name, (void)type, (void)data, (void)action;
}

void ci_command_schedule(const char *name, void *data, time_t after)
{
    (void)name, (void)data, (void)after;
}

void ci_command_register_child_cleanup(const char *name, void *data,
                                       void (*handler)(const char *, process_pid_t, int, void *))
{
    (void)name, (void)data, (void)handler;
}

/* ------------------------------------------------------- c-icap's statistics */

#define HOST_STATS 256

static char stat_labels[HOST_STATS][96];
static unsigned stat_values[HOST_STATS], stat_count;

/* In c-icap's place; its versions differ in the types of the labels. */
int host_stat_register(const char *label, int type,
                       const char *group) __asm__("ci_stat_entry_register");
void host_stat_inc(int id, int count) __asm__("ci_stat_uint64_inc");

int host_stat_register(const char *label, int type, const char *group)
{
    (void)type, (void)group;
    if (stat_count == HOST_STATS)
        abort();
    snprintf(stat_labels[stat_count], sizeof stat_labels[0], "%s", label);
    return (int)stat_count++;
}

void host_stat_inc(int id, int count)
{
    if (id < 0 || (unsigned)id >= stat_count)
        abort();
    stat_values[id] += (unsigned)count;
}

/* The sum of all counters whose labels begin so. */
static unsigned stat_sum(const char *begin)
{
    unsigned sum = 0;

    for (unsigned i = 0; i < stat_count; i++)
        if (strncmp(stat_labels[i], begin, strlen(begin)) == 0)
            sum += stat_values[i];
    return sum;
}

/* ------------------------------------------------------------------ the scanner */

int client_start(struct client *client, const char *socket_path, const struct client_body *body,
                 uint32_t deadline_ms, struct wire_reply *reply, struct err *err)
{
    (void)socket_path, (void)deadline_ms;
    all_threats = (body->flags & WIRE_ALL_THREATS) != 0;
    client->fd = -1;
    if (away_left) {
        away_left--;
        err_set(err, "away");
        wire_reply_init(reply, REASON_UNAVAILABLE);
        return -1;
    }
    whole = body->length == now->length;
    if (whole && body->inline_data) {
        whole = memcmp(body->inline_data, now->body, now->length) == 0;
    } else if (whole) {
        uint8_t *copy = malloc(now->length + 1);
        whole = copy && pread(body->fd, copy, now->length, 0) == (ssize_t)now->length &&
                memcmp(copy, now->body, now->length) == 0;
        free(copy);
    }
    client->fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return 0;
}

int client_wait(struct client *client, int wait_ms, struct wire_reply *reply, struct err *err)
{
    (void)wait_ms, (void)err;
    if (waits_left) {
        waits_left--;
        return 0;
    }
    wire_reply_init(reply, now->reason);
    snprintf(reply->threat, sizeof reply->threat, "%s",
             reply->verdict == VERDICT_INFECTED ? now->threat : "");
    if (all_threats || reply->verdict != VERDICT_INFECTED)
        reply->flags |= WIRE_COMPLETE;
    if (now->reason != REASON_NONE)
        facts_add(reply->facts, now->reason, reply->threat, now->threat);
    snprintf(reply->part, sizeof reply->part, "%s", now->threat);
    client_close(client);
    return 1;
}

void client_close(struct client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    client->fd = -1;
}

int client_reaches(const char *socket_path)
{
    (void)socket_path;
    return 1;
}

int client_control(const char *socket_path, enum wire_kind kind, const char *settings,
                   uint32_t deadline_ms, struct wire_reply *reply, struct err *err)
{
    (void)socket_path, (void)kind, (void)settings, (void)deadline_ms, (void)reply;
    return err_set(err, "there is no scanner");
}

/* ---------------------------------------------------------------- the service */

static void set(const char *name, const char *value)
{
    const char *words[] = {value, NULL};

    for (struct ci_conf_entry *e = service.mod_conf_table; e->name; e++)
        if (strcmp(e->name, name) == 0) {
            if (!e->action(name, words, e->data))
                abort();
            return;
        }
    abort();
}

static void make_board(void)
{
    int fd = mkstemp(board_path);

    if (fd < 0 || ftruncate(fd, sizeof *board) < 0)
        abort();
    board = mmap(NULL, sizeof *board, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (board == MAP_FAILED)
        abort();
    board->magic = BOARD_MAGIC;
    board->version = BOARD_VERSION;
    board->size = sizeof *board;
    board->heartbeat_ns = clock_now();
    board->state = BOARD_READY;
    close(fd);
}

/* The service looks whether it is there; client_start stands in for what would answer. */
static void make_socket(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    snprintf(socket_file, sizeof socket_file, "%s.sock", board_path);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", socket_file);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    close(fd);
    set("Socket", socket_file);
}

void host_start(const char *settings)
{
    static struct ci_server_conf conf;
    char line[512];

    make_board();
    ci_thread_rwlock_init(&xdata.lock);
    if (service.mod_init_service(&xdata, &conf) != CI_OK)
        abort();
    set("Board", board_path);
    make_socket();
    set("StartScanner", "off");
    set("Log", "/dev/null");
    set("Templates", "");
    while (sscanf(settings, "%511[^\n]", line) == 1) {
        char *value = strchr(line, ' ');
        *value = '\0';
        set(line, value + 1);
        settings += strcspn(settings, "\n");
        settings += *settings == '\n';
        *value = ' ';
    }
    int size = ci_stat_memblock_size();
    struct stat_memblock *block = calloc(1, (size_t)size);
    block->sig = MEMBLOCK_SIG;
    ci_stat_attach_mem(block, size, free);
    if (service.mod_post_init_service(&xdata, &conf) != CI_OK)
        abort();
}

void host_stop(void)
{
    service.mod_close_service();
    ci_stat_release();
    munmap(board, sizeof *board);
    unlink(board_path);
    unlink(socket_file);
}

/* ---------------------------------------------------------------- one request */

/* As c-icap reads an encapsulated header block. Returns 0 or -1. */
static int fill_headers(ci_request_t *request, int position, const char *block)
{
    ci_headers_list_t *list = request->entities[position]->entity;
    size_t length = strlen(block);

    if (length < 4 || !ci_headers_setsize(list, (int)length))
        return -1;
    memcpy(list->buf, block, length);
    list->bufused = (int)length;
    if (memcmp(block + length - 4, "\r\n\r\n", 4) == 0)
        list->bufused -= 2;
    return ci_headers_unpack(list) == EC_100 ? 0 : -1;
}

static ci_request_t *make_request(const struct host_input *input)
{
    char line[512], encapsulated[128] = "Encapsulated: ";
    ci_request_t *request = ci_request_alloc(calloc(1, sizeof(ci_connection_t)));
    int at = 0;

    request->type = input->respmod ? ICAP_RESPMOD : ICAP_REQMOD;
    request->preview = input->preview;
    request->allow204 = input->allow204;
    request->current_service_mod = &service;
    request->connection->fd = -1;
    ((struct sockaddr *)&request->connection->claddr.sockaddr)->sa_family = AF_INET;
    ci_fill_sockaddr(&request->connection->claddr);
    snprintf(request->service, sizeof request->service, "epost_av");
    snprintf(request->args, sizeof request->args, "%s", input->args);
    ci_headers_add(request->request_header, "RESPMOD icap://h/epost_av ICAP/1.0");
    for (const char *from = input->icap; sscanf(from, "%511[^\n]", line) == 1;
         from += strcspn(from, "\n"), from += *from == '\n')
        ci_headers_add(request->request_header, line);
    if (input->request)
        strcat(encapsulated, "req-hdr=0, ");
    if (input->respmod && input->response)
        strcat(encapsulated, "res-hdr=1, ");
    strcat(encapsulated, !input->body     ? "null-body=2"
                         : input->respmod ? "res-body=2"
                                          : "req-body=2");
    if (process_encapsulated(request, encapsulated) != EC_100 ||
        (input->request && fill_headers(request, at++, input->request) < 0) ||
        (input->respmod && input->response && fill_headers(request, at, input->response) < 0)) {
        ci_request_destroy(request);
        return NULL;
    }
    return request;
}

/* 1 when it is time for the client to go. */
static int leaves(void)
{
    return now->leave && ++calls >= now->leave;
}

static void add_list(struct buf *out, const ci_headers_list_t *list)
{
    for (int i = 0; list && i < list->used; i++) {
        buf_adds(out, list->headers[i]);
        buf_adds(out, "\n\n");
    }
}

static void take_headers(ci_request_t *request, struct host_result *result)
{
    add_list(&result->headers, request->xheaders);
    for (int i = 0; i < 3 && request->entities[i]; i++)
        if (request->entities[i]->type <= ICAP_RES_HDR)
            add_list(&result->http, request->entities[i]->entity);
    result->blocked = request->entities[0] && request->entities[0]->type == ICAP_RES_HDR &&
                      strstr(buf_text(&result->http), "HTTP/1.1 403 Forbidden") != NULL;
}

/* Output goes once the service unlocks it. Returns what the callback said, CI_EOF at the end. */
static int pull(ci_request_t *request, struct host_result *result, int complete)
{
    char data[MAX_CHUNK_SIZE];
    int length = (int)now->space, in = 0;

    if (request->data_locked)
        return 0;
    request->status = SEND_BODY;
    if (service.mod_service_io(data, &length, complete ? NULL : data, complete ? NULL : &in,
                               complete || request->eof_received, request) == CI_ERROR)
        return CI_ERROR;
    if (length > 0)
        buf_add(&result->body, data, (size_t)length);
    return length;
}

/* Hands the rest of the body over as c-icap's loop does. Returns 0, or -1 when it breaks. */
static int push(ci_request_t *request, struct host_result *result, size_t at)
{
    while (at < now->length) {
        size_t part = now->length - at < now->chunk ? now->length - at : now->chunk;
        char *copy = malloc(part);
        int taken = (int)part, got, none = 0;
        memcpy(copy, now->body + at, part);
        int bad = service.mod_service_io(NULL, &none, copy, &taken, 0, request) == CI_ERROR;
        free(copy);
        if (bad || taken < 0 || (size_t)taken > part || leaves())
            return -1;
        at += (size_t)taken;
        do
            got = pull(request, result, 0);
        while (got > 0 && taken == 0);
        if (got == CI_ERROR || (taken == 0 && got == 0 && request->data_locked))
            return -1;
    }
    request->eof_received = 1;
    return 0;
}

static enum host_outcome finish(ci_request_t *request, struct host_result *result)
{
    int sent = request->status, done;
    int answer = service.mod_end_of_data_handler(request);

    if (answer == CI_MOD_ALLOW204 && request->allow204 && !sent) {
        take_headers(request, result);
        return HOST_204;
    }
    take_headers(request, result);
    if (answer != CI_MOD_DONE)
        return sent ? HOST_BROKEN : HOST_FAILED;
    if (leaves())
        return HOST_LEFT;
    if (request->return_code == EC_500 || request->return_code == EC_503)
        return HOST_FAILED;
    request->data_locked = 0;
    for (int i = 0; request->entities[i]; i++)
        if (request->entities[i]->type == ICAP_NULL_BODY)
            return HOST_ANSWER;
    while ((done = pull(request, result, 1)) > 0)
        if (leaves())
            return HOST_LEFT;
    if (done == 0)
        abort(); /* c-icap would leave the client without an end */
    return done == CI_EOF ? HOST_ANSWER : HOST_BROKEN;
}

static enum host_outcome run(ci_request_t *request, struct host_result *result)
{
    size_t previewed = 0;
    int inside = now->preview >= 0;

    if (inside && now->body)
        previewed = now->length < (size_t)now->preview ? now->length : (size_t)now->preview;
    request->hasbody = now->body != NULL;
    request->eof_received = inside && now->body && previewed == now->length;
    request->return_code = EC_200;
    char *copy = malloc(previewed + 1);
    memcpy(copy, now->body ? (const char *)now->body : "", previewed);
    request->preview_data.used = (int)previewed;
    int answer = service.mod_check_preview_handler(inside ? copy : NULL, (int)previewed, request);
    free(copy);
    request->preview_data.used = 0;
    if (leaves())
        return HOST_LEFT;
    if (answer == CI_MOD_ALLOW204 && (inside || request->allow204)) {
        take_headers(request, result);
        return HOST_204;
    }
    if (answer != CI_MOD_CONTINUE && !(answer == CI_MOD_ALLOW204 && !now->body)) {
        take_headers(request, result);
        return HOST_FAILED;
    }
    if (now->body && !request->eof_received && push(request, result, previewed) < 0)
        return HOST_BROKEN;
    return finish(request, result);
}

void host_run(const struct host_input *input, struct host_result *result)
{
    memset(result, 0, sizeof *result);
    buf_init(&result->body, HOST_OUTPUT_MAX);
    buf_init(&result->headers, 1u << 20);
    buf_init(&result->http, 1u << 20);
    board->heartbeat_ns = clock_now();
    now = input;
    calls = 0;
    waits_left = input->waits;
    away_left = input->away;
    whole = 0;
    memset(stat_values, 0, sizeof stat_values);
    ci_request_t *request = make_request(input);
    if (!request)
        return;
    request->service_data = service.mod_init_request_data(request);
    result->outcome = run(request, result);
    result->scanned = whole;
    service.mod_release_request_data(request->service_data);
    ci_request_destroy(request);
    result->passes = stat_sum("epost_av action pass");
    result->blocks = stat_sum("epost_av action block");
    result->fails = stat_sum("epost_av action fail");
    result->unscanned = stat_sum("epost_av passed unscanned");
}

void host_free(struct host_result *result)
{
    buf_free(&result->body);
    buf_free(&result->headers);
    buf_free(&result->http);
}
