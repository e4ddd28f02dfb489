/* Expressions that mean harm: every function on the largest values, once and over and over, and
   10,000 that are put together from such parts by chance. Each must end within its budget, soon,
   and in bounded memory, whatever it gives. */
#include "cel/cel.h"

#include <stdlib.h>
#include <time.h>

#include "base/buf.h"
#include "data/value.h"
#include "test.h"

#if defined(__SANITIZE_THREAD__)
enum { SLOWER = 20, GENERATED = 1000, ONE_THREAD = 1 }; /* nothing here has a second one */
#elif defined(__SANITIZE_ADDRESS__)
enum { SLOWER = 20, GENERATED = 1000, ONE_THREAD = 0 };
#else
enum { SLOWER = 1, GENERATED = 10000, ONE_THREAD = 0 };
#endif

enum {
    WORST_US = 400000 * SLOWER, /* of the thread's own time; a tenth of it is usual */
    WORST_MEMORY = 96 << 20,
    TEXT = 1 << 20,
    LIST = 90000,
    TEXTS = 4000,
    TEXTS_SIZE = 200,
    KEYS = 20000,
    LONG_KEYS = 25, /* of this size, all but the last byte the same */
    LONG_KEY = 40000,
    NEST = 60
};

static const struct cel_name names[] = {{"s", NULL},  {"t", NULL}, {"digits", NULL}, {"l", NULL},
                                        {"ls", NULL}, {"m", NULL}, {"deep", NULL},   {"now", NULL},
                                        {"mk", NULL}, {"kk", NULL}};

struct hostile {
    struct arena *arena;
    struct value values[COUNT_OF(names)];
    int64_t worst_us;
    size_t worst_memory;
    char slowest[256], largest[256];
    int ended[E_COUNT];
};

static struct value text_of(struct arena *a, size_t n, char c, char last)
{
    char *p = arena_raw(a, n);

    memset(p, c, n);
    p[n - 1] = last;
    return v_str(str_n(p, n));
}

static void hostile_init(struct hostile *h)
{
    struct arena *a = arena_new();
    struct value *l = arena_raw(a, LIST * sizeof *l), *ls = arena_raw(a, TEXTS * sizeof *ls),
                 deep = v_int(1);
    struct pair *m = arena_raw(a, KEYS * sizeof *m), *mk = arena_raw(a, LONG_KEYS * sizeof *mk);

    *h = (struct hostile){.arena = a};
    for (int i = 0; i < LIST; i++) l[i] = v_int((int64_t)i * 7919 % LIST);
    for (int i = 0; i < TEXTS; i++) {
        ls[i] = text_of(a, TEXTS_SIZE, 'x', 'y');
        memcpy((char *)(uintptr_t)ls[i].s + TEXTS_SIZE - 8, arena_fmt(a, "%08d", i * 7919 % TEXTS),
               8);
    }
    for (int i = 0; i < KEYS; i++)
        m[i] = (struct pair){v_cstr(arena_fmt(a, "key%08d", i)), v_int(i)};
    for (int i = 0; i < NEST; i++) {
        struct value *one = arena_raw(a, 2 * sizeof *one);

        one[0] = one[1] = deep;
        deep = v_list(one, i < 12 ? 2 : 1);
    }
    h->values[0] = text_of(a, TEXT, 'a', 'b');
    h->values[1] = text_of(a, 70, 'a', 'b');
    h->values[2] = text_of(a, TEXT, '0', 's');
    h->values[3] = v_list(l, LIST);
    h->values[4] = v_list(ls, TEXTS);
    h->values[5] = v_map(m, KEYS);
    h->values[6] = deep;
    h->values[7] = v_time(1700000000, 0);
    for (int i = 0; i < LONG_KEYS; i++)
        mk[i] = (struct pair){text_of(a, LONG_KEY, 'k', (char)('A' + i)), v_int(i)};
    h->values[8] = v_map(mk, LONG_KEYS);
    h->values[9] = text_of(a, LONG_KEY, 'k', 'z');
}

static int64_t thread_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void note(char out[256], struct str src)
{
    memcpy(out, src.p, src.n < 255 ? src.n : 255);
    out[src.n < 255 ? src.n : 255] = '\0';
}

static err_t attempt(struct hostile *h, struct str src, struct err *e)
{
    AUTO(arena) struct arena *a = arena_new();
    int64_t begun = thread_us(), us;
    struct cel *c = NULL;
    struct value v;
    err_t how = cel_compile(a, src, names, COUNT_OF(names), &c, e);

    if (how == OK) how = cel_eval(c, h->values, a, &v, e);
    us = thread_us() - begun;
    h->ended[how]++;
    if (us > h->worst_us) {
        h->worst_us = us;
        note(h->slowest, src);
    }
    if (arena_size(a) > h->worst_memory) {
        h->worst_memory = arena_size(a);
        note(h->largest, src);
    }
    if (how != OK && how != E_INPUT && how != E_LIMIT) {
        print_error("%.200s: %s\n", src.p, e->text);
        assert_true(false);
    }
    return how;
}

static void hostile_done(struct hostile *h)
{
    print_message(
        "# slowest %lld us: %s\n# largest %zu KiB: %s\n# %d values, %d errors, %d limits\n",
        (long long)h->worst_us, h->slowest, h->worst_memory >> 10, h->largest, h->ended[OK],
        h->ended[E_INPUT], h->ended[E_LIMIT]);
    TRUE(h->worst_us < WORST_US);
    TRUE(h->worst_memory < WORST_MEMORY);
    arena_free(h->arena);
}

/* @ is a text, # a list. */
static const char *const texts[] = {"@.lowerAscii()",
                                    "@.upperAscii()",
                                    "@.trim()",
                                    "@.reverse()",
                                    "@.replace('a', 'b')",
                                    "@.replace('', 'xy')",
                                    "@.replace('aa', '')",
                                    "@.replace(@, @)",
                                    "strings.quote(@)",
                                    "json(@)",
                                    "urlEncode(@)",
                                    "base64.encode(bytes(@))",
                                    "string(base64.decode(@))",
                                    "string(bytes(@))",
                                    "(@ + @)",
                                    "@.substring(1)",
                                    "@.charAt(70000)",
                                    "@.split('').join('ab')",
                                    "@.split('a').join()",
                                    "'%s%s%s'.format([@, @, 1.5])",
                                    "'%x'.format([@])",
                                    "'%X'.format([bytes(@)])",
                                    "'%.100f'.format([1e300])",
                                    "#.join(@)",
                                    "json(#)",
                                    "'%s'.format([#])",
                                    "'%s'.format([m])",
                                    "json(m)",
                                    "json(deep)",
                                    "s",
                                    "s",
                                    "t",
                                    "digits",
                                    "ls[0]",
                                    "'x'"};
static const char *const lists[] = {"#.map(x, x)",
                                    "#.filter(x, x == x)",
                                    "#.map(x, @)",
                                    "(# + #)",
                                    "#.sort()",
                                    "#.distinct()",
                                    "#.reverse()",
                                    "#.flatten()",
                                    "[#, #, #].flatten(9)",
                                    "deep.flatten(99)",
                                    "#.sortBy(x, x)",
                                    "#.sortBy(x, @)",
                                    "#.slice(0, 1)",
                                    "@.split('')",
                                    "@.split('a')",
                                    "@.split(@)",
                                    "#.transformList(i, x, [i, x])",
                                    "optional.unwrap(#.map(x, optional.of(x)))",
                                    "lists.range(99999)",
                                    "lists.range(999999999999)",
                                    "m.map(k, m[k])",
                                    "m.map(k, k)",
                                    "[#, #, #, #]",
                                    "[@, @, @]",
                                    "l",
                                    "l",
                                    "ls",
                                    "ls",
                                    "deep",
                                    "[]"};
static const char *const others[] = {"@.indexOf('b')",
                                     "@.indexOf(@, 3)",
                                     "@.lastIndexOf('ab')",
                                     "@.lastIndexOf('c')",
                                     "@.lastIndexOf(@)",
                                     "@.lastIndexOf('a' + t)",
                                     "@.contains(@)",
                                     "@.contains(t + 'b')",
                                     "@.startsWith(@)",
                                     "@.endsWith(@)",
                                     "@.matches('(a*)*c')",
                                     "@.matches('a.*a.*a.*c')",
                                     "@.matches(@)",
                                     "size(@)",
                                     "int(@)",
                                     "double(@)",
                                     "bool(@)",
                                     "duration(@)",
                                     "timestamp(@)",
                                     "now.getHours(@)",
                                     "now.getHours('No/Where' + @)",
                                     "now.getFullYear('Europe/Berlin')",
                                     "fromJson(@)",
                                     "fromJson('[' + @ + ']')",
                                     "(@ == @)",
                                     "(@ < @)",
                                     "(@ in m)",
                                     "m[@]",
                                     "has(m.key)",
                                     "(@ in #)",
                                     "(# == #)",
                                     "(# in [#])",
                                     "(m == m)",
                                     "(kk in mk)",
                                     "mk[?kk]",
                                     "(mk == mk)",
                                     "mk.transformMapEntry(k, v, {k: v, kk: 0})",
                                     "(deep == deep)",
                                     "sets.contains(#, #)",
                                     "sets.equivalent(#, #)",
                                     "sets.intersects(#, ['no', @])",
                                     "math.greatest(#)",
                                     "math.least(#)",
                                     "#.exists_one(x, x == 1)",
                                     "#.all(x, #.all(y, #.all(z, x == y || y != z || true)))",
                                     "#.transformMap(i, x, x)",
                                     "#.transformMapEntry(i, x, {x: i})",
                                     "#.map(x, {string(x): @})",
                                     "{'a': #, 'b': #, 'c': @}",
                                     "#.first().value()",
                                     "cel.bind(v, #, [v, v, v].map(x, [x, x, x]))",
                                     "@",
                                     "#"};

/* A small generator of its own, so that a seed names the same expression everywhere. */
static uint32_t below(uint64_t *seed, uint32_t n)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33) % n;
}

static void fill(struct buf *b, const char *template, uint64_t *seed, int depth)
{
    for (; *template; template ++) {
        bool end = depth <= 0;

        if (*template == '@' && end)
            buf_add(b, below(seed, 3) ? STR("s") : STR("digits"));
        else if (*template == '#' && end)
            buf_add(b, below(seed, 3) ? STR("l") : STR("ls"));
        else if (*template == '@')
            fill(b, texts[below(seed, COUNT_OF(texts))], seed, depth - 1);
        else if (*template == '#')
            fill(b, lists[below(seed, COUNT_OF(lists))], seed, depth - 1);
        else
            buf_addc(b, *template);
    }
}

/* Once, for every number up to the budget, and for each value of the list. */
static const char *const around[] = {"@", "l.all(q, dyn(@) == dyn(0) || true)",
                                     "lists.range(30000).map(q, dyn(@) == q)",
                                     "l.exists(q, dyn(@) == dyn(@) && false)"};

static void attempt_around(struct hostile *h, struct str part, size_t way)
{
    AUTO(buf) struct buf b = BUF(CEL_SOURCE_MAX);
    struct err e;

    for (const char *p = around[way]; *p; p++) {
        if (*p == '@')
            buf_add(&b, part);
        else
            buf_addc(&b, *p);
    }
    if (!b.full) (void)!attempt(h, buf_str(&b), &e);
}

static void attempt_all(struct hostile *h, const char *const *list, size_t n, uint64_t *seed)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t way = 0; way < COUNT_OF(around); way++) {
            AUTO(buf) struct buf b = BUF(CEL_SOURCE_MAX);

            fill(&b, list[i], seed, 0);
            attempt_around(h, buf_str(&b), way);
        }
    }
}

TEST(every_function_on_the_largest_values_ends_within_the_budget)
{
    struct hostile h;
    uint64_t seed = 1;

    if (ONE_THREAD) return;
    hostile_init(&h);
    attempt_all(&h, texts, COUNT_OF(texts), &seed);
    attempt_all(&h, lists, COUNT_OF(lists), &seed);
    attempt_all(&h, others, COUNT_OF(others), &seed);
    TRUE(h.ended[E_LIMIT] > 50);
    TRUE(h.ended[OK] > 50);
    hostile_done(&h);
}

TEST(expressions_put_together_by_chance_end_within_the_budget)
{
    struct hostile h;

    if (ONE_THREAD) return;
    hostile_init(&h);
    for (uint64_t i = 0; i < GENERATED; i++) {
        AUTO(buf) struct buf b = BUF(CEL_SOURCE_MAX - 100);
        uint64_t seed = i * 2654435761u + 99;

        fill(&b, others[below(&seed, COUNT_OF(others))], &seed, 1 + (int)below(&seed, 4));
        attempt_around(&h, buf_str(&b), below(&seed, COUNT_OF(around)));
    }
    TRUE(h.ended[E_LIMIT] > GENERATED / 50);
    TRUE(h.ended[OK] > GENERATED / 50);
    hostile_done(&h);
}

/* n times `head`, the middle, n times `tail`. */
static void pile(struct hostile *h, const char *head, const char *middle, const char *tail)
{
    static const int sizes[] = {10, 60, 63, 64, 65, 300, 5000};
    struct err e;

    for (size_t k = 0; k < COUNT_OF(sizes); k++) {
        AUTO(buf) struct buf b = BUF(CEL_SOURCE_MAX);

        for (int i = 0; i < sizes[k]; i++) buf_add(&b, str_of(head));
        buf_add(&b, str_of(middle));
        for (int i = 0; i < sizes[k]; i++) buf_add(&b, str_of(tail));
        if (!b.full) (void)!attempt(h, buf_str(&b), &e);
    }
}

TEST(piles_of_one_construct_end_soon)
{
    struct hostile h;

    if (ONE_THREAD) return;
    hostile_init(&h);
    pile(&h, "(", "1", ")");
    pile(&h, "[", "1", "]");
    pile(&h, "{'a': ", "1", "}");
    pile(&h, "!", "true", "");
    pile(&h, "-", "l[0]", "");
    pile(&h, "l.map(x, ", "x", ")");
    pile(&h, "l.all(x, ", "true", ")");
    pile(&h, "cel.bind(x, [x, x], ", "x", ")");
    pile(&h, "cel.bind(s, s + s, ", "s", ")");
    pile(&h, "cel.bind(l, l + l, ", "l", ")");
    pile(&h, "cel.bind(l, [l, l], ", "l == l", ")");
    pile(&h, "cel.bind(l, [l, l], ", "json(l)", ")");
    pile(&h, "cel.bind(l, [l, l], ", "l.flatten(100)", ")");
    pile(&h, "cel.bind(l, [l, l], ", "'%s'.format([l])", ")");
    pile(&h, "optional.of(", "l", ").value()");
    pile(&h, "true ? ", "1", " : 2");
    pile(&h, "", "1", " + 1");
    pile(&h, "", "s", " + s");
    pile(&h, "", "l", " + l");
    pile(&h, "", "true", " && true");
    pile(&h, "", "[1", ", 1");
    pile(&h, "", "m", ".?a");
    pile(&h, "", "m", "[?'a']");
    pile(&h, "", "s", ".reverse()");
    pile(&h, "", "s", ".replace('a', 'aa')");
    pile(&h, "", "'a'", ".replace('', 'aa')");
    pile(&h, "s.matches('", "", "(a*)*')");
    pile(&h, "s.matches('((a{1,9})", "", "{1,9})')");
    hostile_done(&h);
}

TEST(long_literals_end_soon)
{
    struct hostile h;
    struct err e;

    if (ONE_THREAD) return;
    hostile_init(&h);
    for (int way = 0; way < 4; way++) {
        AUTO(buf) struct buf b = BUF(CEL_SOURCE_MAX);

        buf_addc(&b, way < 2 ? '{' : '[');
        for (int i = 0; b.n < CEL_SOURCE_MAX - 40; i++) {
            if (way == 0) buf_addf(&b, "%d: 1, ", i);
            if (way == 1) buf_addf(&b, "'k%d': %d, ", i, i);
            if (way == 2) buf_addf(&b, "lists.range(1900), ");
            if (way == 3) buf_addf(&b, "'a'.matches('[a-z]{1,%d}'), ", 1 + i % 99);
        }
        buf_addc(&b, way < 2 ? '}' : ']');
        (void)!attempt(&h, buf_str(&b), &e);
    }
    hostile_done(&h);
}

RUN(T(every_function_on_the_largest_values_ends_within_the_budget),
    T(expressions_put_together_by_chance_end_within_the_budget), T(piles_of_one_construct_end_soon),
    T(long_literals_end_soon))
