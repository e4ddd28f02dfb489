#include <inttypes.h>
#include <string.h>

#include "store/backend.h"

/* What rows must agree on, each as a query whose rows are the faults: the id, and perhaps a word.
 */
struct rule {
    const char *sql, *fault;
};

static const struct rule rules[] = {
    {"SELECT s.run, s.path FROM steps s JOIN runs r ON r.id = s.run "
     "WHERE r.ended_at > 0 AND s.started_at > 0 AND s.ended_at = 0",
     "has ended, but its step is open:"},
    {"SELECT s.run, s.path FROM steps s WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id = s.run)",
     "does not exist, but has a step:"},
    {"SELECT DISTINCT h.run, '' FROM history h "
     "WHERE NOT EXISTS (SELECT 1 FROM runs WHERE id = h.run)",
     "does not exist, but has a history"},
    {"SELECT r.id, r.event FROM runs r WHERE r.event <> '' "
     "AND NOT EXISTS (SELECT 1 FROM events WHERE id = r.event)",
     "was begun by an event that is not there:"},
    {"SELECT r.id, r.version FROM runs r WHERE r.version <> '' AND r.ended_at = 0 "
     "AND NOT EXISTS (SELECT 1 FROM versions WHERE hash = r.version)",
     "is open, but its workflow's version is not there:"},
    {"SELECT id, lock FROM runs WHERE turn <> 0 AND (lock = '' OR ended_at > 0 OR "
     "(turn = 1) = (status = 'queued'))",
     "does not stand to its lock as its status says:"},
    {"SELECT id, lock FROM runs WHERE lock <> '' AND ended_at = 0 AND turn = 0",
     "is open, but stands outside the queue of its lock:"},
};

static void check_rule(struct reader *r, const struct rule *rule, struct report *report)
{
    struct query q = {.sql = rule->sql, .keep = true};
    struct cursor c;

    if (!reader_start(r, &q, &c)) return;
    while (reader_next(r, &c)) {
        char run[ID_LEN + 1] = "";
        struct str id = r->ops->text(&c, 0), word;

        if (id.n <= ID_LEN) memcpy(run, id.p, id.n);
        word = r->ops->text(&c, 1);
        report_add(report, r->path, 0, 0, "run %s %s%s" STR_FMT, run, rule->fault,
                   word.n ? " " : "", STR_ARG(word));
    }
}

struct place { /* in the history of one run */
    char run[ID_LEN + 1];
    int64_t seq, last; /* of the row before; of the run as stored */
};

static void history_end(const struct reader *r, const struct place *p, struct report *report)
{
    if (p->run[0] && p->last > 0 && p->seq != p->last)
        report_add(report, r->path, 0, 0,
                   "run %s is at change %" PRId64 ", but its history ends with %" PRId64, p->run,
                   p->last, p->seq);
}

static void history_row(const struct reader *r, struct place *p, struct cursor *c,
                        struct report *report)
{
    struct str run = r->ops->text(c, 0);
    int64_t seq = r->ops->number(c, 1);

    if (str_eq(run, str_of(p->run))) {
        if (seq != p->seq + 1)
            report_add(report, r->path, 0, 0,
                       "run %s: its history goes from change %" PRId64 " to %" PRId64, p->run,
                       p->seq, seq);
    } else {
        history_end(r, p, report);
        *p = (struct place){.last = r->ops->number(c, 3)};
        if (run.n <= ID_LEN) memcpy(p->run, run.p, run.n);
    }
    p->seq = seq;
}

static void check_history(struct reader *r, bool (*allowed)(struct str moves),
                          struct report *report)
{
    struct query q = {.sql = "SELECT h.run, h.seq, h.moves, r.seq FROM history h "
                             "LEFT JOIN runs r ON r.id = h.run ORDER BY h.run, h.seq",
                      .keep = true};
    struct place place = {.run = ""};
    struct cursor c;

    if (!reader_start(r, &q, &c)) return;
    while (reader_next(r, &c)) {
        struct str moves = r->ops->text(&c, 2);

        if (allowed && !allowed(moves)) {
            struct str run = r->ops->text(&c, 0);

            report_add(report, r->path, 0, 0,
                       "run " STR_FMT ": change %" PRId64 " is not allowed: " STR_FMT, STR_ARG(run),
                       r->ops->number(&c, 1), STR_ARG(moves));
        }
        history_row(r, &place, &c, report);
    }
    history_end(r, &place, report);
}

static int64_t count_rows(struct reader *r)
{
    static const char *const counts[] = {
        "SELECT count(*) FROM events", "SELECT count(*) FROM runs",
        "SELECT count(*) FROM steps",  "SELECT count(*) FROM history",
        "SELECT count(*) FROM outbox", "SELECT count(*) FROM versions",
    };
    int64_t sum = 0;

    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct query q = {.sql = counts[i], .keep = true};
        struct cursor c;

        if (!reader_start(r, &q, &c)) break;
        if (!reader_next(r, &c)) break;
        sum += r->ops->number(&c, 0);
        reader_stop(r, &c);
    }
    return sum;
}

int64_t reader_check(struct reader *r, bool (*allowed)(struct str moves), struct report *report)
{
    int64_t rows;
    struct err e;

    if (r->link) r->ops->check(r->link, report);
    check_history(r, allowed, report);
    for (size_t i = 0; i < COUNT_OF(rules); i++) check_rule(r, &rules[i], report);
    rows = count_rows(r);
    if (reader_fault(r, &e) != OK) report_err(report, r->path, &e);
    return rows;
}
