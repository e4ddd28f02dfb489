/* cel.c - evaluating CEL: ours against Lua, in CPU time.
 *
 *     cel FILE          measures; FILE is bench/cel.lua
 *     cel FILE cases    prints the event and the expressions as JSON, for other evaluators
 *
 * Prints one JSON line: cel_vs_lua and cel_ns of the typical rule, regex_worst_ms, and for each
 * case its nanoseconds and the median over the rounds of our time divided by Lua's in the same
 * round. Both sides have the event as prepared values, compile once, and must agree. */
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cel/cel.h"
#include "data/json.h"

enum { ROUNDS = 21, TURNS = 2000, CASES_MAX = 32, SUBJECT = 64 << 10 };

struct test {
    const char *name, *source;
    int function; /* Lua's reference, or LUA_NOREF */
    struct cel *cel;
};

struct bench {
    lua_State *lua;
    struct arena *arena, *scratch;
    struct value event;
    int table; /* Lua's reference to the event */
    struct test tests[CASES_MAX];
    size_t n;
};

static const struct cel_name names[] = {{"event", NULL}};

static _Noreturn void stop(const char *what, const char *why)
{
    fprintf(stderr, "cel: %s: %s\n", what, why);
    exit(1);
}

static double cpu_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
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

/* --- preparing --- */

static void push_value(lua_State *lua, struct value v)
{
    luaL_checkstack(lua, 4, "the event is too deep");
    switch (v.kind) {
    case V_BOOL:
        lua_pushboolean(lua, v.b);
        break;
    case V_INT:
        lua_pushinteger(lua, v.i);
        break;
    case V_DOUBLE:
        lua_pushnumber(lua, v.d);
        break;
    case V_STRING:
        lua_pushlstring(lua, v.s, v.n);
        break;
    case V_LIST:
        lua_createtable(lua, (int)v.n, 0);
        for (uint32_t i = 0; i < v.n; i++) {
            push_value(lua, v.list[i]);
            lua_rawseti(lua, -2, i + 1);
        }
        break;
    case V_MAP:
        lua_createtable(lua, 0, (int)v.n);
        for (uint32_t i = 0; i < v.n; i++) {
            push_value(lua, v.map[i].key);
            push_value(lua, v.map[i].value);
            lua_rawset(lua, -3);
        }
        break;
    default:
        lua_pushnil(lua);
        break;
    }
}

static const char *text_field(lua_State *lua, int i)
{
    const char *s;

    lua_rawgeti(lua, -1, i);
    s = lua_tostring(lua, -1);
    if (!s) stop("a case", "it has no text");
    lua_pop(lua, 1); /* it stays in its table */
    return s;
}

static void add_test(struct bench *b)
{
    struct test *t = &b->tests[b->n++];
    struct err e;

    if (b->n == CASES_MAX) stop("cases", "too many");
    t->name = text_field(b->lua, 1);
    t->source = text_field(b->lua, 2);
    lua_rawgeti(b->lua, -1, 3);
    t->function = LUA_NOREF;
    if (lua_isfunction(b->lua, -1))
        t->function = luaL_ref(b->lua, LUA_REGISTRYINDEX);
    else
        lua_pop(b->lua, 1);
    if (cel_compile(b->arena, str_of(t->source), names, 1, &t->cel, &e) != OK)
        stop(t->name, e.text);
}

static void prepare(struct bench *b, const char *file)
{
    lua_State *lua = b->lua = luaL_newstate();
    struct err e;
    size_t n;

    b->arena = arena_new();
    b->scratch = arena_new();
    luaL_openlibs(lua);
    if (luaL_loadfile(lua, file) != LUA_OK || lua_pcall(lua, 0, 2, 0) != LUA_OK)
        stop(file, lua_tostring(lua, -1));
    n = lua_rawlen(lua, -2);
    if (json_read(b->arena, str_n(lua_tostring(lua, -2), n), JSON_LIMITS, &b->event, &e) != OK)
        stop("the event", e.text);
    for (int i = 1; lua_rawgeti(lua, -1, i) == LUA_TTABLE; i++) {
        add_test(b);
        lua_pop(lua, 1);
    }
    lua_pop(lua, 1); /* the event's text and the cases stay for their strings */
    push_value(lua, b->event);
    b->table = luaL_ref(lua, LUA_REGISTRYINDEX);
}

/* --- measuring --- */

static struct value ours_once(struct bench *b, const struct test *t)
{
    struct value v;
    struct err e;

    arena_reset(b->scratch);
    if (cel_eval(t->cel, &b->event, b->scratch, &v, &e) != OK) stop(t->name, e.text);
    return v;
}

static double ours(struct bench *b, const struct test *t)
{
    double begun = cpu_ns();

    for (int i = 0; i < TURNS; i++) (void)ours_once(b, t);
    return (cpu_ns() - begun) / TURNS;
}

static void theirs_once(lua_State *lua)
{
    lua_pushvalue(lua, -2);
    lua_pushvalue(lua, -2);
    if (lua_pcall(lua, 1, 1, 0) != LUA_OK) stop("Lua", lua_tostring(lua, -1));
}

/* The function and the event lie on the stack, so that a turn is nothing but the call. */
static double theirs(struct bench *b, const struct test *t)
{
    double begun;

    lua_rawgeti(b->lua, LUA_REGISTRYINDEX, t->function);
    lua_rawgeti(b->lua, LUA_REGISTRYINDEX, b->table);
    begun = cpu_ns();
    for (int i = 0; i < TURNS; i++) {
        theirs_once(b->lua);
        lua_pop(b->lua, 1);
    }
    begun = cpu_ns() - begun;
    lua_pop(b->lua, 2);
    return begun / TURNS;
}

static bool same(lua_State *lua, struct value v)
{
    size_t n;
    const char *s;

    if (v.kind == V_BOOL) return lua_isboolean(lua, -1) && lua_toboolean(lua, -1) == v.b;
    if (v.kind == V_INT) return lua_isinteger(lua, -1) && lua_tointeger(lua, -1) == v.i;
    s = lua_tolstring(lua, -1, &n);
    return v.kind == V_STRING && s && str_eq(value_str(v), str_n(s, n));
}

static void must_agree(struct bench *b, const struct test *t)
{
    struct value v = ours_once(b, t);

    if (t->function == LUA_NOREF) return;
    lua_rawgeti(b->lua, LUA_REGISTRYINDEX, t->function);
    lua_rawgeti(b->lua, LUA_REGISTRYINDEX, b->table);
    theirs_once(b->lua);
    if (!same(b->lua, v)) stop(t->name, "Lua has another result");
    lua_pop(b->lua, 3);
}

static void measure(struct bench *b, const struct test *t, bool first)
{
    double ns[ROUNDS], lua_ns[ROUNDS], ratio[ROUNDS];
    bool both = t->function != LUA_NOREF;

    must_agree(b, t);
    for (int i = 0; i < ROUNDS; i++) {
        lua_ns[i] = both ? theirs(b, t) : 0;
        ns[i] = ours(b, t);
        ratio[i] = both ? ns[i] / lua_ns[i] : 0;
    }
    if (first) printf("\"cel_vs_lua\": %.4f, ", median(ratio, ROUNDS));
    printf("\"cel_%s%sns\": %.1f", first ? "" : t->name, first ? "" : "_", median(ns, ROUNDS));
    if (both && !first) printf(", \"cel_%s_vs_lua\": %.4f", t->name, median(ratio, ROUNDS));
}

/* --- patterns that make backtracking costly --- */

static double pattern_ms(const struct bench *b, const char *pattern, char fill)
{
    static char subject[SUBJECT];
    struct value v = v_str(str_n(subject, sizeof subject)), r;
    double ms[5];
    struct cel *c;
    struct err e;

    memset(subject, fill, sizeof subject);
    subject[SUBJECT - 1] = '!';
    if (cel_compile(b->arena, str_of(arena_fmt(b->arena, "event.matches(r'%s')", pattern)), names,
                    1, &c, &e) != OK)
        stop(pattern, e.text);
    for (size_t i = 0; i < COUNT_OF(ms); i++) {
        double begun = cpu_ns();

        arena_reset(b->scratch);
        if (cel_eval(c, &v, b->scratch, &r, &e) != OK && e.code != E_LIMIT) stop(pattern, e.text);
        ms[i] = (cpu_ns() - begun) / 1e6;
    }
    return median(ms, COUNT_OF(ms));
}

static double worst_ms(const struct bench *b)
{
    static const char *const patterns[] = {"^(a+)+$",         "(a+)+$",
                                           "(a|aa)+$",        "(a|a)*b",
                                           "(a*)*b",          "(.*)*x",
                                           ".*.*.*x",         "(.+)+x",
                                           "a*a*a*a*a*a*b",   "(?i)(a+)+$",
                                           "(\\w+\\s?)*$x",   "([a-z]+)*\\d",
                                           "(a?){40}a{40}b",  "(x+x+)+y",
                                           "\\b(\\w+)+\\b$x", "^(([a-z])+.)+[A-Z]([a-z])+$",
                                           "(a{1,40}){1,9}b", "(?:a?a?a?a?)*b",
                                           "([^!]|a)*c",      "[a-q][^u-z]{13}x",
                                           "a+b|a+c|a+d",     "(a|b)*a(a|b){12}c",
                                           "\\b(a|aa)+\\B!x", "(\\pL+)*\\d"};
    double worst = 0;

    for (size_t i = 0; i < COUNT_OF(patterns); i++) {
        double ms = pattern_ms(b, patterns[i], 'a');

        if (ms > worst) worst = ms;
        if (getenv("BENCH_VERBOSE")) fprintf(stderr, "%-32s %.3f ms\n", patterns[i], ms);
    }
    return worst;
}

static void print_cases(const struct bench *b)
{
    AUTO(buf) struct buf out = BUF(1 << 20);

    buf_add(&out, STR("{\"event\":"));
    json_write(&out, b->event);
    buf_add(&out, STR(",\"cases\":{"));
    for (size_t i = 0; i < b->n; i++) {
        if (i) buf_addc(&out, ',');
        json_write_str(&out, str_of(b->tests[i].name));
        buf_addc(&out, ':');
        json_write_str(&out, str_of(b->tests[i].source));
    }
    buf_add(&out, STR("}}"));
    puts(buf_str(&out).p);
}

int main(int argc, char **argv)
{
    static struct bench b;

    if (argc < 2) stop("usage", "cel FILE [cases]");
    prepare(&b, argv[1]);
    if (argc > 2) {
        print_cases(&b);
        return 0;
    }
    putchar('{');
    for (size_t i = 0; i < b.n; i++) {
        measure(&b, &b.tests[i], i == 0);
        printf(", ");
    }
    printf("\"regex_worst_ms\": %.4f}\n", worst_ms(&b));
    return 0;
}
