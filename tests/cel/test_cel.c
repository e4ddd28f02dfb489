/* What the conformance suite does not ask: our own functions, places and sentences of errors,
   names and their spelling, limits, secrets, explaining. */
#include "cel/cel.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "data/json.h"
#include "test.h"

static const struct cel_field step_names[] = {{"build", NULL}, {"deploy", NULL}, {0}};
static const struct cel_type steps_type = {.kind = CEL_OBJECT, .fields = step_names};
static const struct cel_name names[] = {
    {"event", NULL}, {"steps", &steps_type}, {"secret", NULL}, {"now", NULL}, {"big", NULL}};

struct fixture {
    struct arena *arena;
    struct value values[COUNT_OF(names)];
};

static void fixture_init(struct fixture *f)
{
    static const char event[] =
        "{\"data\":{\"action\":\"opened\",\"n\":3,\"labels\":[\"bug\",\"ui\"],\"none\":null}}";
    static const char steps[] = "{\"build\":{\"outputs\":{\"tag\":\"v1\"}}}";
    struct value *big;
    struct err e;

    f->arena = arena_new();
    PASS(json_read(f->arena, str_of(event), JSON_LIMITS, &f->values[0], &e));
    PASS(json_read(f->arena, str_of(steps), JSON_LIMITS, &f->values[1], &e));
    f->values[2] = v_secret(STR("TOKEN"));
    f->values[3] = v_time_us(1700000000 * SECOND_US);
    big = arena_raw(f->arena, 5000 * sizeof *big);
    for (int i = 0; i < 5000; i++) big[i] = v_int(i);
    f->values[4] = v_list(big, 5000);
}

static err_t run(struct fixture *f, const char *src, struct value *ret, struct err *e)
{
    struct cel *c;

    TRY(cel_compile(f->arena, str_of(src), names, COUNT_OF(names), &c, e));
    return cel_eval(c, f->values, f->arena, ret, e);
}

/* The result of an expression as text, or its error as "line:col: sentence". */
static const char *result(struct fixture *f, const char *src)
{
    struct value v;
    struct str s;
    struct err e;

    if (run(f, src, &v, &e) != OK)
        return arena_fmt(f->arena, "%s %d:%d: %s", err_name(e.code), e.line, e.col, e.text);
    s = cel_text(f->arena, v);
    return arena_fmt(f->arena, STR_FMT, STR_ARG(s));
}

#define GIVES(src, text)                                                                           \
    do {                                                                                           \
        struct fixture f_;                                                                         \
        fixture_init(&f_);                                                                         \
        STREQ(result(&f_, src), text);                                                             \
        arena_free(f_.arena);                                                                      \
    } while (0)

#define GIVES_PART(src, text)                                                                      \
    do {                                                                                           \
        struct fixture f_;                                                                         \
        fixture_init(&f_);                                                                         \
        HAS(result(&f_, src), text);                                                               \
        arena_free(f_.arena);                                                                      \
    } while (0)

TEST(fields_of_an_event_are_found)
{
    GIVES("event.data.action", "opened");
    GIVES("event.data.action == 'opened' && event.data.n > 2", "true");
    GIVES("event['data']['labels'][1]", "ui");
    GIVES("event.data.labels", "[\"bug\",\"ui\"]");
    GIVES("has(event.data.action) && !has(event.data.draft) && has(event.data.none)", "true");
    GIVES("steps.build.outputs.tag + '-' + string(event.data.n)", "v1-3");
    GIVES("event.?data.?draft.orValue(false)", "false");
    GIVES("now - timestamp('2023-11-14T22:00:00Z') > duration('10m')", "true");
}

TEST(a_field_is_found_wherever_the_next_map_has_it)
{
    struct arena *a = arena_new();
    struct value v, event;
    struct err e;
    struct cel *c;

    PASS(cel_compile(a, STR("event.k"), names, 1, &c, &e));
    PASS(json_read(a, STR("{\"a\":1,\"b\":2,\"k\":3}"), JSON_LIMITS, &event, &e));
    PASS(cel_eval(c, &event, a, &v, &e));
    EQ(v.i, 3);
    PASS(json_read(a, STR("{\"k\":4,\"b\":2,\"c\":3}"), JSON_LIMITS, &event, &e));
    PASS(cel_eval(c, &event, a, &v, &e));
    EQ(v.i, 4);
    PASS(json_read(a, STR("{\"k\":5}"), JSON_LIMITS, &event, &e));
    PASS(cel_eval(c, &event, a, &v, &e));
    EQ(v.i, 5);
    PASS(json_read(a, STR("{\"a\":1,\"b\":2,\"c\":3}"), JSON_LIMITS, &event, &e));
    EQ(cel_eval(c, &event, a, &v, &e), E_INPUT);
    arena_free(a);
}

TEST(a_misspelt_name_is_an_error_with_the_nearest_name)
{
    GIVES("evnt.data", "invalid 1:1: there is no name `evnt` here; did you mean `event`?");
    GIVES("steps.biuld.outputs", "invalid 1:7: no `biuld` in steps; did you mean `build`?");
    GIVES("steps['biuld']", "invalid 1:6: no `biuld` in steps; did you mean `build`?");
    GIVES("has(steps.biuld)", "invalid 1:11: no `biuld` in steps; did you mean `build`?");
    GIVES("event.data.action.startWith('o')",
          "invalid 1:19: there is no function `startWith`; did you mean `startsWith`?");
    GIVES("[1].exist(x, x > 0)",
          "invalid 1:5: there is no function `exist`; did you mean `exists`?");
    GIVES("math.maxx(1, 2)", "invalid 1:6: there is no function `math.maxx`");
    GIVES("siz('a')", "invalid 1:1: there is no function `siz`; did you mean `size`?");
    GIVES("[1].map(item, itme)",
          "invalid 1:15: there is no name `itme` here; did you mean `item`?");
    GIVES("math.greatst(1, 2)",
          "invalid 1:6: there is no function `math.greatst`; did you mean `math.greatest`?");
    GIVES("zzzzzzz", "invalid 1:1: there is no name `zzzzzzz` here");
}

TEST(a_call_with_the_wrong_arguments_shows_the_signature)
{
    GIVES("'a'.startsWith()", "invalid 1:5: no such overload: startsWith is called as "
                              "string.startsWith(string) -> bool");
    GIVES("startsWith('a', 'b')", "invalid 1:1: no such overload: startsWith is called as "
                                  "string.startsWith(string) -> bool");
    GIVES("size()", "invalid 1:1: no such overload: size is called as size(string) -> int, "
                    "size(bytes) -> int, size(list(A)) -> int, size(map(A, B)) -> int, "
                    "string.size() -> int, bytes.size() -> int, list(A).size() -> int, "
                    "map(A, B).size() -> int, where A is one type");
    GIVES("[1].slice(1)", "invalid 1:5: no such overload: slice is called as "
                          "list(A).slice(int, int) -> list(A), where A is one type");
    GIVES("'a'.indexOf()", "invalid 1:5: no such overload: indexOf is called as "
                           "string.indexOf(string) -> int, string.indexOf(string, int) -> int");
    GIVES("event.data.n.startsWith('a')",
          "invalid 1:14: no such overload: startsWith(int, string)");
    GIVES("event.data.n + 'a'", "invalid 1:14: no such overload: int + string");
}

TEST(errors_of_the_evaluation_have_their_place)
{
    GIVES("event.data.action == 'a' ||\n  event.data.nope", "invalid 2:14: no such key: \"nope\"");
    GIVES("event.data.n / (event.data.n - 3)", "invalid 1:14: divide by zero");
    GIVES("event.data.n % 0", "invalid 1:14: modulus by zero");
    GIVES("event.data.labels[2]", "invalid 1:18: index 2 is outside of a list of 2");
    GIVES("event.data.action.nope",
          "invalid 1:19: no such key: \"nope\", in a value of type string");
    GIVES("{'a': 1, 'a': 2}", "invalid 1:10: the key \"a\" is there twice");
    GIVES("{1.5: 1}", "invalid 1:2: unsupported key type: double");
    GIVES("event.data.n * 9223372036854775807",
          "invalid 1:14: overflow: 3 * 9223372036854775807 does not fit in 64 bits");
    GIVES("event.data.action ? 1 : 2", "invalid 1:19: no such overload: ?:(string)");
    GIVES("timestamp(event.data.action)",
          "invalid 1:1: \"opened\" is no RFC 3339 time in years 1 to 9999");
    GIVES("now.getHours('Mars/Base')",
          "invalid 1:5: there is no time zone \"Mars/Base\"; write one "
          "as \"Europe/Berlin\" or \"+02:00\"");
    GIVES("'%d'.format([event.data.action])",
          "invalid 1:6: format: string cannot be formatted by this clause: \"%d\"");
}

TEST(syntax_errors_say_what_is_missing)
{
    GIVES("", "invalid 1:1: the expression is empty");
    GIVES("1 +", "invalid 1:4: the expression ends here, but a value is missing");
    GIVES("(1", "invalid 1:3: the expression ends here, but `)` is missing");
    GIVES("event.data = 1", "invalid 1:12: write == to compare");
    GIVES("true & false", "invalid 1:6: write &&");
    GIVES("'abc", "invalid 1:1: this string is not closed");
    GIVES("'a\\qb'",
          "invalid 1:3: unknown escape; write \\\\ for a backslash, or r'…' for a raw string");
    GIVES("'\\ud800'", "invalid 1:2: this escape is no Unicode character");
    GIVES("1 2", "invalid 1:3: an operator or the end is expected here, not `2`");
    GIVES("if", "invalid 1:1: `if` is a reserved word");
    GIVES("9223372036854775808", "invalid 1:1: this number does not fit in an int");
    GIVES("12abc", "invalid 1:3: a letter directly after a number");
    GIVES("has(event)", "invalid 1:5: has() needs a field, as in has(event.user)");
    GIVES("[1].map(1, 2)", "invalid 1:9: map() needs a variable's name here");
    GIVES("a ? b ? 1 : 2 : 3", "invalid 1:7: `:` (a condition within the middle of ?: needs "
                               "parentheses) is expected here, not `?`");
    GIVES("Msg{a: 1}", "invalid 1:4: messages cannot be made here; write a map: {'key': value}");
    GIVES_PART("1 \xff", "not valid UTF-8");
}

TEST(numbers_keep_their_kind_and_their_text)
{
    GIVES("string(0.1)", "0.1");
    GIVES("string(1e21)", "1e+21");
    GIVES("string(123456789012345680000.0)", "123456789012345680000");
    GIVES("string(1e-7)", "1e-07");
    GIVES("string(0.00001)", "1e-05");
    GIVES("string(0.0001)", "0.0001");
    GIVES("string(100.0)", "100");
    GIVES("string(0.0)", "0");
    GIVES("string(-0.0)", "-0");
    GIVES("string(12345.678)", "12345.678");
    GIVES("string(1.7976931348623157e308)", "1.7976931348623157e+308");
    GIVES("string(-0.5)", "-0.5");
    GIVES("string(2.0/3.0)", "0.6666666666666666");
    GIVES("18446744073709551615u", "18446744073709551615");
    GIVES("duration('1h0.5s')", "3600.5s");
    GIVES("duration('-1.5ms')", "-0.0015s");
    GIVES("-7 / 2", "-3");
    GIVES("-7 % 3", "-1");
    GIVES("int('-12')", "-12");
    GIVES_PART("int('12x')", "\"12x\" is no int");
    GIVES_PART("int(' 12')", "\" 12\" is no int");
}

TEST(our_own_functions_work)
{
    GIVES("json(event.data)",
          "{\"action\":\"opened\",\"n\":3,\"labels\":[\"bug\",\"ui\"],\"none\":null}");
    GIVES("fromJson('{\"a\": [1, 2]}').a[1]", "2");
    GIVES_PART("fromJson('{')", "this is not JSON");
    GIVES("urlEncode('a b/ü')", "a%20b%2F%C3%BC");
    GIVES("base64.decode('!')", "invalid 1:8: \"!\" is not base64");
    GIVES("[3, 1, 2].sort()", "[1,2,3]");
    GIVES("['bb', 'a', 'ccc', 'd'].sortBy(s, size(s))", "[\"a\",\"d\",\"bb\",\"ccc\"]");
    GIVES("[1, [2, [3]]].flatten()", "[1,2,[3]]");
    GIVES("[1, 1u, 1.0, 2].distinct()", "[1,2]");
    GIVES("[1, 2, 3].slice(1, 3)", "[2,3]");
    GIVES("lists.range(3)", "[0,1,2]");
    GIVES("[1].first().value() + [].last().orValue(4)", "5");
    GIVES("sets.equivalent([1, 2, 2], [2, 1])", "true");
    GIVES("sets.contains([1, 2], [3])", "false");
    GIVES("sets.intersects([1, 2], [2.0, 3u])", "true");
    GIVES("math.sqrt(9.0)", "3");
    GIVES("optional.unwrap([optional.of(1), optional.none()])", "[1]");
    GIVES("cel.bind(x, 1 / 0, true || x > 1)", "true");
    GIVES_PART("cel.bind(x, 1 / (event.data.n - 3), x)", "divide by zero");
    GIVES("optional.of(1).orValue(1 / (event.data.n - 3))", "1");
    GIVES("'abc'.split('')", "[\"a\",\"b\",\"c\"]");
    GIVES("'abab'.replace('', '-')", "-a-b-a-b-");
    GIVES("{'a': 1}.transformMapEntry(k, v, {string(v): k})", "{\"1\":\"a\"}");
    GIVES("event.data.labels.exists(l, l == 'bug')", "true");
}

TEST(patterns_are_searched_and_bad_ones_are_errors_of_the_source)
{
    GIVES("event.data.action.matches('^op.*d$')", "true");
    GIVES("event.data.action.matches('pen')", "true");
    GIVES("'a\\n'.matches('a$')", "false");
    GIVES("'é'.matches('^.$')", "true");
    GIVES_PART("event.data.action.matches('(')",
               "invalid 1:19: bad pattern: missing closing parenthesis");
    GIVES_PART("event.data.action.matches('x' + event.data.action + '(')", "bad pattern");
    GIVES("event.data.labels.exists(l, event.data.action.matches(l + '|open'))", "true");
}

TEST(a_hostile_pattern_ends_soon_and_no_limit_is_absorbed)
{
    int64_t start = clock_mono();

    GIVES("'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!'.matches('^(a+)+$') || true", "true");
    GIVES("big.exists(x, (string(x) + 'aaaaaaaaaaaaaaaaaaaaaaaaaaa!').matches('(a+)+$'))", "false");
    GIVES("lists.range(9000).map(x, 'aaaaaaaa').join().matches('(a|b)*a(a|b){14}c') || true",
          "too-large 0:0: this pattern takes too long on this text; make it simpler");
    GIVES_PART("big.exists(x, 'aaaaaaaaaaaaaaa!'.matches(string(x) + '|(a|aa)+$'))", "too-large");
    TRUE(clock_mono() - start < 20 * SECOND_US);
}

TEST(deep_nesting_ends_in_an_error)
{
    enum { DEEP = 100000 };
    static char text[DEEP + 1];
    const char signs[] = "([{!-", *const open = signs;
    struct arena *a = arena_new();
    struct cel *c;
    struct err e;

    for (size_t k = 0; k < strlen(signs); k++) {
        memset(text, open[k], DEEP);
        EQ(cel_compile(a, str_n(text, DEEP), NULL, 0, &c, &e), E_LIMIT);
        EQ(cel_compile(a, str_n(text, CEL_SOURCE_MAX), NULL, 0, &c, &e), E_LIMIT);
    }
    arena_free(a);
}

/* n times "1 op 1 op …". */
static err_t compile_chain(struct arena *a, const char *op, int n, struct err *e)
{
    struct buf b = BUF(CEL_SOURCE_MAX);
    struct cel *c;
    err_t r;

    buf_add(&b, STR("x"));
    for (int i = 0; i < n; i++) buf_addf(&b, "%sx", op);
    r = cel_compile(a, buf_str(&b), (struct cel_name[]){{"x", NULL}}, 1, &c, e);
    buf_auto(&b);
    return r;
}

TEST(chains_of_and_and_or_may_be_long_others_up_to_the_depth)
{
    struct arena *a = arena_new();
    struct err e;

    PASS(compile_chain(a, "&&", 4000, &e));
    PASS(compile_chain(a, "||", 4000, &e));
    PASS(compile_chain(a, "+", 40, &e));
    EQ(compile_chain(a, "+", 4000, &e), E_LIMIT);
    EQ(compile_chain(a, "?x:", 4000, &e), E_LIMIT);
    EQ(compile_chain(a, ".x", 4000, &e), E_LIMIT);
    arena_free(a);
}

TEST(bombs_end_within_the_budget)
{
    int64_t start = clock_mono();

    GIVES_PART("big.all(a, big.all(b, big.all(c, a + b + c >= 0)))",
               "too-large 0:0: this takes too many steps");
    GIVES_PART("big.map(a, big).all(l, l == big.map(x, x)) || true", "too many steps");
    GIVES_PART("big.map(a, big.map(b, b)) == []", "too many steps");
    GIVES_PART("lists.range(1000000000).size()", "too many steps");
    GIVES_PART("big.map(x, x in big) == [] || big.distinct() == big", "too many steps");
    TRUE(clock_mono() - start < 10 * SECOND_US);
}

TEST(text_that_grows_ends_at_the_output_limit)
{
    struct buf b = BUF(CEL_SOURCE_MAX);
    struct fixture f;
    int64_t start = clock_mono();

    buf_add(&b, STR("cel.bind(a0, event.data.action, "));
    for (int i = 0; i < 40; i++) buf_addf(&b, "cel.bind(a%d, a%d + a%d, ", i + 1, i, i);
    buf_add(&b, STR("a40.size()"));
    for (int i = 0; i < 41; i++) buf_addc(&b, ')');
    fixture_init(&f);
    STREQ(result(&f, buf_str(&b).p), "too-large 0:0: this makes more text than an evaluation may");
    TRUE(arena_size(f.arena) < 16 << 20);
    arena_free(f.arena);
    buf_auto(&b);
    GIVES_PART("big.map(x, json(big)).size()", "too-large");
    GIVES_PART(
        "'%.100f'.format([1.0]).replace('', 'xxxxxxxxxxxxxxxx').replace('', 'yyyyyyyyyyyyyyyyyyyy')"
        ".replace('', 'zzzzzzzzzzzzzzzzzzzzzzzzzzz').replace('', 'zzzzzzzzzzzzzzzzzzzzzzzzzz')",
        "too-large");
    GIVES_PART("cel.bind(s, 'a'.replace('a', 'aaaaaaaaaa').replace('a', 'aaaaaaaaaa')"
               ".replace('a', 'aaaaaaaaaa').replace('a', 'aaaaaaaaaa').replace('a', 'aaaaaaaaaa'),"
               " s.lastIndexOf(s.substring(50000) + 'b'))",
               "too-large");
    TRUE(clock_mono() - start < 5 * SECOND_US);
}

TEST(a_result_that_shares_its_parts_is_counted_as_often_as_it_occurs)
{
    struct buf b = BUF(CEL_SOURCE_MAX);
    struct fixture f;

    buf_add(&b, STR("cel.bind(a0, [event.data.n], "));
    for (int i = 0; i < 30; i++) buf_addf(&b, "cel.bind(a%d, [a%d, a%d], ", i + 1, i, i);
    buf_add(&b, STR("a30"));
    for (int i = 0; i < 31; i++) buf_addc(&b, ')');
    fixture_init(&f);
    STREQ(result(&f, buf_str(&b).p),
          "too-large 0:0: the result has too many values; make it smaller");
    buf_clear(&b);
    arena_free(f.arena);
    buf_auto(&b);
}

TEST(a_secret_can_be_passed_on_but_not_looked_into)
{
    struct fixture f;
    struct value v;
    struct err e;

    fixture_init(&f);
    PASS(run(&f, "{'password': secret}", &v, &e));
    EQ(v.map[0].value.kind, V_SECRET);
    arena_free(f.arena);
    GIVES("secret == 'TOKEN' || secret == secret", "false");
    GIVES("secret + 'x'", "invalid 1:8: no such overload: secret + string");
    GIVES("string(secret)", "invalid 1:1: no such overload: string(secret)");
    GIVES("size(secret)", "invalid 1:1: no such overload: size(secret)");
    GIVES("'%s'.format([secret])",
          "invalid 1:6: format: secret cannot be formatted by this clause: \"%s\"");
    GIVES("json({'p': secret})", "{\"p\":\"***\"}");
    GIVES("secret", "***");
    GIVES("{secret: 1}", "invalid 1:2: unsupported key type: secret");
}

TEST(a_test_that_is_not_true_or_false_is_an_error)
{
    struct fixture f;
    struct cel *c;
    struct err e;
    bool yes;

    fixture_init(&f);
    PASS(cel_compile(f.arena, STR("event.data.n"), names, COUNT_OF(names), &c, &e));
    EQ(cel_test(c, f.values, f.arena, &yes, &e), E_INPUT);
    STREQ(e.text, "this must be true or false, but it is of type int");
    PASS(cel_compile(f.arena, STR("event.data.n == 3"), names, COUNT_OF(names), &c, &e));
    PASS(cel_test(c, f.values, f.arena, &yes, &e));
    TRUE(yes);
    arena_free(f.arena);
}

TEST(the_names_used_are_known)
{
    struct fixture f;
    struct cel *c;
    struct err e;

    fixture_init(&f);
    PASS(cel_compile(f.arena, STR("steps.build.ok || [1].all(event, event > now)"), names,
                     COUNT_OF(names), &c, &e));
    EQ(cel_uses(c), 1 << 1 | 1 << 3); /* `event` is the macro's variable there */
    VIEWEQ(cel_source(c), "steps.build.ok || [1].all(event, event > now)");
    arena_free(f.arena);
}

static void note(void *ctx, struct str source, const struct value *v, const struct err *e)
{
    struct arena *a = arena_new();
    struct buf *b = ctx;

    buf_add(b, source);
    buf_add(b, STR(" => "));
    buf_add(b, v ? cel_text(a, *v) : str_of(e->text));
    buf_addc(b, '\n');
    arena_free(a);
}

TEST(explaining_shows_each_part_once_innermost_first)
{
    struct buf b = BUF(4096);
    struct fixture f;
    struct value v;
    struct cel *c;
    struct err e;

    fixture_init(&f);
    PASS(cel_compile(
        f.arena, STR("event.data.n > 1 + 1 && event.data.labels.all(l, l == 'x') || event.nope"),
        names, COUNT_OF(names), &c, &e));
    EQ(cel_explain(c, f.values, f.arena, note, &b, &v, &e), E_INPUT);
    STREQ(buf_str(&b).p,
          "event.data.n => 3\n"
          "event.data.n > 1 + 1 => true\n"
          "event.data.labels => [\"bug\",\"ui\"]\n"
          "event.data.labels.all(l, l == 'x') => false\n"
          "event.data.n > 1 + 1 && event.data.labels.all(l, l == 'x') => false\n"
          "event.nope => no such key: \"nope\"\n"
          "event.data.n > 1 + 1 && event.data.labels.all(l, l == 'x') || event.nope => "
          "no such key: \"nope\"\n");
    buf_clear(&b);
    PASS(cel_compile(f.arena, STR("big.all(a, big.all(b, a + b >= 0))"), names, COUNT_OF(names), &c,
                     &e));
    EQ(cel_explain(c, f.values, f.arena, note, &b, &v, &e), E_LIMIT);
    buf_auto(&b);
    arena_free(f.arena);
}

TEST(format_writes_numbers_and_bytes_as_its_table_says)
{
    GIVES("'%s %s %s'.format([1e21, 1e-7, -0.0])", "1000000000000000000000 0.0000001 -0");
    GIVES("'%d %d'.format([3.14, 1e23])", "3.14 100000000000000000000000");
    GIVES("'%f %.1e'.format([1, 2u])", "1.000000 2.0e+00");
    GIVES("'%s'.format([b'a\\xff\\xfe\\xffb\\xff'])", "a\xef\xbf\xbd"
                                                      "b\xef\xbf\xbd");
    GIVES("'%x %X'.format([b'\\x0a\\xff', 'ab'])", "0aff 6162");
    GIVES_PART("'%.f'.format([1.0])", "format knows");
}

TEST(the_last_place_of_a_text_is_found)
{
    GIVES("['abcabc'.lastIndexOf('bc'), 'abcabc'.lastIndexOf('bc', 3), 'aaa'.lastIndexOf('aa', 0)]",
          "[4,1,0]");
    GIVES("['é😀é'.lastIndexOf('é'), 'é😀é'.lastIndexOf(''), 'a'.lastIndexOf('ab')]", "[2,3,-1]");
    GIVES("['abc'.lastIndexOf('c', 1), ''.lastIndexOf(''), 'ab'.lastIndexOf('b', 2)]", "[-1,0,1]");
}

TEST(base64_is_read_with_and_without_padding)
{
    GIVES("string(base64.decode('aGVsbG8=')) + string(base64.decode('aGVsbG8'))", "hellohello");
    GIVES("base64.decode('+/+/') == b'\\xfb\\xff\\xbf'", "true");
    GIVES_PART("base64.decode('a')", "is not base64");
    GIVES_PART("base64.decode('aG=s')", "is not base64");
    GIVES_PART("base64.decode('aG-_')", "is not base64");
}

RUN(T(fields_of_an_event_are_found), T(a_field_is_found_wherever_the_next_map_has_it),
    T(a_misspelt_name_is_an_error_with_the_nearest_name),
    T(a_call_with_the_wrong_arguments_shows_the_signature),
    T(errors_of_the_evaluation_have_their_place), T(syntax_errors_say_what_is_missing),
    T(numbers_keep_their_kind_and_their_text), T(our_own_functions_work),
    T(patterns_are_searched_and_bad_ones_are_errors_of_the_source),
    T(a_hostile_pattern_ends_soon_and_no_limit_is_absorbed), T(deep_nesting_ends_in_an_error),
    T(chains_of_and_and_or_may_be_long_others_up_to_the_depth), T(bombs_end_within_the_budget),
    T(text_that_grows_ends_at_the_output_limit),
    T(a_result_that_shares_its_parts_is_counted_as_often_as_it_occurs),
    T(a_secret_can_be_passed_on_but_not_looked_into),
    T(a_test_that_is_not_true_or_false_is_an_error), T(the_names_used_are_known),
    T(explaining_shows_each_part_once_innermost_first),
    T(format_writes_numbers_and_bytes_as_its_table_says), T(the_last_place_of_a_text_is_found),
    T(base64_is_read_with_and_without_padding))
