#include "test.h"

#include <math.h>
#include <stdio.h>

#include "data/value.h"

static struct value list_of(struct arena *a, struct value x, struct value y)
{
    struct value *items = arena_get(a, 2 * sizeof *items);

    items[0] = x;
    items[1] = y;
    return v_list(items, 2);
}

static struct value pair_of(struct arena *a, struct value key, struct value x)
{
    struct pair *p = arena_get(a, sizeof *p);

    p->key = key;
    p->value = x;
    return v_map(p, 1);
}

TEST(a_value_is_sixteen_bytes_and_a_pair_two_values)
{
    EQ(sizeof(struct value), 16);
    EQ(sizeof(struct pair), 32);
}

TEST(every_kind_has_cels_name)
{
    STREQ(value_kind_name(V_NULL), "null_type");
    STREQ(value_kind_name(V_MAP), "map");
    STREQ(value_kind_name(V_TIMESTAMP), "google.protobuf.Timestamp");
    STREQ(value_kind_name(V_OPTIONAL), "optional_type");
    for (int k = 0; k < V_KINDS; k++) assert_non_null(value_kind_name((enum value_kind)k));
}

TEST(get_finds_string_keys_and_nothing_else)
{
    AUTO(arena) struct arena *a = arena_new();
    struct map m = {.arena = a};
    struct value v = NO_VALUE;

    map_put(&m, STR("name"), v_cstr("kim"));
    map_put(&m, STR("nama"), v_int(2));
    map_put(&m, STR(""), v_int(3));
    TRUE(value_get(map_value(&m), STR("nama"), &v));
    EQ(v.i, 2);
    TRUE(value_get(map_value(&m), STR(""), &v));
    EQ(v.i, 3);
    FALSE(value_get(map_value(&m), STR("nam"), &v));
    FALSE(value_get(v_int(1), STR("name"), &v));
    FALSE(value_get(pair_of(a, v_bytes(STR("name")), v_int(1)), STR("name"), &v));
    EQ(v.i, 3);
    VIEWEQ(value_get_str(map_value(&m), "name"), "kim");
    VIEWEQ(value_get_str(map_value(&m), "nama"), "");
    VIEWEQ(value_get_str(NO_VALUE, "name"), "");
}

TEST(at_follows_a_path_to_its_end_or_gives_null)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value inner = pair_of(a, v_cstr("id"), v_int(7));
    struct value v = pair_of(a, v_cstr("run"), pair_of(a, v_cstr("step"), inner));

    EQ(value_at(v, "run.step.id").i, 7);
    EQ(value_at(v, "run.step").kind, V_MAP);
    EQ(value_at(v, "run.other.id").kind, V_NULL);
    EQ(value_at(v, "run.step.id.more").kind, V_NULL);
}

TEST(set_replaces_and_put_appends)
{
    AUTO(arena) struct arena *a = arena_new();
    struct map m = {.arena = a};

    map_set(&m, STR("a"), v_int(1));
    map_set(&m, STR("b"), v_int(2));
    map_set(&m, STR("a"), v_int(3));
    EQ(m.n, 2);
    EQ(value_at(map_value(&m), "a").i, 3);
    map_put(&m, STR("a"), v_int(4));
    EQ(m.n, 3);
}

TEST(numbers_compare_on_one_exact_line)
{
    struct value big = v_int(9007199254740993); /* 2^53 + 1 has no double */

    TRUE(value_eq(v_int(1), v_uint(1)));
    TRUE(value_eq(v_int(1), v_double(1.0)));
    TRUE(value_eq(v_double(1.0), v_uint(1)));
    FALSE(value_eq(v_int(1), v_double(1.5)));
    FALSE(value_eq(v_int(-1), v_uint(UINT64_MAX)));
    FALSE(value_eq(big, v_double(9007199254740992.0)));
    FALSE(value_eq(v_double(9007199254740992.0), big));
    TRUE(value_eq(v_int(INT64_MIN), v_double(-0x1p63)));
    FALSE(value_eq(v_int(INT64_MAX), v_double(0x1p63)));
    TRUE(value_eq(v_uint((uint64_t)1 << 63), v_double(0x1p63)));
    FALSE(value_eq(v_uint(UINT64_MAX), v_double(0x1p64)));
    FALSE(value_eq(v_uint(0), v_double(-1)));
    TRUE(value_eq(v_int(0), v_double(-0.0)));
    FALSE(value_eq(v_double(NAN), v_double(NAN)));
    FALSE(value_eq(v_int(0), v_double(NAN)));
    FALSE(value_eq(v_uint(0), v_double(INFINITY)));
    TRUE(value_eq(v_double(INFINITY), v_double(INFINITY)));
}

TEST(other_kinds_equal_only_their_own)
{
    struct value nothing = NO_VALUE;

    FALSE(value_eq(v_cstr("1"), v_int(1)));
    FALSE(value_eq(v_cstr("a"), v_bytes(STR("a"))));
    FALSE(value_eq(v_cstr("a"), v_secret(STR("a"))));
    FALSE(value_eq(v_bool(false), v_int(0)));
    FALSE(value_eq(NO_VALUE, v_bool(false)));
    TRUE(value_eq(NO_VALUE, nothing));
    TRUE(value_eq(v_cstr(""), v_str(str_n(NULL, 0))));
    TRUE(value_eq(v_time(5, 1), v_time(5, 1)));
    FALSE(value_eq(v_time(5, 1), v_time(5, 2)));
    FALSE(value_eq(v_time(5, 0), v_duration(5)));
    FALSE(value_eq(v_list(NULL, 0), v_map(NULL, 0)));
}

TEST(lists_and_optionals_compare_what_they_hold)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value one = v_int(1), wun = v_double(1.0), two = v_int(2);
    struct value none = {.kind = V_OPTIONAL}, some = {.kind = V_OPTIONAL, .one = &one},
                 same = {.kind = V_OPTIONAL, .one = &wun},
                 other = {.kind = V_OPTIONAL, .one = &two};

    TRUE(value_eq(list_of(a, one, two), list_of(a, wun, two)));
    FALSE(value_eq(list_of(a, one, two), list_of(a, two, one)));
    FALSE(value_eq(list_of(a, one, two), v_list(&one, 1)));
    FALSE(value_eq(list_of(a, v_double(NAN), two), list_of(a, v_double(NAN), two)));
    TRUE(value_eq(some, same));
    FALSE(value_eq(some, other));
    FALSE(value_eq(some, none));
    TRUE(value_eq(none, none));
    FALSE(value_eq(some, one));
}

TEST(maps_compare_without_order_and_keys_by_number)
{
    AUTO(arena) struct arena *a = arena_new();
    struct map x = {.arena = a}, y = {.arena = a}, z = {.arena = a};

    map_put(&x, STR("a"), v_int(1));
    map_put(&x, STR("b"), v_int(2));
    map_put(&y, STR("b"), v_int(2));
    map_put(&y, STR("a"), v_int(1));
    map_put(&z, STR("a"), v_int(1));
    map_put(&z, STR("c"), v_int(2));
    TRUE(value_eq(map_value(&x), map_value(&y)));
    FALSE(value_eq(map_value(&x), map_value(&z)));
    map_put(&y, STR("c"), NO_VALUE);
    FALSE(value_eq(map_value(&x), map_value(&y)));
    TRUE(value_eq(pair_of(a, v_int(1), v_bool(true)), pair_of(a, v_uint(1), v_bool(true))));
    FALSE(value_eq(pair_of(a, v_int(1), v_bool(true)), pair_of(a, v_bool(true), v_bool(true))));
}

/* 60,000 keys in opposite order: found by an index, or this takes minutes. */
TEST(big_maps_in_another_order_compare_at_once)
{
    AUTO(arena) struct arena *a = arena_new();
    enum { N = 60000 };
    struct pair *x = arena_get(a, N * sizeof *x), *y = arena_get(a, N * sizeof *y);

    for (int i = 0; i < N; i++) {
        x[i].key = i % 2 ? v_int(i) : v_cstr(arena_fmt(a, "key%d", i));
        x[i].value = v_int(i);
        y[N - 1 - i] = x[i];
        if (i % 2) y[N - 1 - i].key = v_uint((uint64_t)i);
    }
    TRUE(value_eq(v_map(x, N), v_map(y, N)));
    y[7].value = NO_VALUE;
    FALSE(value_eq(v_map(x, N), v_map(y, N)));
    y[7] = y[8];
    FALSE(value_eq(v_map(x, N), v_map(y, N)));
}

TEST(a_copy_shares_nothing)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(arena) struct arena *b = arena_new();
    char text[] = "text", key[] = "key";
    struct value inside = v_str(str_n(text, 4)), v, copy;
    struct value optional = {.kind = V_OPTIONAL, .one = &inside};

    v = list_of(a, pair_of(a, v_str(str_n(key, 3)), inside), optional);
    copy = value_copy(b, v);
    TRUE(value_eq(v, copy));
    memset(text, 'x', 4);
    memset(key, 'x', 3);
    FALSE(value_eq(v, copy));
    arena_reset(a);
    VIEWEQ(value_get_str(copy.list[0], "key"), "text");
    VIEWEQ(value_str(*copy.list[1].one), "text");
    EQ(value_copy(b, v_list(NULL, 0)).n, 0);
}

TEST(nesting_needs_no_stack)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value v = v_int(1), w, *box;

    for (int i = 0; i < 500000; i++) {
        box = arena_get(a, sizeof *box);
        *box = v;
        v = v_list(box, 1);
    }
    w = value_copy(a, v);
    TRUE(value_eq(v, w));
}

RUN(T(a_value_is_sixteen_bytes_and_a_pair_two_values), T(every_kind_has_cels_name),
    T(get_finds_string_keys_and_nothing_else), T(at_follows_a_path_to_its_end_or_gives_null),
    T(set_replaces_and_put_appends), T(numbers_compare_on_one_exact_line),
    T(other_kinds_equal_only_their_own), T(lists_and_optionals_compare_what_they_hold),
    T(maps_compare_without_order_and_keys_by_number), T(big_maps_in_another_order_compare_at_once),
    T(a_copy_shares_nothing), T(nesting_needs_no_stack))
