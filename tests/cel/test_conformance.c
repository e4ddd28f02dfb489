/* The suites of cel-spec: conformance (each case as it is compiled, and without constant folding),
   parsing, comprehension and checking. What is left out is in excluded.txt. */
#include <stdio.h>

#include "cases.h"
#include "data/json.h"
#include "test.h"

enum { EXCLUDED_MAX = 256, SUITES_MAX = 64, CASE_TEXT = 1 << 20, TYPE_TEXT = 300 };

/* A line of excluded.txt: cases whose name begins so, or (after `~`) whose text has it in it. */
struct excluded {
    struct str pattern, reason;
    bool text;
    size_t used;
};

struct suite {
    struct str name;
    size_t passed, excluded;
};

struct state {
    struct arena *arena;
    struct excluded excluded[EXCLUDED_MAX];
    struct suite suites[SUITES_MAX];
    size_t excluded_n, suites_n, failed;
};

struct run {
    struct arena *arena;
    struct value test;
    struct case_scope scope;
    char got[600];
};

static struct cel_options options_of(const struct run *r, bool no_fold)
{
    return (struct cel_options){.names = r->scope.names,
                                .n = r->scope.n,
                                .functions = r->scope.functions,
                                .functions_n = r->scope.functions_n,
                                .container = value_get_str(r->test, "container"),
                                .loose = value_at(r->test, "disableCheck").b,
                                .no_fold = no_fold};
}

static bool got_error(struct run *r, const struct err *e)
{
    snprintf(r->got, sizeof r->got, "error at %d:%d: %.500s", e->line, e->col, e->text);
    return e->line > 0 && e->col > 0;
}

/* What the checker has to deduce: as the suite says in `typedResult`, else what the reference did.
 */
static bool right_type(struct run *r, const struct cel *c)
{
    struct value deduced = value_at(r->test, "typedResult.deducedType"),
                 text = value_at(r->test, "type");
    struct buf got = BUF(TYPE_TEXT), wanted = BUF(TYPE_TEXT);
    bool ok;

    type_text(&got, cel_type_of(c));
    if (deduced.kind == V_MAP)
        type_text(&wanted, case_type(r->arena, deduced, false));
    else
        buf_add(&wanted, text.kind == V_STRING ? value_str(text) : buf_str(&got));
    ok = str_eq(buf_str(&got), buf_str(&wanted));
    if (!ok)
        snprintf(r->got, sizeof r->got, "type " STR_FMT ", not " STR_FMT, STR_ARG(buf_str(&got)),
                 STR_ARG(buf_str(&wanted)));
    buf_auto(&got);
    buf_auto(&wanted);
    return ok;
}

static bool right_value(struct run *r, const struct cel *c)
{
    struct value expected = value_at(r->test, "value"), got = NO_VALUE;
    struct buf b = BUF(400);
    struct err e;
    bool ok;

    if (value_at(r->test, "typedResult").kind == V_MAP)
        expected = value_at(r->test, "typedResult.result");
    expected = expected.kind == V_MAP ? case_value(r->arena, expected) : v_bool(true);
    if (cel_eval(c, r->scope.values, r->arena, &got, &e) != OK)
        return got_error(r, &e) && value_at(r->test, "evalError").kind == V_MAP;
    json_write(&b, got);
    snprintf(r->got, sizeof r->got, "%s " STR_FMT, value_kind_name((enum value_kind)got.kind),
             STR_ARG(buf_str(&b)));
    ok = value_at(r->test, "evalError").kind != V_MAP && case_same(expected, got);
    buf_auto(&b);
    return ok;
}

/* Compiles, checks and evaluates, as far as the case asks for it. */
static bool run_case_once(struct run *r, bool no_fold)
{
    struct cel_options options = options_of(r, no_fold);
    bool refused = value_at(r->test, "refused").kind == V_STRING;
    struct cel *c;
    struct err e;

    if (cel_compile_with(r->arena, value_get_str(r->test, "expr"), &options, &c, &e) != OK)
        return got_error(r, &e) && (refused || value_at(r->test, "evalError").kind == V_MAP);
    if (refused) snprintf(r->got, sizeof r->got, "accepted");
    if (refused || (!options.loose && !right_type(r, c))) return false;
    return value_at(r->test, "checkOnly").b || right_value(r, c);
}

static bool run_parse(struct run *r)
{
    struct cel_options options = {.loose = true};
    struct err e = {.line = 0};
    struct cel *c;
    bool ok = cel_compile_with(r->arena, value_get_str(r->test, "expr"), &options, &c, &e) == OK;

    snprintf(r->got, sizeof r->got, "%s %.500s", ok ? "accepted" : "refused:", ok ? "" : e.text);
    return ok == value_at(r->test, "parses").b;
}

/* Only the type or a refusal is asked for. */
static bool run_check(struct run *r)
{
    struct cel_options options;
    bool refused = value_at(r->test, "refused").kind == V_STRING;
    struct cel *c;
    struct err e;

    case_declare_usual(&r->scope);
    options = options_of(r, true);
    if (cel_compile_with(r->arena, value_get_str(r->test, "expr"), &options, &c, &e) != OK)
        return got_error(r, &e) && refused;
    if (refused) snprintf(r->got, sizeof r->got, "accepted");
    return !refused && right_type(r, c);
}

static bool run_any(struct run *r, struct str name)
{
    if (value_at(r->test, "parses").kind == V_BOOL) return run_parse(r);
    if (str_starts(name, STR("checking/"))) return run_check(r);
    return run_case_once(r, false) && run_case_once(r, true);
}

/* --- what is left out --- */

static struct excluded *find_excluded(struct state *s, struct str name, struct str text)
{
    for (size_t i = 0; i < s->excluded_n; i++) {
        struct excluded *x = &s->excluded[i];
        size_t at;

        if (x->text ? str_find(text, x->pattern, &at) : str_starts(name, x->pattern)) return x;
    }
    return NULL;
}

static void read_excluded(struct state *s)
{
    struct str text = file_read(s->arena, "tests/cel/excluded.txt"), line;

    while (str_cut(&text, '\n', &line)) {
        struct excluded *x = &s->excluded[s->excluded_n];

        if (line.n == 0 || line.p[0] == '#') continue;
        TRUE(s->excluded_n < EXCLUDED_MAX);
        TRUE(str_cut(&line, ' ', &x->pattern));
        x->text = x->pattern.p[0] == '~';
        if (x->text) x->pattern = str_skip(x->pattern, 1);
        x->reason = str_trim(line);
        TRUE(x->pattern.n > 0 && x->reason.n > 0);
        s->excluded_n++;
    }
}

/* --- all of them --- */

static struct suite *find_suite(struct state *s, struct str name)
{
    struct str rest = name;

    str_cut(&rest, '/', &name);
    for (size_t i = 0; i < s->suites_n; i++) {
        if (str_eq(s->suites[i].name, name)) return &s->suites[i];
    }
    TRUE(s->suites_n < SUITES_MAX);
    s->suites[s->suites_n].name = name;
    return &s->suites[s->suites_n++];
}

static void run_case(struct state *s, struct value test)
{
    struct run r = {.arena = arena_new(), .test = test};
    struct str name = value_get_str(test, "name"), expr = value_get_str(test, "expr");
    struct suite *suite = find_suite(s, name);
    struct buf text = BUF(CASE_TEXT);
    struct excluded *excluded;
    bool ok = false;

    json_write(&text, test);
    excluded = find_excluded(s, name, buf_str(&text));
    if (!excluded || !excluded->text) {
        case_declare(r.arena, test, &r.scope);
        ok = run_any(&r, name);
    }
    if (ok && !excluded) {
        suite->passed++;
    } else if (!ok && excluded) {
        excluded->used++;
        suite->excluded++;
    } else {
        s->failed++;
        print_message("# %s " STR_FMT ": " STR_FMT "\n#     got %s\n",
                      ok ? "passes, but is listed in excluded.txt:" : "FAILED", STR_ARG(name),
                      STR_ARG(expr), r.got);
    }
    buf_auto(&text);
    arena_free(r.arena);
}

static size_t unused_exclusions(const struct state *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->excluded_n; i++) {
        if (s->excluded[i].used) continue;
        print_message("# excluded.txt names " STR_FMT ", but there is no such case\n",
                      STR_ARG(s->excluded[i].pattern));
        n++;
    }
    return n;
}

TEST(every_case_gives_its_result_and_its_type)
{
    struct state s = {.arena = arena_new()};
    struct value cases = cases_read(s.arena);
    size_t passed = 0, excluded = 0;

    read_excluded(&s);
    for (uint32_t i = 0; i < cases.n; i++) run_case(&s, cases.list[i]);
    s.failed += unused_exclusions(&s);
    for (size_t i = 0; i < s.suites_n; i++) {
        const struct suite *u = &s.suites[i];

        passed += u->passed;
        excluded += u->excluded;
        print_message("# %-16.*s %4zu passed, %3zu excluded\n", STR_ARG(u->name), u->passed,
                      u->excluded);
    }
    print_message("# %zu passed, %zu failed, %zu excluded\n", passed, s.failed, excluded);
    EQ(s.failed, 0);
    TRUE(passed >= 1960);
    arena_free(s.arena);
}

RUN(T(every_case_gives_its_result_and_its_type))
