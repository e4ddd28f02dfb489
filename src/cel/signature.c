#include "cel/signature.h"

/* In the order of names: it is searched by halves. */
static const struct signature functions[] = {
    {"base64.decode", "base64.decode(string) -> bytes"},
    {"base64.encode", "base64.encode(bytes) -> string"},
    {"bool", "bool(bool) -> bool\n"
             "bool(string) -> bool"},
    {"bytes", "bytes(bytes) -> bytes\n"
              "bytes(string) -> bytes"},
    {"charAt", "string.charAt(int) -> string"},
    {"contains", "string.contains(string) -> bool"},
    {"distinct", "list(A).distinct() -> list(A)"},
    {"double", "double(double) -> double\n"
               "double(int) -> double\n"
               "double(uint) -> double\n"
               "double(string) -> double"},
    {"duration", "duration(duration) -> duration\n"
                 "duration(string) -> duration\n"
                 "duration(int) -> duration"},
    {"dyn", "dyn(A) -> dyn"},
    {"endsWith", "string.endsWith(string) -> bool"},
    {"first", "list(A).first() -> optional_type(A)"},
    {"flatten", "list(list(A)).flatten() -> list(A)\n"
                "list(dyn).flatten(int) -> list(dyn)"},
    {"format", "string.format(list(dyn)) -> string"},
    {"fromJson", "fromJson(string) -> dyn"},
    {"getDate", "timestamp.getDate() -> int\n"
                "timestamp.getDate(string) -> int"},
    {"getDayOfMonth", "timestamp.getDayOfMonth() -> int\n"
                      "timestamp.getDayOfMonth(string) -> int"},
    {"getDayOfWeek", "timestamp.getDayOfWeek() -> int\n"
                     "timestamp.getDayOfWeek(string) -> int"},
    {"getDayOfYear", "timestamp.getDayOfYear() -> int\n"
                     "timestamp.getDayOfYear(string) -> int"},
    {"getFullYear", "timestamp.getFullYear() -> int\n"
                    "timestamp.getFullYear(string) -> int"},
    {"getHours", "timestamp.getHours() -> int\n"
                 "timestamp.getHours(string) -> int\n"
                 "duration.getHours() -> int"},
    {"getMilliseconds", "timestamp.getMilliseconds() -> int\n"
                        "timestamp.getMilliseconds(string) -> int\n"
                        "duration.getMilliseconds() -> int"},
    {"getMinutes", "timestamp.getMinutes() -> int\n"
                   "timestamp.getMinutes(string) -> int\n"
                   "duration.getMinutes() -> int"},
    {"getMonth", "timestamp.getMonth() -> int\n"
                 "timestamp.getMonth(string) -> int"},
    {"getSeconds", "timestamp.getSeconds() -> int\n"
                   "timestamp.getSeconds(string) -> int\n"
                   "duration.getSeconds() -> int"},
    {"hasValue", "optional_type(A).hasValue() -> bool"},
    {"indexOf", "string.indexOf(string) -> int\n"
                "string.indexOf(string, int) -> int"},
    {"int", "int(int) -> int\n"
            "int(uint) -> int\n"
            "int(double) -> int\n"
            "int(string) -> int\n"
            "int(timestamp) -> int"},
    {"join", "list(string).join() -> string\n"
             "list(string).join(string) -> string"},
    {"json", "json(A) -> string"},
    {"last", "list(A).last() -> optional_type(A)"},
    {"lastIndexOf", "string.lastIndexOf(string) -> int\n"
                    "string.lastIndexOf(string, int) -> int"},
    {"lists.range", "lists.range(int) -> list(int)"},
    {"lowerAscii", "string.lowerAscii() -> string"},
    {"matches", "string.matches(string) -> bool\n"
                "matches(string, string) -> bool"},
    {"math.abs", "math.abs(int) -> int\n"
                 "math.abs(uint) -> uint\n"
                 "math.abs(double) -> double"},
    {"math.bitAnd", "math.bitAnd(int, int) -> int\n"
                    "math.bitAnd(uint, uint) -> uint"},
    {"math.bitNot", "math.bitNot(int) -> int\n"
                    "math.bitNot(uint) -> uint"},
    {"math.bitOr", "math.bitOr(int, int) -> int\n"
                   "math.bitOr(uint, uint) -> uint"},
    {"math.bitShiftLeft", "math.bitShiftLeft(int, int) -> int\n"
                          "math.bitShiftLeft(uint, int) -> uint"},
    {"math.bitShiftRight", "math.bitShiftRight(int, int) -> int\n"
                           "math.bitShiftRight(uint, int) -> uint"},
    {"math.bitXor", "math.bitXor(int, int) -> int\n"
                    "math.bitXor(uint, uint) -> uint"},
    {"math.ceil", "math.ceil(double) -> double"},
    {"math.floor", "math.floor(double) -> double"},
    {"math.greatest", "math.greatest(int) -> int\n"
                      "math.greatest(uint) -> uint\n"
                      "math.greatest(double) -> double\n"
                      "math.greatest(list(int)) -> int\n"
                      "math.greatest(list(uint)) -> uint\n"
                      "math.greatest(list(double)) -> double"},
    {"math.isFinite", "math.isFinite(double) -> bool"},
    {"math.isInf", "math.isInf(double) -> bool"},
    {"math.isNaN", "math.isNaN(double) -> bool"},
    {"math.least", "math.least(int) -> int\n"
                   "math.least(uint) -> uint\n"
                   "math.least(double) -> double\n"
                   "math.least(list(int)) -> int\n"
                   "math.least(list(uint)) -> uint\n"
                   "math.least(list(double)) -> double"},
    {"math.round", "math.round(double) -> double"},
    {"math.sign", "math.sign(int) -> int\n"
                  "math.sign(uint) -> uint\n"
                  "math.sign(double) -> double"},
    {"math.sqrt", "math.sqrt(int) -> double\n"
                  "math.sqrt(uint) -> double\n"
                  "math.sqrt(double) -> double"},
    {"math.trunc", "math.trunc(double) -> double"},
    {"optional.none", "optional.none() -> optional_type(A)"},
    {"optional.of", "optional.of(A) -> optional_type(A)"},
    {"optional.ofNonZeroValue", "optional.ofNonZeroValue(A) -> optional_type(A)"},
    {"optional.unwrap", "optional.unwrap(list(optional_type(A))) -> list(A)"},
    {"or", "optional_type(A).or(optional_type(A)) -> optional_type(A)"},
    {"orValue", "optional_type(A).orValue(A) -> A"},
    {"replace", "string.replace(string, string) -> string\n"
                "string.replace(string, string, int) -> string"},
    {"reverse", "string.reverse() -> string\n"
                "list(A).reverse() -> list(A)"},
    {"sets.contains", "sets.contains(list(A), list(A)) -> bool"},
    {"sets.equivalent", "sets.equivalent(list(A), list(A)) -> bool"},
    {"sets.intersects", "sets.intersects(list(A), list(A)) -> bool"},
    {"size", "size(string) -> int\n"
             "size(bytes) -> int\n"
             "size(list(A)) -> int\n"
             "size(map(A, B)) -> int\n"
             "string.size() -> int\n"
             "bytes.size() -> int\n"
             "list(A).size() -> int\n"
             "map(A, B).size() -> int"},
    {"slice", "list(A).slice(int, int) -> list(A)"},
    {"sort", "list(int).sort() -> list(int)\n"
             "list(uint).sort() -> list(uint)\n"
             "list(double).sort() -> list(double)\n"
             "list(bool).sort() -> list(bool)\n"
             "list(string).sort() -> list(string)\n"
             "list(bytes).sort() -> list(bytes)\n"
             "list(timestamp).sort() -> list(timestamp)\n"
             "list(duration).sort() -> list(duration)"},
    {"split", "string.split(string) -> list(string)\n"
              "string.split(string, int) -> list(string)"},
    {"startsWith", "string.startsWith(string) -> bool"},
    {"string", "string(string) -> string\n"
               "string(bool) -> string\n"
               "string(int) -> string\n"
               "string(uint) -> string\n"
               "string(double) -> string\n"
               "string(bytes) -> string\n"
               "string(timestamp) -> string\n"
               "string(duration) -> string\n"
               "string(type(A)) -> string"},
    {"strings.quote", "strings.quote(string) -> string"},
    {"substring", "string.substring(int) -> string\n"
                  "string.substring(int, int) -> string"},
    {"timestamp", "timestamp(timestamp) -> timestamp\n"
                  "timestamp(string) -> timestamp\n"
                  "timestamp(int) -> timestamp"},
    {"trim", "string.trim() -> string"},
    {"type", "type(A) -> type(A)"},
    {"uint", "uint(uint) -> uint\n"
             "uint(int) -> uint\n"
             "uint(double) -> uint\n"
             "uint(string) -> uint"},
    {"unwrapOpt", "list(optional_type(A)).unwrapOpt() -> list(A)"},
    {"upperAscii", "string.upperAscii() -> string"},
    {"urlEncode", "urlEncode(string) -> string"},
    {"value", "optional_type(A).value() -> A"},
};

#define ORDER(op)                                                                                  \
    "bool " op " bool -> bool\n"                                                                   \
    "int " op " int -> bool\n"                                                                     \
    "uint " op " uint -> bool\n"                                                                   \
    "double " op " double -> bool\n"                                                               \
    "string " op " string -> bool\n"                                                               \
    "bytes " op " bytes -> bool\n"                                                                 \
    "timestamp " op " timestamp -> bool\n"                                                         \
    "duration " op " duration -> bool"

static const struct signature operators[] = {
    [N_AND] = {"&&", "bool && bool -> bool"},
    [N_OR] = {"||", "bool || bool -> bool"},
    [N_COND] = {"?:", "bool ? A : A -> A"},
    [N_NOT] = {"!", "!bool -> bool"},
    [N_NEG] = {"-", "-int -> int\n"
                    "-double -> double"},
    [N_EQ] = {"==", "A == A -> bool"},
    [N_NE] = {"!=", "A != A -> bool"},
    [N_LT] = {"<", ORDER("<")},
    [N_LE] = {"<=", ORDER("<=")},
    [N_GT] = {">", ORDER(">")},
    [N_GE] = {">=", ORDER(">=")},
    [N_IN] = {"in", "A in list(A) -> bool\n"
                    "A in map(A, B) -> bool"},
    [N_ADD] = {"+", "int + int -> int\n"
                    "uint + uint -> uint\n"
                    "double + double -> double\n"
                    "string + string -> string\n"
                    "bytes + bytes -> bytes\n"
                    "list(A) + list(A) -> list(A)\n"
                    "timestamp + duration -> timestamp\n"
                    "duration + timestamp -> timestamp\n"
                    "duration + duration -> duration"},
    [N_SUB] = {"-", "int - int -> int\n"
                    "uint - uint -> uint\n"
                    "double - double -> double\n"
                    "timestamp - timestamp -> duration\n"
                    "timestamp - duration -> timestamp\n"
                    "duration - duration -> duration"},
    [N_MUL] = {"*", "int * int -> int\n"
                    "uint * uint -> uint\n"
                    "double * double -> double"},
    [N_DIV] = {"/", "int / int -> int\n"
                    "uint / uint -> uint\n"
                    "double / double -> double"},
    [N_MOD] = {"%", "int % int -> int\n"
                    "uint % uint -> uint"},
    [N_INDEX] = {"[]", "list(A)[int] -> A\n"
                       "map(A, B)[A] -> B\n"
                       "optional_type(list(A))[int] -> optional_type(A)\n"
                       "optional_type(map(A, B))[A] -> optional_type(B)"},
    [N_OPT_INDEX] = {"[?]", "list(A)[?int] -> optional_type(A)\n"
                            "map(A, B)[?A] -> optional_type(B)\n"
                            "optional_type(list(A))[?int] -> optional_type(A)\n"
                            "optional_type(map(A, B))[?A] -> optional_type(B)"},
};

const struct signature *signature_of(struct str function)
{
    size_t low = 0, high = COUNT_OF(functions);

    while (low < high) {
        size_t mid = (low + high) / 2;
        const char *name = functions[mid].name;
        int c = strncmp(function.p, name, function.n);

        if (c == 0 && name[function.n] == '\0') return &functions[mid];
        if (c > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

const struct signature *signature_of_operator(enum node_kind kind)
{
    return kind < COUNT_OF(operators) && operators[kind].name ? &operators[kind] : NULL;
}

const struct signature *signature_at(size_t i)
{
    return i < COUNT_OF(functions) ? &functions[i] : NULL;
}

/* --- reading a line --- */

struct reader {
    struct infer *infer;
    const char *p;
    const struct cel_type *letters[2]; /* what A and B stand for, once met */
};

static bool word(struct reader *r, const char *text, size_t n)
{
    if (strncmp(r->p, text, n) != 0) return false;
    r->p += n;
    return true;
}

static const struct cel_type *read_letter(struct reader *r)
{
    const struct cel_type **letter = &r->letters[*r->p++ - 'A'];

    if (!*letter) *letter = infer_var(r->infer);
    return *letter;
}

static const struct cel_type *read_type(struct reader *r);

static const struct cel_type *read_params(struct reader *r, enum cel_kind kind)
{
    const struct cel_type *a, *b = NULL;

    r->p++; /* ( */
    a = read_type(r);
    if (word(r, ", ", 2)) b = read_type(r);
    r->p++; /* ) */
    return infer_type(r->infer, kind, a, b);
}

#define WORD(lit) word(r, lit, sizeof(lit) - 1)

static const struct cel_type *read_type(struct reader *r)
{
    switch (*r->p) {
    case 'A':
    case 'B':
        return read_letter(r);
    case 'b':
        return WORD("bool") ? &cel_bool : (r->p += 5, &cel_bytes); /* bytes */
    case 'd':
        if (WORD("dyn")) return &cel_dyn;
        return WORD("double") ? &cel_double : (r->p += 8, &cel_duration); /* duration */
    case 'i':
        r->p += 3; /* int */
        return &cel_int;
    case 'l':
        r->p += 4; /* list */
        return read_params(r, CEL_LIST);
    case 'm':
        r->p += 3; /* map */
        return read_params(r, CEL_MAP);
    case 'o':
        r->p += 13; /* optional_type */
        return read_params(r, CEL_OPTIONAL);
    case 's':
        r->p += 6; /* string */
        return &cel_string;
    case 't':
        if (WORD("type")) return read_params(r, CEL_TYPE);
        r->p += 9; /* timestamp */
        return &cel_timestamp;
    default:
        r->p += 4; /* uint */
        return &cel_uint;
    }
}

/* "(T, T)" of a function's line. */
static void read_arguments(struct reader *r, struct overload *o)
{
    r->p++; /* ( */
    while (*r->p != ')') {
        o->params[o->n++] = read_type(r);
        (void)WORD(", ");
    }
    r->p++;
}

static void read_function(struct reader *r, struct str name, struct overload *o)
{
    o->method = strncmp(r->p, name.p, name.n) != 0 || r->p[name.n] != '(';
    if (o->method) {
        o->params[o->n++] = read_type(r);
        r->p++; /* . */
    }
    r->p += name.n;
    read_arguments(r, o);
}

/* To the next operand: operators are no letters, but for `in`. */
static void skip_operator(struct reader *r)
{
    while (!((*r->p | 0x20) >= 'a' && (*r->p | 0x20) <= 'z')) r->p++;
    (void)WORD("in ");
}

static void read_operands(struct reader *r, size_t n, struct overload *o)
{
    while (o->n < n) {
        skip_operator(r);
        o->params[o->n++] = read_type(r);
    }
}

bool signature_next(struct infer *x, struct str name, size_t n, struct str *lines,
                    struct overload *ret)
{
    struct reader r = {.infer = x};

    *ret = (struct overload){.n = 0};
    if (!str_cut(lines, '\n', &ret->line)) return false;
    r.p = ret->line.p;
    if (name.n)
        read_function(&r, name, ret);
    else
        read_operands(&r, n, ret);
    while (*r.p != '>') r.p++;
    r.p += 2;
    ret->result = read_type(&r);
    return true;
}
