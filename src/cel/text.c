#include "cel/text.h"

#include <math.h>

#include "cel/cel.h"
#include "cel/times.h"
#include "data/json.h"
#include "data/number.h"

/* From d.ddde±xx to plain digits where the exponent is small, as Go's %g has it. */
static void add_plain(struct buf *b, const char *digits, size_t n, int exponent)
{
    if (exponent < 0) {
        buf_add(b, STR("0."));
        for (int i = -1; i > exponent; i--) buf_addc(b, '0');
        buf_add(b, str_n(digits, n));
        return;
    }
    for (int i = 0; i <= exponent; i++) buf_addc(b, (char)(i < (int)n ? digits[i] : '0'));
    if ((int)n <= exponent + 1) return;
    buf_addc(b, '.');
    buf_add(b, str_n(digits + exponent + 1, n - (size_t)exponent - 1));
}

/* Splits what number_write() made: digits without zeros at either end, and the exponent of the
   first of them. */
static size_t take_digits(const char *text, char digits[NUMBER_TEXT], int *ret_exponent)
{
    bool point = false;
    int exponent = -1;
    size_t n = 0;

    for (; *text && *text != 'e'; text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        if (n || *text != '0') digits[n++] = *text;
        if (!point && n) exponent++;
        if (point && !n) exponent--;
    }
    if (*text == 'e') exponent += (int)strtol(text + 1, NULL, 10);
    while (n && digits[n - 1] == '0') n--;
    *ret_exponent = exponent;
    return n;
}

/* With an exponent where the first digit's place is outside of [least, most). */
static void add_double(struct buf *b, double d, int least, int most)
{
    char text[NUMBER_TEXT], digits[NUMBER_TEXT];
    int exponent;
    size_t n;

    (void)number_write(d, text);
    if (isnan(d) || isinf(d)) {
        buf_add(b, str_of(text));
        return;
    }
    if (signbit(d)) buf_addc(b, '-');
    n = take_digits(text + (text[0] == '-'), digits, &exponent);
    if (n == 0) {
        buf_addc(b, '0');
    } else if (exponent >= least && exponent < most) {
        add_plain(b, digits, n, exponent);
    } else {
        buf_addc(b, digits[0]);
        if (n > 1) buf_addc(b, '.');
        buf_add(b, str_n(digits + 1, n - 1));
        buf_addf(b, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
    }
}

void double_text(struct buf *b, double d)
{
    add_double(b, d, -4, 21);
}

void double_digits(struct buf *b, double d)
{
    add_double(b, d, -1000, 1000);
}

static void add_whole(struct buf *b, uint64_t size, bool minus)
{
    char text[24], *p = text + sizeof text;

    do {
        *--p = (char)('0' + size % 10);
        size /= 10;
    } while (size);
    if (minus) *--p = '-';
    buf_add(b, str_n(p, (size_t)(text + sizeof text - p)));
}

void value_text(struct buf *b, struct value v)
{
    switch (v.kind) {
    case V_STRING:
        buf_add(b, value_str(v));
        return;
    case V_INT:
        add_whole(b, v.i < 0 ? 0 - v.u : v.u, v.i < 0);
        return;
    case V_UINT:
        add_whole(b, v.u, false);
        return;
    case V_DOUBLE:
        double_text(b, v.d);
        return;
    case V_TIMESTAMP:
        timestamp_text(b, v);
        return;
    case V_DURATION:
        span_text(b, v.i);
        return;
    case V_TYPE:
        buf_add(b, value_str(v));
        return;
    case V_SECRET:
        buf_add(b, STR("***"));
        return;
    default:
        json_write(b, v);
        return;
    }
}

struct str cel_text(struct arena *a, struct value v)
{
    AUTO(buf) struct buf b = BUF(CEL_OUTPUT);
    struct str s;

    if (v.kind == V_STRING) return value_str(v);
    value_text(&b, v);
    s = buf_str(&b);
    return str_n(arena_dup(a, s.p, s.n), s.n);
}
