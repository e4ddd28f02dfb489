/* The checker: the type of every kind of expression, and whole sentences where there is none. */
#include <stdio.h>

#include "cel/compile.h"
#include "cel/fn.h"
#include "cel/signature.h"
#include "random_expr.h"
#include "test.h"

/* --- what the expressions may name --- */

static const struct cel_field step_fields[] = {
    {"outputs", &cel_record}, {"status", &cel_string}, {"started", &cel_timestamp}, {0}};
static const struct cel_type step = {.kind = CEL_OBJECT, .fields = step_fields};
static const struct cel_field steps_fields[] = {{"build", &step}, {"my-step", &step}, {0}};
static const struct cel_type steps = {.kind = CEL_OBJECT, .fields = steps_fields};
static const struct cel_type list_int = {.kind = CEL_LIST, .n = 1, .of = {&cel_int}},
                             list_string = {.kind = CEL_LIST, .n = 1, .of = {&cel_string}},
                             map_int = {.kind = CEL_MAP, .n = 2, .of = {&cel_string, &cel_int}},
                             maybe_int = {.kind = CEL_OPTIONAL, .n = 1, .of = {&cel_int}},
                             maybe_map = {.kind = CEL_OPTIONAL, .n = 1, .of = {&map_int}};
static const struct cel_name names[] = {
    {"any", NULL},        {"flag", &cel_bool}, {"i", &cel_int},      {"u", &cel_uint},
    {"d", &cel_double},   {"s", &cel_string},  {"y", &cel_bytes},    {"t", &cel_timestamp},
    {"r", &cel_duration}, {"li", &list_int},   {"ls", &list_string}, {"m", &map_int},
    {"o", &maybe_int},    {"om", &maybe_map},  {"steps", &steps},    {"a.b", &cel_int},
};

static const char *checked(struct arena *a, const char *src)
{
    struct buf b = BUF(400);
    const char *ret;
    struct cel *c;
    struct err e;

    if (cel_compile(a, str_of(src), names, COUNT_OF(names), &c, &e) != OK)
        return arena_fmt(a, "%d:%d: %s", e.line, e.col, e.text);
    type_text(&b, cel_type_of(c));
    ret = arena_dup(a, b.p, b.n);
    buf_auto(&b);
    return ret;
}

static void expect(const char *const pairs[][2], size_t n)
{
    struct arena *a = arena_new();
    size_t wrong = 0;

    for (size_t i = 0; i < n; i++) {
        const char *got = checked(a, pairs[i][0]);

        if (strcmp(got, pairs[i][1]) == 0) continue;
        print_error("%s\n    got    %s\n    wanted %s\n", pairs[i][0], got, pairs[i][1]);
        wrong++;
    }
    arena_free(a);
    EQ(wrong, 0);
}

#define EXPECT(...)                                                                                \
    do {                                                                                           \
        static const char *const pairs_[][2] = {__VA_ARGS__};                                      \
        expect(pairs_, COUNT_OF(pairs_));                                                          \
    } while (0)

/* --- types --- */

TEST(literals_and_names_have_their_types)
{
    EXPECT({"null", "null_type"}, {"true", "bool"}, {"1", "int"}, {"1u", "uint"}, {"1.5", "double"},
           {"'a'", "string"}, {"b'a'", "bytes"}, {"any", "dyn"}, {"t", "timestamp"},
           {"r", "duration"}, {"li", "list(int)"}, {"m", "map(string, int)"},
           {"o", "optional_type(int)"}, {"int", "type(int)"}, {"list", "type(list(dyn))"},
           {"type", "type(type)"}, {"google.protobuf.Timestamp", "type(timestamp)"},
           {"steps", "map(string, dyn)"}, {"a.b", "int"});
}

TEST(what_differs_in_a_list_or_a_map_is_dyn)
{
    EXPECT({"[]", "list(dyn)"}, {"{}", "map(dyn, dyn)"}, {"[1, 2]", "list(int)"},
           {"[1, 'a']", "list(dyn)"}, {"[[], [1]]", "list(list(int))"},
           {"{'a': 1, 'b': 2}", "map(string, int)"}, {"{'a': 1, 2: 'b'}", "map(dyn, dyn)"},
           {"[t, null]", "list(timestamp)"}, {"[1, null]", "list(dyn)"}, {"[?o, 2]", "list(int)"},
           {"{?'a': o}", "map(string, int)"},
           {"[steps.build, {'status': 'x'}]", "list(map(string, dyn))"});
}

TEST(fields_have_the_type_of_what_they_are_in)
{
    EXPECT({"any.x.y", "dyn"}, {"m.x", "int"}, {"m['x']", "int"}, {"li[0]", "int"},
           {"steps.build.status", "string"}, {"steps['my-step'].started", "timestamp"},
           {"steps.build.outputs.image", "dyn"}, {"has(steps.build.outputs.image)", "bool"},
           {"m.?x", "optional_type(int)"}, {"m[?'x']", "optional_type(int)"},
           {"li[?0]", "optional_type(int)"}, {"om.x", "optional_type(int)"},
           {"om['x']", "optional_type(int)"}, {"steps.?build.status", "optional_type(string)"},
           {"[].map(x, x)[0].foo", "dyn"});
}

TEST(operators_have_the_type_of_their_overload)
{
    EXPECT({"i + 1", "int"}, {"u * 2u", "uint"}, {"d / 2.0", "double"}, {"s + 'a'", "string"},
           {"y + b'a'", "bytes"}, {"li + [1]", "list(int)"}, {"li + []", "list(int)"},
           {"t + r", "timestamp"}, {"r + t", "timestamp"}, {"t - t", "duration"}, {"-d", "double"},
           {"i % 2 == 0 && !flag", "bool"}, {"i in li || s in m", "bool"}, {"t < t", "bool"},
           {"flag ? i : 2", "int"}, {"flag ? [] : li", "list(int)"}, {"any + 1", "int"},
           {"any + any", "dyn"}, {"any == 1u", "bool"}, {"any > 1.5", "bool"},
           {"flag ? any : 1", "dyn"}, {"dyn(1) == 1.0", "bool"}, {"t == null", "bool"},
           {"om == optional.none()", "bool"});
}

TEST(functions_have_the_type_of_their_overload)
{
    EXPECT({"size(s)", "int"}, {"ls.size()", "int"}, {"steps.size()", "int"},
           {"s.split(',')", "list(string)"}, {"li.sort()", "list(int)"}, {"any.sort()", "dyn"},
           {"ls.join(',')", "string"}, {"li.reverse()", "list(int)"}, {"s.reverse()", "string"},
           {"any.reverse()", "dyn"}, {"[li].flatten()", "list(int)"},
           {"li.first()", "optional_type(int)"}, {"o.orValue(1)", "int"}, {"o.value()", "int"},
           {"o.or(optional.none())", "optional_type(int)"}, {"type(i)", "type(int)"},
           {"math.greatest(1, 2, 3)", "int"}, {"math.greatest(1, 2.5)", "dyn"},
           {"math.greatest([1.5, 2.5])", "double"}, {"math.abs(any)", "dyn"},
           {"fromJson(s).a", "dyn"}, {"json(steps)", "string"}, {"t.getHours('UTC')", "int"},
           {"r.getHours()", "int"}, {"optional.unwrap([o])", "list(int)"},
           {"sets.contains(li, [any])", "bool"}, {"int(t) + int('5')", "int"});
}

TEST(variables_of_macros_have_the_type_of_what_they_go_through)
{
    EXPECT({"li.map(x, x * 2)", "list(int)"}, {"li.map(x, string(x))", "list(string)"},
           {"li.filter(x, x > 2)", "list(int)"}, {"m.filter(k, k != 'a')", "list(string)"},
           {"m.map(k, m[k])", "list(int)"}, {"li.all(x, x > 0)", "bool"},
           {"li.exists(n, x, n < x)", "bool"}, {"m.exists_one(k, v, k == 'a' && v > 1)", "bool"},
           {"ls.transformList(n, x, n)", "list(int)"},
           {"ls.transformMap(n, x, x)", "map(int, string)"},
           {"m.transformMap(k, v, v > 1)", "map(string, bool)"},
           {"m.transformMapEntry(k, v, {v: k})", "map(int, string)"},
           {"ls.sortBy(x, size(x))", "list(string)"}, {"any.map(x, x.y)", "list(dyn)"},
           {"any.all(x, x)", "bool"}, {"cel.bind(x, i, x + 1)", "int"},
           {"o.optMap(x, x > 1)", "optional_type(bool)"},
           {"o.optFlatMap(x, li[?x])", "optional_type(int)"},
           {"[1].map(x, [x, x]).map(x, [x, x])", "list(list(list(int)))"},
           {"steps.all(k, steps[k].status == 'failed')", "bool"});
}

/* --- errors --- */

#define PLUS                                                                                       \
    "; there is int + int, uint + uint, double + double, string + string, bytes + bytes, "         \
    "list(A) + list(A), timestamp + duration, duration + timestamp, duration + duration, where A " \
    "is one type"
#define SAME(op) "; there is A " op " A, where A is one type"
#define LESS                                                                                       \
    "; there is bool < bool, int < int, uint < uint, double < double, string < string, bytes < "   \
    "bytes, timestamp < timestamp, duration < duration"

TEST(an_operator_without_an_overload_says_which_there_are_and_what_was_meant)
{
    EXPECT(
        {"i + 1.5", "1:3: no such overload: int + double" PLUS "; did you mean `double(i)`?"},
        {"1 + d", "1:3: no such overload: int + double" PLUS "; did you mean `1.0`?"},
        {"s +\n  i", "1:3: no such overload: string + int" PLUS "; did you mean `string(i)`?"},
        {"s + 5", "1:3: no such overload: string + int" PLUS "; did you mean `\"5\"`?"},
        {"'at ' + t",
         "1:7: no such overload: string + timestamp" PLUS "; did you mean `string(t)`?"},
        {"s + li", "1:3: no such overload: string + list(int)" PLUS "; did you mean `json(li)`?"},
        {"li + ls", "1:4: no such overload: list(int) + list(string)" PLUS},
        {"1 == 1u", "1:3: no such overload: int == uint" SAME("==") "; did you mean `1`?"},
        {"i == 1.0", "1:3: no such overload: int == double" SAME("==") "; did you mean `1`?"},
        {"i != '3'", "1:3: no such overload: int != string" SAME("!=") "; did you mean `3`?"},
        {"i == s", "1:3: no such overload: int == string" SAME("==") "; did you mean "
                                                                     "`string(i)`?"},
        {"s == null", "1:3: no such overload: string == null_type" SAME("==") "; it is never null"},
        {"d < 1", "1:3: no such overload: double < int" LESS "; did you mean `1.0`?"},
        {"s < t", "1:3: no such overload: string < timestamp" LESS "; did you mean "
                  "`timestamp(s)`?"},
        {"li < li", "1:4: no such overload: list(int) < list(int)" LESS},
        {"-u", "1:1: no such overload: -uint; there is -int, -double; did you mean `int(u)`?"},
        {"!i", "1:1: no such overload: !int; there is !bool"},
        {"d % 2.0", "1:3: no such overload: double % double; there is int % int, uint % uint"},
        {"i in ls", "1:3: no such overload: int in list(string); there is A in list(A), A in "
                    "map(A, B), where A is one type"});
}

TEST(conditions_are_bool)
{
    EXPECT({"flag && i", "1:9: no such overload: bool && int; there is bool && bool"},
           {"flag && flag && s", "1:17: no such overload: bool && string; there is bool && bool"},
           {"s || flag", "1:1: no such overload: string || bool; there is bool || bool"},
           {"i ? 1 : 2",
            "1:3: no such overload: int ? int : int; there is bool ? A : A, where A is "
            "one type"},
           {"flag ? 1 : 'a'",
            "1:6: no such overload: bool ? int : string; there is bool ? A : A, where A is one "
            "type; write dyn(…) around one of the two if both are meant"});
}

TEST(a_function_without_an_overload_says_which_there_are_and_what_was_meant)
{
    EXPECT({"s.startsWith(5)", "1:3: no such overload: string.startsWith(int); there is "
                               "string.startsWith(string) -> bool; did you mean `\"5\"`?"},
           {"i.startsWith('a')",
            "1:3: no such overload: int.startsWith(string); there is string.startsWith(string) -> "
            "bool; did you mean `string(i)`?"},
           {"math.ceil(i)", "1:6: no such overload: math.ceil(int); there is math.ceil(double) -> "
                            "double; did you mean `double(i)`?"},
           {"math.greatest(1, li)",
            "1:6: no such overload: math.greatest(list(int)); there is math.greatest(int) -> int, "
            "math.greatest(uint) -> uint, math.greatest(double) -> double, "
            "math.greatest(list(int)) -> int, math.greatest(list(uint)) -> uint, "
            "math.greatest(list(double)) -> double"},
           {"timestamp(d)",
            "1:1: no such overload: timestamp(double); there is timestamp(timestamp) -> timestamp, "
            "timestamp(string) -> timestamp, timestamp(int) -> timestamp"},
           {"r.getHours('UTC')",
            "1:3: no such overload: duration.getHours(string); there is timestamp.getHours() -> "
            "int, timestamp.getHours(string) -> int, duration.getHours() -> int"},
           {"[li].sort()",
            "1:6: no such overload: list(list(int)).sort(); there is list(int).sort() -> "
            "list(int), list(uint).sort() -> list(uint), list(double).sort() -> list(double), "
            "list(bool).sort() -> list(bool), list(string).sort() -> list(string), …"},
           {"o.orValue('a')", "1:3: no such overload: optional_type(int).orValue(string); there is "
                              "optional_type(A).orValue(A) -> A, where A is one type"});
}

TEST(fields_and_keys_that_cannot_be_there_are_errors)
{
    EXPECT({"steps.biuld.status", "1:7: no `biuld` in steps; did you mean `build`?"},
           {"steps.build.stats", "1:13: no `stats` in steps.build; did you mean `status`?"},
           {"steps['my-step'].statsu",
            "1:18: no `statsu` in steps['my-step']; did you mean `status`?"},
           {"has(steps.build.zzz)", "1:17: no `zzz` in steps.build"},
           {"steps.build[?'stats']", "1:12: no `stats` in steps.build; did you mean `status`?"},
           {"s.length", "1:3: no `length` in a value of type string: it has no fields"},
           {"li.length", "1:4: no `length` in a value of type list(int): it has no fields"},
           {"o.x", "1:3: no `x` in a value of type int: it has no fields"},
           {"li['a']", "1:3: no such overload: list(int)[string]; there is list(A)[int], map(A, "
                       "B)[A], optional_type(list(A))[int], optional_type(map(A, B))[A], where A "
                       "is one type"},
           {"m[?1]", "1:2: no such overload: map(string, int)[?int]; there is list(A)[?int], "
                     "map(A, B)[?A], optional_type(list(A))[?int], optional_type(map(A, B))[?A], "
                     "where A is one type; did you mean `\"1\"`?"});
}

TEST(macros_say_what_they_need)
{
    EXPECT({"i.map(x, x)", "1:1: map() goes through a list or a map, not a value of type int"},
           {"li.filter(x, x)", "1:14: filter() needs true or false here, not a value of type int"},
           {"li.all(n, x, s)", "1:14: all() needs true or false here, not a value of type string"},
           {"li.map(x, x, x)", "1:11: map() needs true or false here, not a value of type int"},
           {"li.map(x, x + 'a')",
            "1:13: no such overload: int + string" PLUS "; did you mean `string(x)`?"},
           {"li.sortBy(x, [x])", "1:14: sortBy() needs something that has an order, such as a "
                                 "number or a string, not a value of type list(int)"},
           {"m.sortBy(x, x)", "1:1: sortBy() goes through a list, not a map"},
           {"li.transformMapEntry(n, x, x)", "1:28: transformMapEntry() needs a map such as {key: "
                                             "value} here, not a value of type int"},
           {"i.optMap(x, x)",
            "1:1: optMap() needs an optional here, such as a.?b, not a value of type int"},
           {"o.optFlatMap(x, x)",
            "1:17: optFlatMap() needs an optional here, such as a.?b, not a value of type int"},
           {"[?i]", "1:3: what stands with `?` must be an optional, such as a.?b, not a value of "
                    "type int"},
           {"{?'a': i}", "1:8: what stands with `?` must be an optional, such as a.?b, not a value "
                         "of type int"});
}

TEST(a_type_within_itself_is_no_type)
{
    EXPECT({"[].map(x, [].map(y, x in y && y in x))",
            "1:33: no such overload: list(dyn) in dyn; there is A in list(A), A in map(A, B), "
            "where A is one type"});
}

TEST(a_condition_that_is_surely_not_bool_is_known_before)
{
    struct arena *a = arena_new();
    struct cel *c;
    struct err e;

    PASS(cel_compile(a, STR("s + 'a'"), names, COUNT_OF(names), &c, &e));
    EQ(cel_wants_bool(c, &e), E_INPUT);
    STREQ(e.text, "this must be true or false, but it is of type string");
    PASS(cel_compile(a, STR("any.x"), names, COUNT_OF(names), &c, &e));
    PASS(cel_wants_bool(c, &e));
    PASS(cel_compile(a, STR("i > 1"), names, COUNT_OF(names), &c, &e));
    PASS(cel_wants_bool(c, &e));
    arena_free(a);
}

TEST(an_unchecked_compilation_leaves_everything_to_the_evaluation)
{
    struct cel_options options = {.loose = true};
    struct arena *a = arena_new();
    struct value v;
    struct cel *c;
    struct err e;

    PASS(cel_compile_with(a, STR("1 == 1u && (true || 1 + 'a' == 2)"), &options, &c, &e));
    PASS(cel_eval(c, NULL, a, &v, &e));
    TRUE(v.b);
    EQ(cel_type_of(c)->kind, CEL_DYN);
    PASS(cel_compile_with(a, STR("'a' || 1"), &options, &c, &e));
    EQ(cel_type_of(c)->kind, CEL_DYN);
    arena_free(a);
}

/* More variables and types than there is room for at first. */
TEST(types_may_be_many)
{
    struct arena *a = arena_new();
    struct buf b = BUF(CEL_SOURCE_MAX);
    struct cel *c;
    struct err e;

    buf_addc(&b, '[');
    for (int i = 0; i < 300; i++) buf_addf(&b, "[].map(x, {'a': [optional.none(), o]}),");
    buf_addc(&b, ']');
    PASS(cel_compile(a, buf_str(&b), names, COUNT_OF(names), &c, &e));
    buf_clear(&b);
    type_text(&b, cel_type_of(c));
    STREQ(b.p, "list(list(map(string, list(optional_type(int)))))");
    buf_auto(&b);
    arena_free(a);
}

/* A type that stands twice in the next, and that in the next: 2^60 parts, were it written out. */
TEST(types_that_nest_or_tangle_without_end_become_dyn)
{
    enum { LEVELS = 60, TANGLED = 28 };
    struct arena *a = arena_new();
    struct buf b = BUF(CEL_SOURCE_MAX);
    struct cel *c;
    struct err e;

    buf_add(&b, STR("cel.bind(a0, {1: 1}, "));
    for (int i = 0; i < LEVELS; i++) buf_addf(&b, "cel.bind(a%d, {a%d: a%d}, ", i + 1, i, i);
    buf_addf(&b, "a%d.size() == 1", LEVELS);
    for (int i = 0; i <= LEVELS; i++) buf_addc(&b, ')');
    PASS(cel_compile(a, buf_str(&b), NULL, 0, &c, &e));
    buf_clear(&b);
    for (int i = 0; i < TANGLED; i++) buf_addf(&b, "[].map(v%d, ", i);
    for (int i = 1; i < TANGLED; i++) buf_addf(&b, "v%d == {v%d: v%d} && ", i - 1, i, i);
    buf_addf(&b, "v0 == v%d", TANGLED - 1);
    for (int i = 0; i < TANGLED; i++) buf_addc(&b, ')');
    (void)!cel_compile(a, buf_str(&b), NULL, 0, &c, &e);
    TRUE(arena_size(a) < 16 << 20);
    buf_auto(&b);
    arena_free(a);
}

/* --- what is accepted does not fail for its types --- */

TEST(what_is_accepted_never_fails_for_want_of_an_overload_and_gives_its_type)
{
    enum { EXPRESSIONS = 6000, DEPTH = 4 };
    size_t values = 0;

    for (uint64_t seed = 1; seed <= EXPRESSIONS; seed++) {
        struct arena *a = arena_new();
        struct random_scope scope;
        const struct cel_type *type;
        struct str src = random_expr(a, seed, DEPTH, &scope, &type);
        struct value v = NO_VALUE;
        struct cel *c;
        struct err e;
        bool ok = cel_compile(a, src, scope.names, scope.n, &c, &e) == OK;

        if (ok && cel_eval(c, scope.values, a, &v, &e) == OK) {
            values++;
            if (!random_fits(v, type) || !random_fits(v, cel_type_of(c)))
                ok = fail(&e, E_INPUT, "its value is of another type") == OK;
        } else if (ok) {
            ok = !strstr(e.text, "no such overload") && !strstr(e.text, "in a value of type");
        }
        if (!ok) print_error("seed %d: " STR_FMT "\n    %s\n", (int)seed, STR_ARG(src), e.text);
        TRUE(ok);
        arena_free(a);
    }
    TRUE(values > EXPRESSIONS / 2);
}

/* --- the table --- */

static const struct fn_set *const sets[] = {&fn_std,  &fn_time, &fn_string, &fn_text,    &fn_math,
                                            &fn_list, &fn_sets, &fn_codec,  &fn_optional};

/* Which forms and numbers of arguments the lines of a function have. */
static void forms_of(const struct signature *s, unsigned *ret_forms, size_t *ret_min,
                     size_t *ret_max)
{
    struct str lines = str_of(s->lines);
    struct arena *a = arena_new();
    struct infer x;
    struct overload one;

    infer_init(&x, a);
    *ret_forms = 0;
    *ret_min = SIZE_MAX;
    *ret_max = 0;
    while (signature_next(&x, str_of(s->name), 0, &lines, &one)) {
        *ret_forms |= one.method ? FN_METHOD : FN_GLOBAL;
        if (one.n < *ret_min) *ret_min = one.n;
        if (one.n > *ret_max) *ret_max = one.n;
    }
    arena_free(a);
}

TEST(every_function_has_its_overloads_and_they_agree_with_it)
{
    size_t functions = 0, rows = 0;

    for (size_t s = 0; s < COUNT_OF(sets); s++) {
        for (size_t i = 0; i < sets[s]->n; i++, functions++) {
            const struct fn *f = &sets[s]->list[i];
            const struct signature *row = signature_of(str_of(f->name));
            size_t min, max;
            unsigned forms;

            if (!row) print_error("signature.c has no %s\n", f->name);
            if (!row) continue;
            forms_of(row, &forms, &min, &max);
            EQ(forms, f->form & FN_BOTH);
            EQ(min, f->min);
            EQ(max, f->max);
        }
    }
    while (signature_at(rows)) rows++;
    EQ(rows, functions);
    FALSE(signature_of(STR("nosuch")));
    FALSE(signature_of(STR("")));
}

TEST(the_table_is_in_order_and_its_lines_read_back)
{
    for (size_t i = 0; signature_at(i); i++) {
        const struct signature *s = signature_at(i);
        struct str lines = str_of(s->lines);
        struct arena *a = arena_new();
        struct infer x;
        struct overload one;

        if (i) TRUE(strcmp(signature_at(i - 1)->name, s->name) < 0);
        infer_init(&x, a);
        while (signature_next(&x, str_of(s->name), 0, &lines, &one)) {
            struct buf b = BUF(200);
            size_t at;

            type_text(&b, infer_final(&x, one.result));
            TRUE(str_find(one.line, STR(" -> "), &at));
            if (!memchr(one.line.p + at, 'A', one.line.n - at))
                TRUE(str_eq(str_skip(one.line, at + 4), buf_str(&b)));
            buf_auto(&b);
        }
        arena_free(a);
    }
}

RUN(T(literals_and_names_have_their_types), T(what_differs_in_a_list_or_a_map_is_dyn),
    T(fields_have_the_type_of_what_they_are_in), T(operators_have_the_type_of_their_overload),
    T(functions_have_the_type_of_their_overload),
    T(variables_of_macros_have_the_type_of_what_they_go_through),
    T(an_operator_without_an_overload_says_which_there_are_and_what_was_meant),
    T(conditions_are_bool),
    T(a_function_without_an_overload_says_which_there_are_and_what_was_meant),
    T(fields_and_keys_that_cannot_be_there_are_errors), T(macros_say_what_they_need),
    T(a_type_within_itself_is_no_type), T(a_condition_that_is_surely_not_bool_is_known_before),
    T(an_unchecked_compilation_leaves_everything_to_the_evaluation), T(types_may_be_many),
    T(types_that_nest_or_tangle_without_end_become_dyn),
    T(what_is_accepted_never_fails_for_want_of_an_overload_and_gives_its_type),
    T(every_function_has_its_overloads_and_they_agree_with_it),
    T(the_table_is_in_order_and_its_lines_read_back))
