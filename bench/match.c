/* match.c - a hundred thousand triggers: loading them, keeping them, and matching an event to them.
 *
 * Prints one JSON line. Times are CPU times of this thread, medians over the rounds.
 *
 *   match_100k_vs_100   match() with 100,000 triggers divided by the same with 100, in turns, the
 *                       event read before; of the shapes of configuration below the worst
 *   match_1k_us         reading a GitHub push of 4 KB and matching it to 1,000 triggers
 *   load_100k_s         loading 1,000 workflows of 100 triggers; yaml_100k_s: what libyaml takes
 *                       only to read the same texts
 *   trigger_bytes       what is kept for each of them, all in
 *   load_single_s, yaml_single_s, single_bytes   the same for 100,000 workflows of one trigger
 *
 *     match SHAPE COUNT EACH TURNS     one measurement, EACH triggers a workflow, for a profiler */
#include <stdio.h>
#include <time.h>
#include <yaml.h>

#include "data/json.h"
#include "io/crypto.h"
#include "kit.h"
#include "push.h"
#include "workflow/match.h"

enum { FEW = 100, MANY = 100000, ROUNDS = 11, TURNS = 4096, LOADS = 3, EVENTS = 64 };

/* --- configurations --- */

struct shape { /* all triggers differ in one thing, and an event meets one of them */
    const char *name;
    void (*trigger)(struct buf *b, int i);
    void (*event)(struct event *e, int i, struct arena *a);
};

static struct str numbered(struct arena *a, const char *text, int i)
{
    return str_of(arena_fmt(a, "%s%d", text, i));
}

static void read_push(struct event *e, struct str repository, struct arena *a)
{
    AUTO(buf) struct buf b = BUF(1 << 16);
    struct err err;

    push_write(&b, repository);
    if (json_read(a, str_n(arena_dup(a, b.p, b.n), b.n), JSON_LIMITS, &e->data, &err) != OK)
        die(err.text);
    e->type = STR("github.push");
}

static void equal_trigger(struct buf *b, int i)
{
    buf_addf(b,
             "  - event: github.push\n"
             "    if: event.data.repository.full_name == \"acme/repo-%d\" && event.data.ref == "
             "\"refs/heads/main\"\n",
             i);
}

static void equal_event(struct event *e, int i, struct arena *a)
{
    read_push(e, numbered(a, "repo-", i), a);
}

static void type_trigger(struct buf *b, int i)
{
    buf_addf(b, "  - event: app-%d.changed\n", i);
}

static void type_event(struct event *e, int i, struct arena *a)
{
    read_push(e, STR("payments"), a);
    e->type = str_of(arena_fmt(a, "app-%d.changed", i));
}

static void beginning_trigger(struct buf *b, int i)
{
    buf_addf(b, "  - event: app-%d.*\n", i);
}

static void chat_trigger(struct buf *b, int i)
{
    buf_addf(b, "  - chat: deploy service-%d [to {where}]\n", i);
}

static void chat_event(struct event *e, int i, struct arena *a)
{
    e->type = STR("chat.message");
    e->user = STR("ana");
    e->room = STR("console/main");
    e->owner = true;
    e->text = str_of(arena_fmt(a, "deploy service-%d to prod", i));
    e->data = v_map(NULL, 0);
}

static void mixed_trigger(struct buf *b, int i)
{
    static void (*const of[])(struct buf *, int) = {equal_trigger, type_trigger, beginning_trigger,
                                                    chat_trigger};

    of[i % 4](b, i);
}

static void mixed_event(struct event *e, int i, struct arena *a)
{
    static void (*const of[])(struct event *, int, struct arena *) = {equal_event, type_event,
                                                                      type_event, chat_event};

    of[i % 4](e, i, a);
}

static const struct shape shapes[] = {{"equal", equal_trigger, equal_event},
                                      {"types", type_trigger, type_event},
                                      {"beginnings", beginning_trigger, type_event},
                                      {"chat", chat_trigger, chat_event},
                                      {"mixed", mixed_trigger, mixed_event}};

struct texts {
    struct arena *arena;
    struct source_file *files;
    size_t n, bytes;
};

/* `each` triggers in a workflow, a workflow a file. */
static void write_texts(struct texts *t, const struct shape *s, int triggers, int each)
{
    struct arena *a = arena_new();

    *t = (struct texts){.arena = a, .n = (size_t)((triggers + each - 1) / each)};
    t->files = arena_get(a, t->n * sizeof *t->files);
    for (size_t w = 0; w < t->n; w++) {
        AUTO(buf) struct buf b = BUF(1 << 20);

        buf_add(&b, STR("on:\n"));
        for (int i = (int)w * each; i < triggers && i < (int)(w + 1) * each; i++) s->trigger(&b, i);
        buf_add(&b, STR("inputs:\n  where: {type: string, default: staging}\n"
                        "steps:\n"
                        "  - id: build\n    run: make deploy\n    timeout: 10m\n"
                        "  - say: \"deployed to ${{ inputs.where }}\"\n"));
        t->files[w] = (struct source_file){arena_fmt(a, "workflows/w%zu.yaml", w),
                                           str_n(arena_dup(a, b.p, b.n), b.n)};
        t->bytes += b.n;
    }
}

/* --- measuring --- */

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *list, size_t n)
{
    qsort(list, n, sizeof *list, by_size);
    return list[n / 2];
}

static void hash(struct str text, char hex[65])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t bytes[SHA256_LEN];

    sha256(text, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
    hex[2 * sizeof bytes] = '\0';
}

static struct config *load(const struct texts *t)
{
    static const struct connection_kind *const kinds[] = {NULL};
    const struct load_options options = {kinds, hash};
    AUTO(arena) struct arena *a = arena_new();
    struct report report = {.arena = a};
    struct config *c = config_load(t->files, t->n, &options, &report);

    if (!c) die(report.n ? report.list[0].text : "the configuration does not load");
    return c;
}

/* What the parser alone takes to read the texts. */
static double yaml_us(const struct texts *t)
{
    double begun = cpu_us();

    for (size_t i = 0; i < t->n; i++) {
        yaml_parser_t parser;
        bool more = true;

        if (!yaml_parser_initialize(&parser)) die("libyaml");
        yaml_parser_set_input_string(&parser, (const unsigned char *)t->files[i].text.p,
                                     t->files[i].text.n);
        while (more) {
            yaml_event_t event;

            if (!yaml_parser_parse(&parser, &event)) die("libyaml");
            more = event.type != YAML_STREAM_END_EVENT;
            yaml_event_delete(&event);
        }
        yaml_parser_delete(&parser);
    }
    return cpu_us() - begun;
}

struct loaded {
    double load_s, yaml_s, bytes;
};

static struct loaded measure_loading(const struct shape *s, int each)
{
    struct texts t;
    double load_s[LOADS], yaml_s[LOADS];
    struct loaded ret = {0};

    write_texts(&t, s, MANY, each);
    for (int i = 0; i < LOADS; i++) {
        double begun = cpu_us();
        struct config *c = load(&t);

        load_s[i] = (cpu_us() - begun) / 1e6;
        ret.bytes = (double)arena_size(c->arena) / MANY;
        config_free(c);
        yaml_s[i] = yaml_us(&t) / 1e6;
    }
    arena_free(t.arena);
    ret.load_s = median(load_s, LOADS);
    ret.yaml_s = median(yaml_s, LOADS);
    return ret;
}

/* One size of configuration with events that each meet one of its triggers. */
struct side {
    struct config *config;
    struct arena *arena;
    struct event events[EVENTS];
};

static void side_init(struct side *d, const struct shape *s, int triggers, int each)
{
    struct texts t;

    write_texts(&t, s, triggers, each);
    *d = (struct side){.config = load(&t), .arena = arena_new()};
    arena_free(t.arena);
    for (int i = 0; i < EVENTS; i++) /* of the mixed ones, too, as many of each sort */
        s->event(&d->events[i], (int)((int64_t)i * triggers / EVENTS) / 4 * 4 + i % 4, d->arena);
}

static void side_done(struct side *d)
{
    config_free(d->config);
    arena_free(d->arena);
}

/* Microseconds an event. */
static double match_us(const struct side *d, int turns)
{
    AUTO(arena) struct arena *a = arena_new();
    double begun = cpu_us();

    for (int i = 0; i < turns; i++) {
        struct decision found;

        arena_reset(a);
        match(d->config, &d->events[i % EVENTS], 0, a, &found);
        if (found.n == 0 || found.n > 2 || found.list[0].verdict != MATCH_YES)
            die("an event did not meet its trigger");
    }
    return (cpu_us() - begun) / turns;
}

static double measure_matching(const struct shape *s, double *ret_few, double *ret_many)
{
    static struct side few, many;
    double few_us[ROUNDS], many_us[ROUNDS], ratio[ROUNDS];

    side_init(&few, s, FEW, FEW);
    side_init(&many, s, MANY, FEW);
    (void)match_us(&few, TURNS);
    (void)match_us(&many, TURNS);
    for (int i = 0; i < ROUNDS; i++) {
        few_us[i] = match_us(&few, TURNS);
        many_us[i] = match_us(&many, TURNS);
        ratio[i] = many_us[i] / few_us[i];
    }
    side_done(&few);
    side_done(&many);
    *ret_few = median(few_us, ROUNDS);
    *ret_many = median(many_us, ROUNDS);
    return median(ratio, ROUNDS);
}

static double measure_whole(void)
{
    AUTO(buf) struct buf b = BUF(1 << 16);
    double us[ROUNDS];
    struct texts t;
    struct config *c;

    write_texts(&t, &shapes[0], 1000, FEW);
    c = load(&t);
    push_write(&b, STR("repo-500"));
    for (int i = 0; i < ROUNDS; i++) {
        double begun = cpu_us();

        for (int k = 0; k < TURNS; k++) {
            AUTO(arena) struct arena *a = arena_new();
            struct event e = {.type = STR("github.push")};
            struct decision found;
            struct err err;

            if (json_read(a, buf_str(&b), JSON_LIMITS, &e.data, &err) != OK) die(err.text);
            match(c, &e, 0, a, &found);
            if (found.n != 1 || found.list[0].verdict != MATCH_YES) die("no match");
        }
        us[i] = (cpu_us() - begun) / TURNS;
    }
    config_free(c);
    arena_free(t.arena);
    return median(us, ROUNDS);
}

static int profile(char **argv)
{
    const struct shape *s = shapes;
    static struct side d;

    for (size_t i = 0; i < COUNT_OF(shapes); i++)
        if (strcmp(argv[1], shapes[i].name) == 0) s = &shapes[i];
    side_init(&d, s, (int)number(argv[2]), (int)number(argv[3]));
    printf("%s, %s triggers: %.3f us, %.0f bytes each\n", s->name, argv[2],
           match_us(&d, (int)number(argv[4])),
           (double)arena_size(d.config->arena) / (double)number(argv[2]));
    side_done(&d);
    return 0;
}

int main(int argc, char **argv)
{
    struct loaded hundreds, single;
    double worst = 0;

    if (argc == 5) return profile(argv);
    printf("{");
    for (size_t i = 0; i < COUNT_OF(shapes); i++) {
        double few, many, ratio = measure_matching(&shapes[i], &few, &many);

        if (ratio > worst) worst = ratio;
        printf("\"match_%s_100_us\": %.3f, \"match_%s_100k_us\": %.3f, ", shapes[i].name, few,
               shapes[i].name, many);
    }
    hundreds = measure_loading(&shapes[0], FEW);
    single = measure_loading(&shapes[0], 1);
    printf("\"match_100k_vs_100\": %.3f, \"match_1k_us\": %.2f, \"load_100k_s\": %.3f, "
           "\"yaml_100k_s\": %.3f, \"trigger_bytes\": %.0f, \"load_single_s\": %.3f, "
           "\"yaml_single_s\": %.3f, \"single_bytes\": %.0f}\n",
           worst, measure_whole(), hundreds.load_s, hundreds.yaml_s, hundreds.bytes, single.load_s,
           single.yaml_s, single.bytes);
    return 0;
}
