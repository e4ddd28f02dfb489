#include "cli/talk.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/markdown.h"
#include "data/json.h"

enum { TEXT_MAX = 16 << 20, ANSWER_S = 10 };

#define PAST_US (86400 * SECOND_US)

err_t talk_open(const struct args *a, struct talk *ret, struct err *e)
{
    const char *room = args_value(a, "--room");
    struct id id;

    if (room && !*room) return fail(e, E_INPUT, "`--room` needs a name such as console/ops");
    *ret = (struct talk){.args = a, .named = room != NULL};
    TRY(client_open(a, &ret->client, e));
    ret->arena = arena_new();
    fresh_id(&id);
    if (!room) room = id.s;
    ret->room = arena_fmt(ret->arena, "%s%s", strchr(room, '/') ? "" : "console/", room);
    if (ret->named) past_id(PAST_US, &ret->last);
    ret->progress = progress_new(term_is(STDERR_FILENO));
    return OK;
}

void talk_auto(struct talk *t)
{
    progress_free(t->progress);
    arena_free(t->arena);
}

err_t talk_send(struct talk *t, struct str line, struct arena *a, struct value *ret_receipt,
                struct err *e)
{
    struct map body = {.arena = a};
    struct repeat post = {.path = "/api/v1/chat", .met = t->met, .progress = t->progress};
    struct id id;

    fresh_id(&id);
    map_put(&body, STR("room"), v_cstr(t->room));
    map_put(&body, STR("text"), v_str(line));
    map_put(&body, STR("id"), v_str(id_str(&id)));
    post.body = map_value(&body);
    TRY(client_repeat(&t->client, &post, a, ret_receipt, e));
    patience_met(&t->patience);
    t->met = true;
    return OK;
}

/* --- what was said --- */

static bool was_printed(const struct talk *t, const struct id *id)
{
    for (size_t i = 0; i < t->printed_n; i++)
        if (strcmp(t->printed[i].s, id->s) == 0) return true;
    return t->last.s[0] && strcmp(id->s, t->last.s) <= 0;
}

static void print_say(struct talk *t, struct value say)
{
    AUTO(buf) struct buf out = BUF(TEXT_MAX);
    struct id id, *place;

    if (!id_parse(value_get_str(say, "id"), &id) || was_printed(t, &id)) return;
    place = arena_push(t->arena, &t->printed, &t->printed_n, sizeof *place);
    *place = id;
    markdown_write(&out, value_get_str(say, "text"), term_colour(STDOUT_FILENO));
    progress_lock(t->progress);
    print_out(buf_str(&out));
    progress_unlock(t->progress);
}

static void on_said(void *arg, struct value say)
{
    struct talk *t = arg;

    if (str_is(value_get_str(say, "room"), t->room)) print_say(t, say);
}

static err_t follow(struct talk *t, struct value runs, struct err *e)
{
    const struct follow f = {
        .client = &t->client, .progress = t->progress, .said = on_said, .arg = t};

    for (uint32_t i = 0; runs.kind == V_LIST && i < runs.n; i++) {
        AUTO(arena) struct arena *a = arena_new();
        struct str id = value_str(runs.list[i]);
        struct value ended;

        TRY(follow_run(&f, arena_dup(a, id.p, id.n), a, &ended, e));
        if (!run_succeeded(ended)) t->failed = true;
    }
    return OK;
}

static char *chat_path(const struct talk *t, struct arena *a)
{
    AUTO(buf) struct buf path = BUF(4096);

    buf_add(&path, STR("/api/v1/chat"));
    query_add(&path, "room", t->room);
    if (t->last.s[0]) query_add(&path, "after", t->last.s);
    return arena_dup(a, path.p, path.n);
}

/* Takes what of the room is not taken yet, *ret_n texts, and prints those not printed. */
static err_t catch_up(struct talk *t, bool print, size_t *ret_n, struct err *e)
{
    bool more = true;

    *ret_n = 0;
    while (more) {
        AUTO(arena) struct arena *a = arena_new();
        struct value answer, items;
        err_t how = client_get(&t->client, chat_path(t, a), a, &answer, e);

        if (how != OK && (!t->met || !patience_wait(&t->patience, e))) return how;
        if (how != OK) continue;
        patience_met(&t->patience);
        t->met = true;
        items = value_at(answer, "items");
        for (uint32_t i = 0; items.kind == V_LIST && i < items.n; i++) {
            struct str id = value_get_str(items.list[i], "id");
            struct id last;

            if (print) print_say(t, items.list[i]);
            ++*ret_n;
            if (id_parse(id, &last)) t->last = last;
        }
        more = value_get_str(answer, "next").n > 0;
    }
    return OK;
}

/* A command of the room (`runs`, `show`) is answered a moment after its receipt. */
static err_t wait_for_answer(struct talk *t, struct err *e)
{
    const int64_t until = clock_mono() + ANSWER_S * SECOND_US;
    int pause_ms = 5;
    size_t n;

    for (;;) {
        TRY(catch_up(t, true, &n, e));
        if (n) return OK;
        if (clock_mono() > until) {
            fprintf(stderr, "botops: no answer in %d s\n", ANSWER_S);
            return OK;
        }
        usleep((useconds_t)pause_ms * 1000);
        if (pause_ms < 100) pause_ms *= 2;
    }
}

err_t talk_join(struct talk *t, bool print, struct err *e)
{
    size_t n;

    return t->named ? catch_up(t, print, &n, e) : OK;
}

err_t talk_line(struct talk *t, struct str line, struct err *e)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value receipt, runs;
    size_t n;

    t->printed = NULL;
    t->printed_n = 0;
    TRY(talk_send(t, line, a, &receipt, e));
    runs = value_at(receipt, "runs");
    if (runs.kind != V_LIST || runs.n == 0) return wait_for_answer(t, e);
    TRY(follow(t, runs, e));
    return catch_up(t, true, &n, e);
}
