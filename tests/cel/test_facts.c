#include "test.h"

#include "base/buf.h"
#include "cel/facts.h"

static const struct cel_name names[] = {{"event", NULL}, {"user", NULL}, {"room", NULL}};

static uint64_t key_of(struct value v)
{
    uint64_t key = 0;

    TRUE(fact_key(v, &key));
    return key;
}

/* "event.data.ref:2 user:1": where, and how many constants. */
static const char *facts_of(struct arena *a, const char *source, struct fact **ret_list)
{
    AUTO(buf) struct buf b = BUF(1 << 12);
    struct fact *list;
    struct cel *c;
    struct err e;
    size_t n;

    PASS(cel_compile(a, str_of(source), names, 3, &c, &e));
    n = cel_facts(c, a, &list);
    for (size_t i = 0; i < n; i++) {
        buf_addf(&b, "%s%s", i ? " " : "", names[list[i].slot].name);
        for (size_t k = 0; k < list[i].path_n; k++)
            buf_addf(&b, "." STR_FMT, STR_ARG(list[i].path[k]));
        buf_addf(&b, ":%zu", list[i].n);
    }
    if (ret_list) *ret_list = list;
    return arena_dup(a, b.p ? b.p : "", b.n);
}

static void expect_facts(const char *source, const char *wanted)
{
    AUTO(arena) struct arena *a = arena_new();

    STREQ(facts_of(a, source, NULL), wanted);
}

TEST(equality_with_a_constant_on_either_side_is_a_fact)
{
    expect_facts("event.data.ref == 'main'", "event.data.ref:1");
    expect_facts("'ana' == user", "user:1");
    expect_facts("event.data['x-y'].z == 1", "event.data.x-y.z:1");
    expect_facts("event['data'] == null", "event.data:1");
    expect_facts("event.n == 1 + 2", "event.n:1");
}

TEST(one_of_some_constants_is_a_fact)
{
    expect_facts("user in ['ana', 'ben']", "user:2");
    expect_facts("event.a == 1 || event.a == 2 || 3u == event.a", "event.a:3");
    expect_facts("event.a in [1, 2] || event['a'] == 'x'", "event.a:3");
    expect_facts("user in []", "");
}

TEST(every_conjunct_gives_its_own_and_the_others_none)
{
    expect_facts("event.a == 1 && (user == 'ana' && event.n > 3) && has(event.b)",
                 "event.a:1 user:1");
    expect_facts("event.a == 1 || user == 'ana'", "");
    expect_facts("!(event.a == 1)", "");
    expect_facts("event.a != 1", "");
    expect_facts("event.a == event.b", "");
    expect_facts("event.a == 1 ? true : event.b", "");
    expect_facts("event.list[0] == 1", "");
    expect_facts("event.?a == optional.of(1)", "");
    expect_facts("event.list.exists(x, x == 1)", "");
    expect_facts("user in {'ana': 1}", "");
    expect_facts("event.a.size() == 1", "");
    expect_facts("true", "");
}

TEST(a_constant_without_a_key_makes_no_fact)
{
    expect_facts("event.a == [1]", "");
    expect_facts("event.a == b'x'", "");
    expect_facts("event.a == 9007199254740992", "");
    expect_facts("event.a in [1, -9007199254740992]", "");
    expect_facts("event.a == 1e300", "");
    expect_facts("event.a == duration('1s')", "");
    expect_facts("event.a == 9007199254740991", "event.a:1");
    expect_facts("event.a in [0.0 / 0.0, 1.0]", "event.a:1"); /* NaN equals nothing */
}

TEST(too_many_constants_and_too_long_a_path_make_no_fact)
{
    AUTO(buf) struct buf b = BUF(1 << 16);

    buf_add(&b, STR("event.a in ["));
    for (int i = 0; i < FACT_VALUES; i++) buf_addf(&b, "%d, ", i);
    buf_addc(&b, ']');
    expect_facts(b.p, "event.a:256");
    b.n--;
    buf_add(&b, STR("'more']"));
    expect_facts(b.p, "");
    expect_facts("event.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p == 1",
                 "event.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p:1");
    expect_facts("event.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q == 1", "");
}

TEST(values_that_are_equal_have_one_key)
{
    assert_true(key_of(v_int(1)) == key_of(v_uint(1)));
    assert_true(key_of(v_int(1)) == key_of(v_double(1.0)));
    assert_true(key_of(v_int(-7)) == key_of(v_double(-7.0)));
    assert_true(key_of(v_int(0)) == key_of(v_double(-0.0)));
    assert_true(key_of(v_str(STR("x"))) == key_of(v_str(STR("x"))));
}

TEST(values_that_differ_have_different_keys)
{
    const struct value all[] = {
        NO_VALUE,           v_bool(false),      v_bool(true),    v_int(0),        v_int(1),
        v_int(-1),          v_double(0.5),      v_double(-0.5),  v_str(STR("")),  v_str(STR("1")),
        v_str(STR("true")), v_str(STR("null")), v_int(1L << 40), v_double(1e-300)};

    for (size_t i = 0; i < COUNT_OF(all); i++)
        for (size_t k = 0; k < i; k++) assert_true(key_of(all[i]) != key_of(all[k]));
}

TEST(what_equals_no_constant_has_no_key)
{
    const struct value all[] = {v_list(NULL, 0),      v_map(NULL, 0),
                                v_bytes(STR("x")),    v_time(0, 0),
                                v_int(INT64_MIN),     v_int(INT64_MAX),
                                v_uint(UINT64_MAX),   v_double(1e300),
                                v_double(-1.0 / 0.0), v_double(0.0 / 0.0),
                                v_secret(STR("x")),   v_duration(1),
                                v_int(1LL << 53),     v_double(9007199254740992.0)};

    for (size_t i = 0; i < COUNT_OF(all); i++) {
        uint64_t key;

        FALSE(fact_key(all[i], &key));
    }
}

TEST(what_stands_at_the_path_is_found_or_the_fact_cannot_hold)
{
    AUTO(arena) struct arena *a = arena_new();
    const struct pair inner[] = {{v_cstr("x-y"), v_int(5)}};
    const struct pair outer[] = {{v_cstr("data"), v_map(inner, 1)}};
    struct value values[] = {v_map(outer, 1), v_cstr("ana"), v_cstr("")};
    struct fact *f;
    uint64_t key;

    facts_of(a, "event.data['x-y'] == 5.0 && user == 'ben' && event.data.z == 1", &f);
    TRUE(fact_look(&f[0], values, &key));
    assert_true(key == f[0].keys[0]);
    TRUE(fact_look(&f[1], values, &key));
    assert_true(key != f[1].keys[0]);
    FALSE(fact_look(&f[2], values, &key));
    values[0] = v_cstr("no map");
    FALSE(fact_look(&f[0], values, &key));
}

RUN(T(equality_with_a_constant_on_either_side_is_a_fact), T(one_of_some_constants_is_a_fact),
    T(every_conjunct_gives_its_own_and_the_others_none), T(a_constant_without_a_key_makes_no_fact),
    T(too_many_constants_and_too_long_a_path_make_no_fact), T(values_that_are_equal_have_one_key),
    T(values_that_differ_have_different_keys), T(what_equals_no_constant_has_no_key),
    T(what_stands_at_the_path_is_found_or_the_fact_cannot_hold))
