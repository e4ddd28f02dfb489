#include <stdio.h>
#include <unistd.h>

#include "cli/client.h"
#include "cli/look.h"
#include "data/json.h"
#include "io/file.h"

enum { EVENT_MAX = 32 << 20, SHOW_MAX = 64 << 20 };

/* --- event send FILE|- --- */

static err_t read_file(const char *name, struct buf *out, struct err *e)
{
    size_t n;

    if (strcmp(name, "-") != 0) return file_read(name, out, e);
    do {
        char piece[1 << 14];

        n = fread(piece, 1, sizeof piece, stdin);
        buf_add(out, str_n(piece, n));
    } while (n > 0 && !out->full);
    return buf_end(out, e);
}

static void tell(struct value receipt)
{
    struct value runs = value_at(receipt, "runs"), again = value_at(receipt, "duplicate");
    struct str event = value_get_str(receipt, "event");
    uint32_t n = runs.kind == V_LIST ? runs.n : 0;
    bool seen = again.kind == V_BOOL && again.b;

    printf("event " STR_FMT "%s\n", STR_ARG(event),
           seen ? " was sent before; nothing was begun again" : "");
    for (uint32_t i = 0; i < n; i++)
        printf("run   " STR_FMT "\n", STR_ARG(value_str(runs.list[i])));
    if (n == 0 && !seen)
        fprintf(stderr, "it began no run; `botops why " STR_FMT "` tells why\n", STR_ARG(event));
}

static err_t send_file(struct args *a, struct err *e)
{
    AUTO(buf) struct buf text = BUF(EVENT_MAX);
    const char *name = a->rest[1];
    struct value event, receipt;
    struct client client;

    TRY(read_file(name, &text, e));
    if (json_read(a->arena, buf_str(&text), (struct json_limits){64, 1 << 20}, &event, e) != OK)
        return wrap(e, "%s:%d:%d", name, e->line, e->col);
    if (event.kind != V_MAP)
        return fail(e, E_INPUT, "%s is no CloudEvent: it must be one JSON object",
                    strcmp(name, "-") == 0 ? "standard input" : name);
    TRY(client_open(a, &client, e));
    /* Its source and id tell the server that it is the same one. */
    TRY(client_repeat(&client, &(struct repeat){.path = "/api/v1/events", .body = event}, a->arena,
                      &receipt, e));
    if (a->format == FORMAT_TEXT)
        tell(receipt);
    else
        print_value(a, receipt);
    return OK;
}

/* --- event show ID --- */

static const char *const heads[] = {"WORKFLOW", "TRIGGER", "VERDICT", "RUN", "REASON", NULL};

/* A trigger by its place among those of its workflow; a run that was asked for has none. */
static struct str trigger_of(const struct look *l, struct value considered)
{
    struct value n = value_at(considered, "trigger");

    if (n.kind != V_INT || n.i < 0) return STR("on request");
    return str_of(arena_fmt(l->arena, "%lld", (long long)n.i + 1));
}

static void add_decision(struct buf *out, const struct look *l, struct value decision)
{
    struct value list = value_at(decision, "considered");
    struct grid g;

    if (list.kind != V_LIST || list.n == 0) {
        buf_add(out, STR("\nno trigger is for such an event\n"));
        return;
    }
    grid_init(&g, l, heads);
    for (uint32_t i = 0; i < list.n; i++) {
        struct value one = list.list[i];

        grid_add(&g, value_get_str(one, "workflow"), NULL);
        grid_add(&g, trigger_of(l, one), NULL);
        grid_add(&g, value_get_str(one, "verdict"), NULL);
        grid_add(&g, value_get_str(one, "run"), NULL);
        grid_add(&g, value_get_str(one, "reason"), NULL);
    }
    buf_addc(out, '\n');
    grid_write(&g, out);
}

static void add_event(struct buf *out, const struct look *l, struct value event)
{
    static const char *const facts[] = {"type",     "source", "subject", "connection",
                                        "delivery", "user",   "room"};

    look_fact(l, "event", value_get_str(event, "id"), out);
    for (size_t i = 0; i < COUNT_OF(facts); i++)
        look_fact(l, facts[i], value_get_str(event, facts[i]), out);
    look_fact(l, "came", look_age(l, value_get_str(event, "at")), out);
    look_map(l, "DATA", value_at(event, "data"), out);
    add_decision(out, l, value_at(event, "decision"));
}

static err_t show(struct args *a, struct err *e)
{
    AUTO(buf) struct buf out = BUF(SHOW_MAX);
    struct look look = look_now(a->arena, STDOUT_FILENO);
    struct client client;
    struct value event;

    TRY(client_open(a, &client, e));
    TRY(client_get(&client, path_of(a->arena, "/api/v1/events/", a->rest[1], ""), a->arena, &event,
                   e));
    if (a->format != FORMAT_TEXT) {
        print_value(a, event);
        return OK;
    }
    add_event(&out, &look, event);
    print_out(buf_str(&out));
    return OK;
}

static err_t run(struct args *a, struct err *e)
{
    if (strcmp(a->rest[0], "send") == 0) return send_file(a, e);
    if (strcmp(a->rest[0], "show") == 0) return show(a, e);
    return fail(e, E_INPUT, "say: botops event send FILE, or botops event show ID");
}

const struct command command_event = {
    .name = "event",
    .usage = "send FILE|- | show ID",
    .help = "sends a CloudEvent, or shows one that came",
    .about = "FILE holds one CloudEvents 1.0 JSON event with `id`, `source` and `type`; `-` reads\n"
             "standard input. The same `source` and `id` again begin nothing.",
    .example =
        "echo '{\"specversion\":\"1.0\",\"id\":\"1\",\"source\":\"/ci\",\"type\":\"ci.done\"}' | "
        "botops event send -",
    .least = 2,
    .most = 2,
    .run = run,
};
