/* The strings extension (cel-go ext/README.md, "Strings"). Indexes count code points. */
#include "base/utf8.h"
#include "cel/fn.h"

enum { NOT_THERE = -1, FINDS_A_STEP = 2 };

/* The byte at which code point i starts; the end counts as one. False: outside. */
static bool byte_at(struct str s, int64_t i, size_t *ret)
{
    struct str left = s;

    for (; i > 0 && left.n; i--) (void)utf8_next(&left);
    *ret = (size_t)(left.p - s.p);
    return i == 0;
}

static struct value outside(struct eval *x, const struct node *at, struct value i)
{
    return fault_of(x, at->at, "index {a} is outside of the text", i);
}

static bool kinds_are(struct eval *x, const struct value *v, size_t n, const char *kinds)
{
    for (size_t i = 0; i < n; i++) {
        if (v[i].kind != (kinds[i] == 's' ? V_STRING : V_INT)) return false;
    }
    x->fuel -= v[0].n / 64;
    return true;
}

static struct value char_at(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct str s = value_str(v[0]), left;
    size_t from;

    if (!kinds_are(x, v, n, "si")) return overload(x, at, "charAt", v, n);
    if (!byte_at(s, v[1].i, &from)) return outside(x, at, v[1]);
    left = s = str_skip(s, from);
    if (left.n) (void)utf8_next(&left);
    return v_str(str_n(s.p, s.n - left.n));
}

static int64_t points_before(struct str s, const char *p)
{
    return (int64_t)utf8_count(str_n(s.p, (size_t)(p - s.p)));
}

static struct value index_of(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct str s = value_str(v[0]);
    const char *found;
    size_t from = 0;

    if (!kinds_are(x, v, n, "ssi")) return overload(x, at, "indexOf", v, n);
    if (n == 3 && !byte_at(s, v[2].i, &from)) return outside(x, at, v[2]);
    found = v[1].n ? memmem(s.p + from, s.n - from, v[1].s, v[1].n) : s.p + from;
    return v_int(found ? points_before(s, found) : NOT_THERE);
}

static struct value last_index_of(struct eval *x, const struct node *at, const struct value *v,
                                  size_t n)
{
    struct str s = value_str(v[0]);
    const char *found;
    size_t from = s.n;

    if (!kinds_are(x, v, n, "ssi")) return overload(x, at, "lastIndexOf", v, n);
    if (n == 3 && !byte_at(s, v[2].i, &from)) return outside(x, at, v[2]);
    if (v[1].n > s.n) return v_int(NOT_THERE);
    if (from > s.n - v[1].n) from = s.n - v[1].n;
    if (v[1].n == 0) return v_int(points_before(s, s.p + from));
    for (s.n = from + 1; s.n; s.n = (size_t)(found - s.p)) {
        found = memrchr(s.p, v[1].s[0], s.n);
        if (!found) break;
        if (!charge(x, 1 + v[1].n / 64)) return v_fault();
        if (memcmp(found, v[1].s, v[1].n) == 0) return v_int(points_before(s, found));
    }
    return v_int(NOT_THERE);
}

static struct value change_case(struct eval *x, struct value v, char first, char last)
{
    char *p = text_room(x, v.n);

    if (!p) return x_limit_text(x);
    for (uint32_t i = 0; i < v.n; i++)
        p[i] = (char)(v.s[i] ^ (v.s[i] >= first && v.s[i] <= last ? 0x20 : 0));
    return v_str(str_n(p, v.n));
}

static struct value lower_ascii(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    if (v->kind != V_STRING) return overload(x, at, "lowerAscii", v, n);
    return change_case(x, *v, 'A', 'Z');
}

static struct value upper_ascii(struct eval *x, const struct node *at, const struct value *v,
                                size_t n)
{
    if (v->kind != V_STRING) return overload(x, at, "upperAscii", v, n);
    return change_case(x, *v, 'a', 'z');
}

/* Between any two code points where `what` is empty. */
static struct value replace_all(struct eval *x, struct str s, struct str what, struct str with,
                                int64_t most)
{
    AUTO(buf) struct buf b = BUF(text_left(x));

    for (; most != 0 && !b.full; most--) {
        const char *found = what.n ? memmem(s.p, s.n, what.p, what.n) : s.p;

        if (!found) break;
        if (most % FINDS_A_STEP == 0 && !charge(x, 1)) return v_fault();
        buf_add(&b, str_n(s.p, (size_t)(found - s.p)));
        buf_add(&b, with);
        s = str_skip(s, (size_t)(found - s.p) + what.n);
        if (what.n == 0) {
            const char *point = s.p;

            if (s.n == 0) break;
            (void)utf8_next(&s);
            buf_add(&b, str_n(point, (size_t)(s.p - point)));
        }
    }
    buf_add(&b, s);
    return text_of(x, &b, V_STRING);
}

static struct value replace(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    if (!kinds_are(x, v, n, "sssi")) return overload(x, at, "replace", v, n);
    if (n == 4 && v[3].i == 0) return v[0];
    return replace_all(x, value_str(v[0]), value_str(v[1]), value_str(v[2]),
                       n == 4 && v[3].i > 0 ? v[3].i : -1);
}

/* Takes the text before the separator off *s; one code point where the separator is empty. */
static struct str take_part(struct str *s, struct str separator)
{
    struct str head = *s;
    const char *found;

    if (separator.n == 0) {
        if (s->n) (void)utf8_next(s);
        head.n -= s->n;
        return head;
    }
    found = memmem(s->p, s->n, separator.p, separator.n);
    if (!found) return head;
    head.n = (size_t)(found - s->p);
    *s = str_skip(*s, head.n + separator.n);
    return head;
}

static bool more_parts(struct str s, struct str separator)
{
    struct str left = s;

    if (separator.n) return memmem(s.p, s.n, separator.p, separator.n) != NULL;
    if (left.n) (void)utf8_next(&left);
    return left.n > 0;
}

static struct value split(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct str s = value_str(v[0]), separator = value_str(v[1]);
    int64_t most = n == 3 ? v[2].i : -1;
    struct value *parts = NULL;
    size_t count = 0;

    if (!kinds_are(x, v, n, "ssi")) return overload(x, at, "split", v, n);
    if (most == 0 || (separator.n == 0 && s.n == 0)) return v_list(NULL, 0);
    while ((most < 0 || (int64_t)count < most - 1) && more_parts(s, separator)) {
        if (!charge(x, 1)) return v_fault();
        *(struct value *)arena_push(x->arena, &parts, &count, sizeof *parts) =
            v_str(take_part(&s, separator));
    }
    *(struct value *)arena_push(x->arena, &parts, &count, sizeof *parts) = v_str(s);
    return v_list(parts, count);
}

static struct value join(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    AUTO(buf) struct buf b = BUF(text_left(x));

    if (v[0].kind != V_LIST || (n == 2 && v[1].kind != V_STRING))
        return overload(x, at, "join", v, n);
    if (!charge(x, v[0].n / 8)) return v_fault();
    for (uint32_t i = 0; i < v[0].n && !b.full; i++) {
        if (v[0].list[i].kind != V_STRING) return overload(x, at, "join", &v[0].list[i], 1);
        if (i && n == 2) buf_add(&b, value_str(v[1]));
        buf_add(&b, value_str(v[0].list[i]));
    }
    return text_of(x, &b, V_STRING);
}

static struct value substring(struct eval *x, const struct node *at, const struct value *v,
                              size_t n)
{
    struct str s = value_str(v[0]);
    size_t from, to = s.n;

    if (!kinds_are(x, v, n, "sii")) return overload(x, at, "substring", v, n);
    if (!byte_at(s, v[1].i, &from)) return outside(x, at, v[1]);
    if (n == 3 && !byte_at(s, v[2].i, &to)) return outside(x, at, v[2]);
    if (to < from)
        return fault_two(x, at->at, "the substring from {a} to {b} ends before it starts", v[1],
                         v[2]);
    return v_str(str_n(s.p + from, to - from));
}

/* Unicode's White_Space. */
static bool is_space(int32_t c)
{
    return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

static struct value trim(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct str s = value_str(*v), left = s;
    const char *end;

    if (!kinds_are(x, v, n, "s")) return overload(x, at, "trim", v, n);
    while (left.n && is_space(utf8_next(&left))) s = left;
    end = s.p;
    for (left = s; left.n;) {
        if (!is_space(utf8_next(&left))) end = left.p;
    }
    return v_str(str_n(s.p, (size_t)(end - s.p)));
}

static struct value reverse_text(struct eval *x, struct str s)
{
    char *p = text_room(x, s.n), *end;

    if (!p) return x_limit_text(x);
    end = p + s.n;
    for (struct str left = s; left.n;) {
        const char *point = left.p;

        (void)utf8_next(&left);
        end -= left.p - point;
        memcpy(end, point, (size_t)(left.p - point));
    }
    return v_str(str_n(p, s.n));
}

static struct value reverse(struct eval *x, const struct node *at, const struct value *v, size_t n)
{
    struct value *items;

    if (v->kind == V_STRING) return reverse_text(x, value_str(*v));
    if (v->kind != V_LIST) return overload(x, at, "reverse", v, n);
    if (!charge(x, v->n)) return v_fault();
    items = arena_raw(x->arena, v->n * sizeof *items);
    for (uint32_t i = 0; i < v->n; i++) items[v->n - 1 - i] = v->list[i];
    return v_list(items, v->n);
}

static const struct fn list[] = {
    {"charAt", FN_METHOD, 2, 2, char_at},
    {"indexOf", FN_METHOD, 2, 3, index_of},
    {"lastIndexOf", FN_METHOD, 2, 3, last_index_of},
    {"lowerAscii", FN_METHOD, 1, 1, lower_ascii},
    {"upperAscii", FN_METHOD, 1, 1, upper_ascii},
    {"replace", FN_METHOD, 3, 4, replace},
    {"split", FN_METHOD, 2, 3, split},
    {"join", FN_METHOD, 1, 2, join},
    {"substring", FN_METHOD, 2, 3, substring},
    {"trim", FN_METHOD, 1, 1, trim},
    {"reverse", FN_METHOD, 1, 1, reverse},
};

const struct fn_set fn_string = {list, COUNT_OF(list)};
