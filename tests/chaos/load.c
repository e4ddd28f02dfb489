#include "load.h"

#include <openssl/hmac.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "record.h"
#include "tell.h"

enum { ID_MAX = 64, BODY_MAX = 1 << 20, RUNS_TEXT = 2048, AGAIN_MS = 10, EARLIER = 64 };

struct delivery {
    char id[ID_MAX];
    const char *connection, *event, *action;
    unsigned n, repository;
    bool flag;
};

struct sender {
    struct load *load;
    pthread_t thread;
    int index;
    struct dice dice;
    struct http http;
    struct delivery earlier[EARLIER]; /* some of those that were taken, new and old */
    long taken;
    char *body;
    char *padding;
};

struct load {
    struct load_options o;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int port;
    atomic_int padding;
    atomic_bool flood;
    atomic_bool ending;
    struct sender senders[SENDERS];
};

/* What may come, and how often; the last ones match nothing, the very last is what a flood is of.
 */
static const struct {
    const char *event, *action;
} kinds[] = {
    {"push", ""},          {"push", ""},
    {"push", ""},          {"push", ""},
    {"push", ""},          {"workflow_run", "completed"},
    {"issues", "opened"},  {"fork", ""},
    {"star", "created"},   {"release", "published"},
    {"release", "edited"}, {"deployment", ""},
    {"issues", "closed"},  {"ping", ""},
};

enum { KINDS = sizeof kinds / sizeof *kinds };

static void delivery_make(struct sender *s, long number, struct delivery *d)
{
    unsigned kind = dice_below(&s->dice, KINDS);

    if (atomic_load(&s->load->flood)) kind = KINDS - 1;
    snprintf(d->id, sizeof d->id, "d-%llx-%d-%ld", (unsigned long long)s->load->o.seed, s->index,
             number);
    d->event = kinds[kind].event;
    d->action = kinds[kind].action;
    d->connection = dice_below(&s->dice, 4) ? "gh" : "hub";
    d->n = dice_below(&s->dice, 1000000);
    d->repository = dice_below(&s->dice, 3);
    d->flag = dice_below(&s->dice, 2);
}

static size_t body_make(struct sender *s, const struct delivery *d)
{
    int padding = atomic_load(&s->load->padding);
    int n =
        snprintf(s->body, BODY_MAX,
                 "{\"id\":\"%s\",%s%s%s\"n\":%u,\"flag\":%s,\"repository\":{\"full_name\":"
                 "\"acme/r%u\",\"html_url\":\"https://github.com/acme/r%u\"},\"padding\":"
                 "\"%.*s\"}",
                 d->id, *d->action ? "\"action\":\"" : "", d->action, *d->action ? "\"," : "", d->n,
                 d->flag ? "true" : "false", d->repository, d->repository, padding, s->padding);

    if (n < 0 || n >= BODY_MAX) die("a body is too long");
    return (size_t)n;
}

static void headers_make(const struct sender *s, const struct delivery *d, size_t n, bool forged,
                         char *out, size_t size)
{
    unsigned char mac[32];
    char hex[65];

    HMAC(EVP_sha256(), STORM_SECRET, (int)strlen(STORM_SECRET), (const unsigned char *)s->body, n,
         mac, NULL);
    mac[7] ^= forged;
    for (int i = 0; i < 32; i++) snprintf(hex + (size_t)i * 2, 3, "%02x", mac[i]);
    snprintf(out, size,
             "X-GitHub-Event: %s\r\nX-GitHub-Delivery: %s\r\nX-Hub-Signature-256: sha256=%s\r\n",
             d->event, d->id, hex);
}

static int port_now(struct load *l)
{
    int port;

    pthread_mutex_lock(&l->lock);
    while (!l->port) pthread_cond_wait(&l->changed, &l->lock);
    port = l->port;
    pthread_mutex_unlock(&l->lock);
    return port;
}

/* The status of the first answer, however often that takes. */
static int send_until_answered(struct sender *s, const struct delivery *d, bool forged)
{
    char headers[512], path[32];
    size_t n = body_make(s, d);

    headers_make(s, d, n, forged, headers, sizeof headers);
    snprintf(path, sizeof path, "/hooks/%s", d->connection);
    for (;;) {
        int status = http_post(&s->http, port_now(s->load), path, headers, s->body, n);

        if (status && status != 503) return status;
        pause_us(AGAIN_MS * 1000);
    }
}

/* What stands between `"NAME":` and the next one of `ends`. */
static void cut(const char *reply, const char *name, const char *ends, char *out, size_t size)
{
    const char *p = strstr(reply, name);
    size_t n = 0;

    for (p = p ? p + strlen(name) : ""; *p && !strchr(ends, *p) && n + 1 < size; p++)
        if (*p != '"') out[n++] = *p;
    out[n] = '\0';
}

static void send_one(struct sender *s, const struct delivery *d)
{
    char event[64], runs[RUNS_TEXT];
    int status = send_until_answered(s, d, false);
    int64_t now = wall_us();

    cut(s->http.reply, "\"event\":", ",}", event, sizeof event);
    cut(s->http.reply, "\"runs\":[", "]", runs, sizeof runs);
    if (status < 200 || status > 299)
        die("delivery %s was refused: %d %s", d->id, status, s->http.reply);
    record("ack %s %s %d %s %s %lld\n", d->id, d->connection, status, *event ? event : "-",
           *runs ? runs : "-", (long long)now);
}

static void send_new(struct sender *s, const struct delivery *d)
{
    record("try %s %s github.%s%s%s %u acme/r%u %d %lld\n", d->id, d->connection, d->event,
           *d->action ? "." : "", d->action, d->n, d->repository, d->flag, (long long)wall_us());
    send_one(s, d);
}

static void send_forged(struct sender *s, long number)
{
    struct delivery d = {0};
    int status;

    delivery_make(s, number, &d);
    d.id[0] = 'x';
    status = send_until_answered(s, &d, true);
    record("bad %s %s %d %lld\n", d.id, d.connection, status, (long long)wall_us());
}

/* Now and then one that was taken long ago comes again, or a forged one. */
static void send_others(struct sender *s, long number)
{
    unsigned known = s->taken < EARLIER ? (unsigned)s->taken : EARLIER;

    if (known && dice_below(&s->dice, 10) == 0)
        send_one(s, &s->earlier[dice_below(&s->dice, known)]);
    if (dice_below(&s->dice, 40) == 0) send_forged(s, number);
}

static void *sender_main(void *arg)
{
    struct sender *s = arg;
    struct load *l = s->load;

    for (long number = 0; !atomic_load(&l->ending); number++) {
        struct delivery d = {0};

        delivery_make(s, number, &d);
        send_new(s, &d);
        if (dice_below(&s->dice, 8) == 0) { /* the same id by another connection is another event */
            d.connection = d.connection[1] == 'h' ? "hub" : "gh";
            send_new(s, &d);
        }
        send_others(s, number);
        s->earlier[s->taken < EARLIER ? s->taken : dice_below(&s->dice, EARLIER)] = d;
        s->taken++;
        if (l->o.pause_ms && !atomic_load(&l->flood))
            pause_us(dice_below(&s->dice, (unsigned)l->o.pause_ms * 1000));
    }
    http_done(&s->http);
    return NULL;
}

struct load *load_begin(const struct load_options *o)
{
    struct load *l = calloc(1, sizeof *l);

    if (!l) die("out of memory");
    l->o = *o;
    pthread_mutex_init(&l->lock, NULL);
    pthread_cond_init(&l->changed, NULL);
    for (int i = 0; i < SENDERS; i++) {
        struct sender *s = &l->senders[i];

        s->load = l;
        s->index = i;
        s->body = malloc(BODY_MAX);
        s->padding = malloc(BODY_MAX);
        if (!s->body || !s->padding) die("out of memory");
        memset(s->padding, 'p', BODY_MAX);
        dice_init(&s->dice, o->seed * 31 + (uint64_t)i);
        http_init(&s->http);
        if (pthread_create(&s->thread, NULL, sender_main, s) != 0) die("no thread can be made");
    }
    return l;
}

void load_server(struct load *l, int port)
{
    pthread_mutex_lock(&l->lock);
    l->port = port;
    pthread_cond_broadcast(&l->changed);
    pthread_mutex_unlock(&l->lock);
}

void load_padding(struct load *l, int bytes)
{
    atomic_store(&l->padding, bytes);
}

void load_flood(struct load *l, bool on)
{
    atomic_store(&l->flood, on);
}

long load_end(struct load *l)
{
    long taken = 0;

    atomic_store(&l->ending, true);
    for (int i = 0; i < SENDERS; i++) {
        pthread_join(l->senders[i].thread, NULL);
        taken += l->senders[i].taken;
        free(l->senders[i].body);
        free(l->senders[i].padding);
    }
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->changed);
    free(l);
    return taken;
}
