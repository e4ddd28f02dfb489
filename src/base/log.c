#include "base/log.h"

#include <stdio.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

enum { LINE_MAX_BYTES = 8192 };

static const char *const names[] = {"debug", "info", "warn", "error"};
static const char *const colours[] = {"\033[2m", "", "\033[33m", "\033[31m"};

static enum log_level least = LOG_INFO;
static bool as_json, colour, ready;

void log_setup(enum log_level level, enum log_format format)
{
    bool terminal = isatty(STDERR_FILENO);

    least = level;
    as_json = format == LOG_JSON || (format == LOG_AUTO && !terminal);
    colour = terminal && !getenv("NO_COLOR");
    ready = true;
}

static void add_json(struct buf *b, struct str s)
{
    buf_addc(b, '"');
    while (s.n) {
        struct str rest = s;
        int32_t p = utf8_next(&rest);

        if (p < 0)
            buf_add(b, STR("\\ufffd"));
        else if (p == '"' || p == '\\')
            buf_addf(b, "\\%c", (int)p);
        else if (p < 0x20 || p == 0x7f)
            buf_addf(b, "\\u%04x", (unsigned)p);
        else
            buf_add(b, str_n(s.p, s.n - rest.n));
        s = rest;
    }
    buf_addc(b, '"');
}

static void json_line(struct buf *b, enum log_level level, const char *sentence,
                      const struct log_field *f, const char *at)
{
    buf_addf(b, "{\"time\":\"%s\",\"level\":\"%s\",\"msg\":", at, names[level]);
    add_json(b, str_of(sentence));
    for (; f->key; f++) {
        buf_addf(b, ",\"%s\":", f->key);
        if (f->is_number)
            buf_addf(b, "%lld", (long long)f->number);
        else
            add_json(b, f->text);
    }
    buf_add(b, STR("}\n"));
}

static void text_line(struct buf *b, enum log_level level, const char *sentence,
                      const struct log_field *f, const char *at)
{
    buf_addf(b, "%s%.8s %-5s ", colour ? colours[level] : "", at + 11, names[level]);
    utf8_add_safe(b, str_of(sentence), false);
    for (; f->key; f++) {
        buf_addf(b, "  %s=", f->key);
        if (f->is_number)
            buf_addf(b, "%lld", (long long)f->number);
        else
            utf8_add_safe(b, f->text, false);
    }
    buf_addf(b, "%s\n", colour && *colours[level] ? "\033[0m" : "");
}

void log_line(enum log_level level, const char *sentence, const struct log_field *fields)
{
    AUTO(buf) struct buf b = BUF(LINE_MAX_BYTES);
    char at[TIME_TEXT];

    if (!ready) log_setup(LOG_INFO, LOG_AUTO);
    if (level < least) return;
    clock_text(clock_wall(), at);
    (as_json ? json_line : text_line)(&b, level, sentence, fields, at);
    if (b.full) {
        buf_clear(&b);
        (as_json ? json_line : text_line)(&b, level, sentence, (const struct log_field[]){{0}}, at);
    }
    if (write(STDERR_FILENO, b.p, b.n) < 0) return; /* nowhere left to say it */
}
