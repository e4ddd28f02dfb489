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
#define log_with_(level, sentence, ...)                                                            \
    log_line(level, sentence, (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
#define log_debug(...) log_with_(LOG_DEBUG, __VA_ARGS__)
#define log_info(...)  log_with_(LOG_INFO, __VA_ARGS__)
#define log_warn(...)  log_with_(LOG_WARN, __VA_ARGS__)
#define log_error(...) log_with_(LOG_ERROR, __VA_ARGS__)

#endif
