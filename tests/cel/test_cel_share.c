#include "test.h"

#include "cel/cel_share.h"
#include "cel/compile.h"

static const struct cel_name names[] = {{.name = "event"}, {.name = "user"}};

/* Every kind of node is in some of them. */
static const char *const sources[] = {
    "event.data.repo == 'acme/a' && (user == 'ana' || event.n > 3)",
    "event.data.n in [1, 2u, 3.5] ? 'yes' : 'no'",
    "!event.yes || -event.n < 4 && event.n + 1 - 2 * 3 / 4 % 5 >= 0 || event.n <= 1 || user != ''",
    "event['data'].list[0] + event.data.list[event.n]",
    "event.?data.?repo.orValue('none') + event[?'x'].orValue('y')",
    "has(event.data.repo) && !has(event.data.none)",
    "[1, event.n, 'x', ?event.?none].size()",
    "{'a': event.n, 1: [true, null], ?'b': event.?none}",
    "event.data.list.map(x, x + 1).filter(x, x > 1).exists(x, x == 3)",
    "event.data.list.transformList(i, x, i + x)",
    "cel.bind(x, event.n, x * x)",
    "event.?n.optMap(x, x + 1).orValue(0)",
    "user.matches('^a[a-z]+$') && 'xyz'.matches(user + '.*')",
    "b'\\x00\\xff' + bytes(user)",
    "duration('1h') + duration('1s')",
    "type(event.n) == int",
    "timestamp('2026-01-02T03:04:05Z').getHours()",
    "math.greatest(1, event.n, 3)",
    "event.data.none",
    "event.n / 0",
    "event.data.list[7]",
    "user + 1",
};

static struct value event_of(struct arena *a)
{
    struct map data = {.arena = a}, event = {.arena = a};
    struct value *list = arena_get(a, 2 * sizeof *list);

    list[0] = v_int(1);
    list[1] = v_int(2);
    map_put(&data, STR("repo"), v_cstr("acme/a"));
    map_put(&data, STR("n"), v_int(2));
    map_put(&data, STR("list"), v_list(list, 2));
    map_put(&event, STR("data"), map_value(&data));
    map_put(&event, STR("n"), v_int(1));
    map_put(&event, STR("yes"), v_bool(false));
    return map_value(&event);
}

static void expect_same(const struct cel *copy, const char *source, struct arena *a)
{
    const struct value values[] = {event_of(a), v_cstr("ana")};
    struct value x = NO_VALUE, y = NO_VALUE;
    struct err ex = {0}, ey = {0};
    struct cel_options loose = {.names = names, .n = 2, .loose = true};
    struct cel *c;
    err_t how;
    struct err e;

    PASS(cel_compile_with(a, str_of(source), &loose, &c, &e));
    how = cel_eval(c, values, a, &x, &ex);
    EQ(cel_eval(copy, values, a, &y, &ey), how);
    STREQ(ey.text, ex.text);
    EQ(ey.col, ex.col);
    TRUE(value_eq(x, y));
    VIEWEQ(cel_source(copy), source);
    assert_true(cel_uses(copy) == cel_uses(c));
}

TEST(a_copy_says_the_same_when_what_it_was_made_from_is_gone)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(arena) struct arena *to = arena_new();
    const struct cel *copies[COUNT_OF(sources)];
    struct cel_options loose = {.names = names, .n = 2, .loose = true};
    struct share share;
    struct err e;

    share_init(&share, to);
    for (size_t i = 0; i < COUNT_OF(sources); i++) {
        AUTO(arena) struct arena *from = arena_new();
        struct cel *c;

        PASS(cel_compile_with(from, str_of(sources[i]), &loose, &c, &e));
        copies[i] = cel_share(&share, c);
        share_rest(&share);
    }
    share_done(&share);
    for (size_t i = 0; i < COUNT_OF(sources); i++) expect_same(copies[i], sources[i], a);
    assert_null(cel_share(&share, NULL));
}

TEST(what_two_have_in_common_lies_once)
{
    AUTO(arena) struct arena *to = arena_new();
    AUTO(arena) struct arena *from = arena_new();
    AUTO(share) struct share share;
    const struct cel *a, *b, *same;
    struct cel *c;
    struct err e;

    share_init(&share, to);
    PASS(cel_compile(from, STR("event.data.repo == 'acme/1'"), names, 2, &c, &e));
    a = cel_share(&share, c);
    PASS(cel_compile(from, STR("event.data.repo == 'acme/2'"), names, 2, &c, &e));
    b = cel_share(&share, c);
    PASS(cel_compile(from, STR("event.data.repo == 'acme/1'"), names, 2, &c, &e));
    same = cel_share(&share, c);
    assert_ptr_equal(same, a);
    assert_ptr_not_equal(a->root, b->root);
    assert_ptr_equal(a->root->kid[0], b->root->kid[0]);
}

RUN(T(a_copy_says_the_same_when_what_it_was_made_from_is_gone),
    T(what_two_have_in_common_lies_once))
