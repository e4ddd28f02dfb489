/* Bytes choose an expression and the data it is about: nearly all of them are expressions that
   compile, so that the evaluator is what is fuzzed. Folded and not folded, explained and not, it
   must give the same value of the same kinds, or fail each time. */
#include <stdint.h>
#include <stdlib.h>

#include "cel/compile.h"
#include "data/json.h"

enum { TEXT_MAX = 8 << 20, DEPTH = 7, SOURCE = 4096 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bytes {
    const uint8_t *p;
    size_t n;
};

static uint8_t take(struct bytes *b)
{
    if (b->n == 0) return 0;
    b->n--;
    return *b->p++;
}

/* @ is any expression, $ a leaf, ~ a variable's name. */
static const char *const leaves[] = {"0",
                                     "1",
                                     "-1",
                                     "2u",
                                     "1.5",
                                     "-0.0",
                                     "9223372036854775807",
                                     "-9223372036854775808",
                                     "18446744073709551615u",
                                     "1e308",
                                     "''",
                                     "'a'",
                                     "'é😀'",
                                     "b'\\xff'",
                                     "'2024-02-29T00:00:00.5Z'",
                                     "'1h30m'",
                                     "'%s%d%.2f'",
                                     "true",
                                     "false",
                                     "null",
                                     "[]",
                                     "{}",
                                     "int",
                                     "event",
                                     "event.s",
                                     "event.l",
                                     "event.m",
                                     "event.n",
                                     "now",
                                     "v",
                                     "w",
                                     "optional.none()"};

static const char *const parts[] = {"$",
                                    "$",
                                    "(@ + @)",
                                    "(@ - @)",
                                    "(@ * @)",
                                    "(@ / @)",
                                    "(@ % @)",
                                    "(@ == @)",
                                    "(@ != @)",
                                    "(@ < @)",
                                    "(@ >= @)",
                                    "(@ in @)",
                                    "(@ && @)",
                                    "(@ || @)",
                                    "(@ ? @ : @)",
                                    "!(@)",
                                    "-(@)",
                                    "dyn(@)",
                                    "type(@)",
                                    "size(@)",
                                    "string(@)",
                                    "int(@)",
                                    "uint(@)",
                                    "double(@)",
                                    "bool(@)",
                                    "bytes(@)",
                                    "timestamp(@)",
                                    "duration(@)",
                                    "[@, @]",
                                    "[?@, @]",
                                    "{@: @}",
                                    "{'k': @, ?'o': @}",
                                    "@[@]",
                                    "@[?@]",
                                    "@.k",
                                    "@.?k",
                                    "has(event.k)",
                                    "@.all(v, @)",
                                    "@.exists(v, @)",
                                    "@.exists_one(v, @)",
                                    "@.map(v, @)",
                                    "@.map(v, @, @)",
                                    "@.filter(v, @)",
                                    "@.sortBy(v, @)",
                                    "@.all(v, w, @)",
                                    "@.transformList(v, w, @)",
                                    "@.transformMap(v, w, @)",
                                    "@.transformMapEntry(v, w, {@: @})",
                                    "cel.bind(v, @, @)",
                                    "optional.of(@)",
                                    "optional.ofNonZeroValue(@)",
                                    "@.optMap(v, @)",
                                    "@.optFlatMap(v, @)",
                                    "@.orValue(@)",
                                    "@.or(@)",
                                    "@.value()",
                                    "@.hasValue()",
                                    "@.first()",
                                    "@.last()",
                                    "@.sort()",
                                    "@.distinct()",
                                    "@.reverse()",
                                    "@.flatten()",
                                    "@.slice(@, @)",
                                    "lists.range(@)",
                                    "sets.contains(@, @)",
                                    "sets.equivalent(@, @)",
                                    "sets.intersects(@, @)",
                                    "math.greatest(@, @)",
                                    "math.least(@)",
                                    "math.abs(@)",
                                    "math.round(@)",
                                    "math.bitXor(@, @)",
                                    "math.bitShiftLeft(@, @)",
                                    "math.bitShiftRight(@, @)",
                                    "base64.encode(@)",
                                    "base64.decode(@)",
                                    "json(@)",
                                    "fromJson(@)",
                                    "urlEncode(@)",
                                    "strings.quote(@)",
                                    "@.format([@, @])",
                                    "@.split(@)",
                                    "@.split(@, @)",
                                    "@.join(@)",
                                    "@.replace(@, @)",
                                    "@.replace(@, @, @)",
                                    "@.substring(@, @)",
                                    "@.charAt(@)",
                                    "@.indexOf(@)",
                                    "@.indexOf(@, @)",
                                    "@.lastIndexOf(@)",
                                    "@.lastIndexOf(@, @)",
                                    "@.trim()",
                                    "@.lowerAscii()",
                                    "@.contains(@)",
                                    "@.startsWith(@)",
                                    "@.matches(@)",
                                    "@.matches('^a?[^b]+$')",
                                    "@.getHours()",
                                    "@.getFullYear('Europe/Berlin')",
                                    "@.getDayOfYear(@)",
                                    "@.getMilliseconds()"};

static void write_part(struct buf *out, struct bytes *in, int depth)
{
    uint8_t which = take(in);
    const char *p = depth > 0 && in->n ? parts[which % COUNT_OF(parts)] : "$";

    for (; *p && !out->full; p++) {
        if (*p == '@')
            write_part(out, in, depth - 1);
        else if (*p == '$')
            buf_add(out, str_of(leaves[take(in) % COUNT_OF(leaves)]));
        else
            buf_addc(out, *p);
    }
}

static struct value make_data(struct arena *a, struct bytes *in)
{
    static const char *const texts[] = {
        "{\"s\":\"abc\",\"l\":[1,2,3],\"m\":{\"k\":1},\"n\":5,\"k\":null}",
        "{\"s\":\"\",\"l\":[],\"m\":{},\"n\":-1}",
        "{\"s\":\"\\ud83d\\ude00 "
        "é\",\"l\":[1,1.0,\"a\",null,[1]],\"m\":{\"k\":[],\"b\":{}},\"n\":1e3}",
        "{\"s\":\"%s\",\"l\":[\"b\",\"a\"],\"m\":{\"k\":{\"k\":2}},\"n\":18446744073709551615}"};
    struct value v = NO_VALUE;
    struct err e;

    (void)!json_read(a, str_of(texts[take(in) % COUNT_OF(texts)]), JSON_LIMITS, &v, &e);
    return v;
}

/* The kinds of a value and of what is in it, which JSON does not tell. */
static void add_kinds(struct buf *b, struct value v)
{
    buf_addc(b, (char)('a' + v.kind));
    if (v.kind == V_OPTIONAL && v.one) add_kinds(b, *v.one);
    for (uint32_t i = 0; v.kind == V_LIST && i < v.n; i++) add_kinds(b, v.list[i]);
    for (uint32_t i = 0; v.kind == V_MAP && i < v.n; i++) {
        add_kinds(b, v.map[i].key);
        add_kinds(b, v.map[i].value);
    }
    buf_addc(b, '.');
}

static void ignore(void *ctx, struct str source, const struct value *v, const struct err *e)
{
    (void)ctx, (void)source;
    if (!v == !e) abort();
}

enum way { FOLDED, PLAIN, EXPLAINED, LOOSE, WAYS };

static const struct cel_name names[] = {{"event", NULL}, {"now", NULL}, {"v", NULL}, {"w", NULL}};

static err_t evaluate(struct arena *a, struct str src, const struct value *values, enum way way,
                      struct buf *out)
{
    struct cel_options options = {.names = names,
                                  .n = COUNT_OF(names),
                                  .no_fold = way == PLAIN || way == LOOSE,
                                  .loose = way == LOOSE};
    struct value v = NO_VALUE;
    struct cel *c;
    struct err e;

    TRY(cel_compile_with(a, src, &options, &c, &e));
    if (way == EXPLAINED)
        TRY(cel_explain(c, values, a, ignore, NULL, &v, &e));
    else
        TRY(cel_eval(c, values, a, &v, &e));
    json_write(out, v);
    add_kinds(out, v);
    return OK;
}

/* What is refused before the evaluation may have a value for who evaluates it: `true || 1 + 'a'`.
 */
static bool must_agree(const err_t *code, enum way way)
{
    if (code[FOLDED] == E_LIMIT || code[way] == E_LIMIT) return false; /* folding saves steps */
    return way != LOOSE || code[FOLDED] == OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct arena *a = arena_new();
    struct value values[COUNT_OF(names)] = {make_data(a, &in), v_time_us(1700000000000000),
                                            v_int(7), v_cstr("w")};
    struct buf src = BUF(SOURCE), text[WAYS];
    err_t code[WAYS];

    write_part(&src, &in, DEPTH);
    for (enum way way = FOLDED; way < WAYS; way++) {
        text[way] = BUF(TEXT_MAX);
        code[way] = evaluate(a, buf_str(&src), values, way, &text[way]);
    }
    for (enum way way = PLAIN; way < WAYS; way++) {
        if (!must_agree(code, way)) continue;
        if (code[way] != code[FOLDED] || !str_eq(buf_str(&text[way]), buf_str(&text[FOLDED])))
            abort();
    }
    for (enum way way = FOLDED; way < WAYS; way++) buf_auto(&text[way]);
    buf_auto(&src);
    arena_free(a);
    return 0;
}
