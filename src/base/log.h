/* log.h - what the server tells its operator.
 *
 * One sentence and its fields a line, on standard error: text where that is a
 * terminal, JSON lines otherwise. Any thread may log; a line is one write. No
 * byte of a message can break a line or drive a terminal: control characters
 * and bad UTF-8 come out escaped.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/str.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR };
enum log_format { LOG_AUTO, LOG_TEXT, LOG_JSON };

struct log_field {
    const char *key;
    struct str text;
    int64_t number;
    int is_number;
};

#define LOG_S(k, cstr) ((struct log_field){.key = (k), .text = str_of(cstr)})
#define LOG_V(k, view) ((struct log_field){.key = (k), .text = (view)})
#define LOG_N(k, num)  ((struct log_field){.key = (k), .number = (num), .is_number = 1})

void log_setup(enum log_level least, enum log_format format); /* default: LOG_INFO, LOG_AUTO */

void log_line(enum log_level level, const char *sentence, const struct log_field *fields);

/* log_info("run ended", LOG_S("run", id), LOG_N("ms", ms)) */
#define log_args_(sentence, ...)                                                                   \
    sentence, (const struct log_field[])                                                           \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define log_end_       ((struct log_field){.key = NULL})
#define log_debug(...) log_line(LOG_DEBUG, log_args_(__VA_ARGS__, log_end_))
#define log_info(...)  log_line(LOG_INFO, log_args_(__VA_ARGS__, log_end_))
#define log_warn(...)  log_line(LOG_WARN, log_args_(__VA_ARGS__, log_end_))
#define log_error(...) log_line(LOG_ERROR, log_args_(__VA_ARGS__, log_end_))

#endif
