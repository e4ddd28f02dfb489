#include "cli/console.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cli/edit.h"
#include "cli/markdown.h"
#include "cli/talk.h"
#include "data/json.h"
#include "workflow/duration.h"
#include "workflow/run.h"

enum { TEXT_MAX = 16 << 20, RUNS_MAX = 32, NAME_BYTES = 40, TICK_MS = 500, WIDTH = 80 };

#define PROMPT       "botops> "
#define CHECK_US     (5 * SECOND_US) /* between looks at runs that are shown as open */
#define FROM_THE_TOP "00000000000000000000000000"

struct shown { /* a run of this room that has not ended */
    struct id id;
    char workflow[NAME_BYTES + 1];
    int64_t since; /* mono */
};

struct console {
    struct talk talk;
    struct termios before;
    bool raw, colour;
    int signals, wake[2]; /* the stream's thread writes to [1] when the row has changed */
    /* Under the lock: */
    pthread_mutex_t lock;
    struct edit edit;
    struct shown runs[RUNS_MAX];
    size_t runs_n;
    struct id last;  /* said */
    bool away;       /* the server is */
    struct err lost; /* its code is set: it did not come back */
};

/* --- the last row; the lock is held --- */

static size_t width(void)
{
    struct winsize w;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col : WIDTH;
}

static void wipe(void)
{
    fputs("\r\033[K", stdout);
}

static void add_status(const struct console *c, struct buf *b)
{
    int64_t now = clock_mono();
    char text[DURATION_TEXT];

    if (c->away) buf_add(b, STR("waiting for the server "));
    for (size_t i = 0; i < c->runs_n; i++) {
        int64_t took = now - c->runs[i].since;

        if (took < SECOND_US) continue;
        buf_addf(b, "%s %s ", c->runs[i].workflow,
                 duration_text(took / SECOND_US * SECOND_US, text));
        if (i + 1 < c->runs_n) buf_add(b, STR("| "));
    }
}

static void draw(const struct console *c)
{
    AUTO(buf) struct buf status = BUF(4096);
    size_t columns = width() - 1, used = sizeof PROMPT - 1;
    struct str tail;

    add_status(c, &status);
    wipe();
    if (status.n && status.n + used + 20 < columns) {
        printf("%s%s%s", c->colour ? "\033[2m" : "", status.p, c->colour ? "\033[0m" : "");
        used += status.n;
    }
    tail = edit_tail(&c->edit, columns - used);
    printf("%s" PROMPT "%s" STR_FMT, c->colour ? "\033[1m" : "", c->colour ? "\033[0m" : "",
           STR_ARG(tail));
    fflush(stdout);
}

static void print(const struct console *c, struct str text)
{
    AUTO(buf) struct buf out = BUF(TEXT_MAX);

    markdown_write(&out, text, c->colour);
    wipe();
    print_out(buf_str(&out));
    draw(c);
}

/* --- what comes; on a thread of its own --- */

static void run_forget(struct console *c, struct str id)
{
    for (size_t i = 0; i < c->runs_n; i++)
        if (str_eq(id_str(&c->runs[i].id), id)) {
            c->runs[i] = c->runs[--c->runs_n];
            return;
        }
}

static void run_note(struct console *c, struct value run)
{
    struct str id = value_get_str(run, "id"), status = value_get_str(run, "status");
    int state = machine_find(&run_machine, status);
    AUTO(buf) struct buf name = BUF(NAME_BYTES);
    struct shown *s;

    if (state < 0 || run_ended((enum run_status)state)) {
        run_forget(c, id);
        return;
    }
    for (size_t i = 0; i < c->runs_n; i++)
        if (str_eq(id_str(&c->runs[i].id), id)) return;
    if (c->runs_n == RUNS_MAX || !id_parse(id, &c->runs[c->runs_n].id)) return;
    s = &c->runs[c->runs_n++];
    utf8_add_safe(&name, value_get_str(run, "workflow"), false);
    memcpy(s->workflow, name.p ? name.p : "", name.n + 1);
    s->since = clock_mono();
}

/* The other thread draws the row; when the pipe is full it is awake anyway. */
static void wake(const struct console *c)
{
    ssize_t n = write(c->wake[1], "", 1);

    (void)n;
}

static bool on_event(void *arg, const struct sse_event *ev)
{
    struct console *c = arg;
    AUTO(arena) struct arena *a = arena_new();
    struct value v;
    struct id id;
    struct err e;

    if (json_read(a, ev->data, JSON_LIMITS, &v, &e) != OK) return true;
    pthread_mutex_lock(&c->lock);
    c->away = false;
    if (str_is(ev->event, "run")) {
        run_note(c, v);
        draw(c);
    } else if (str_is(ev->event, "say") && id_parse(value_get_str(v, "id"), &id) &&
               strcmp(id.s, c->last.s) > 0) {
        c->last = id;
        print(c, value_get_str(v, "text"));
    }
    pthread_mutex_unlock(&c->lock);
    wake(c);
    return true;
}

static void *listen_on(void *arg)
{
    struct console *c = arg;
    struct patience patience = {0};
    struct err e;

    for (;;) {
        AUTO(buf) struct buf path = BUF(4096);
        int64_t begun = clock_mono();

        buf_add(&path, STR("/api/v1/chat"));
        query_add(&path, "room", c->talk.room);
        pthread_mutex_lock(&c->lock);
        query_add(&path, "after", c->last.s);
        pthread_mutex_unlock(&c->lock);
        if (client_stream(&c->talk.client, path.p, on_event, c, &e) == OK) continue;
        if (clock_mono() - begun > SECOND_US) patience_met(&patience); /* it was there meanwhile */
        pthread_mutex_lock(&c->lock);
        c->away = true;
        pthread_mutex_unlock(&c->lock);
        wake(c);
        if (!patience_wait(&patience, &e)) break;
    }
    pthread_mutex_lock(&c->lock);
    c->lost = e;
    pthread_mutex_unlock(&c->lock);
    wake(c);
    return NULL;
}

/* --- keys --- */

static void say(struct console *c, struct str line)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value receipt;
    struct err e;

    if (talk_send(&c->talk, line, a, &receipt, &e) == OK) return;
    pthread_mutex_lock(&c->lock);
    wipe();
    fprintf(stderr, "%s\n", e.text);
    draw(c);
    pthread_mutex_unlock(&c->lock);
}

/* What was typed stays on the screen as it was said. */
static void take_line(struct console *c)
{
    AUTO(arena) struct arena *a = arena_new();
    struct str line;

    pthread_mutex_lock(&c->lock);
    line = str_trim(buf_str(&c->edit.text));
    line = str_n(arena_dup(a, line.p, line.n), line.n);
    buf_clear(&c->edit.text);
    wipe();
    fputs(PROMPT, stdout);
    print_safe(line, false);
    putchar('\n');
    draw(c);
    pthread_mutex_unlock(&c->lock);
    if (line.n) say(c, line);
}

/* False: leave. */
static bool take_keys(struct console *c)
{
    unsigned char keys[256];
    ssize_t n = read(STDIN_FILENO, keys, sizeof keys);

    if (n < 0 && errno == EINTR) return true;
    if (n <= 0) return false;
    for (ssize_t i = 0; i < n; i++) {
        enum edit_key key;
        bool empty;

        pthread_mutex_lock(&c->lock);
        empty = c->edit.text.n == 0;
        key = edit_byte(&c->edit, keys[i]);
        if (key == EDIT_BREAK) buf_clear(&c->edit.text);
        if (i + 1 == n) draw(c);
        pthread_mutex_unlock(&c->lock);
        if (key == EDIT_EOF || (key == EDIT_BREAK && empty)) return false;
        if (key == EDIT_LINE) take_line(c);
    }
    return true;
}

/* A stream that is open again says nothing until there is something to say. */
static void check_server(struct console *c)
{
    AUTO(arena) struct arena *a = arena_new();
    struct value status;
    struct err e;
    bool away;

    pthread_mutex_lock(&c->lock);
    away = c->away;
    pthread_mutex_unlock(&c->lock);
    if (!away || client_get(&c->talk.client, "/api/v1/status", a, &status, &e) != OK) return;
    pthread_mutex_lock(&c->lock);
    c->away = false;
    pthread_mutex_unlock(&c->lock);
}

/* The end of a run may pass unheard while the stream is cut. */
static void check_runs(struct console *c)
{
    struct shown runs[RUNS_MAX];
    size_t n;

    pthread_mutex_lock(&c->lock);
    n = c->away ? 0 : c->runs_n;
    memcpy(runs, c->runs, sizeof runs);
    pthread_mutex_unlock(&c->lock);
    for (size_t i = 0; i < n; i++) {
        AUTO(arena) struct arena *a = arena_new();
        struct value run;
        struct err e;
        err_t how =
            client_get(&c->talk.client, path_of(a, "/api/v1/runs/", runs[i].id.s, ""), a, &run, &e);

        pthread_mutex_lock(&c->lock);
        if (how == OK) run_note(c, run);
        if (how == E_NOT_FOUND) run_forget(c, id_str(&runs[i].id));
        pthread_mutex_unlock(&c->lock);
    }
}

static void redraw(struct console *c, int *ret_timeout, bool *ret_lost)
{
    pthread_mutex_lock(&c->lock);
    draw(c);
    *ret_timeout = c->runs_n || c->away ? TICK_MS : -1;
    *ret_lost = c->lost.code != OK;
    pthread_mutex_unlock(&c->lock);
}

static void talk_on(struct console *c)
{
    int64_t checked = clock_mono();
    bool lost = false;
    int timeout;

    for (;;) {
        struct pollfd fds[] = {
            {STDIN_FILENO, POLLIN, 0}, {c->signals, POLLIN, 0}, {c->wake[0], POLLIN, 0}};
        char drop[64];

        redraw(c, &timeout, &lost);
        if (lost) return;
        if (poll(fds, COUNT_OF(fds), timeout) < 0 && errno != EINTR) return;
        if (fds[1].revents) return;
        if (fds[2].revents && read(c->wake[0], drop, sizeof drop) < 0 && errno != EAGAIN) return;
        if (fds[0].revents && !take_keys(c)) return;
        check_server(c);
        if (clock_mono() - checked < CHECK_US) continue;
        check_runs(c);
        checked = clock_mono();
    }
}

/* --- beginning and end --- */

static err_t take_terminal(struct console *c, struct err *e)
{
    struct termios t;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGINT);
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0 ||
        (c->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0 ||
        pipe2(c->wake, O_CLOEXEC | O_NONBLOCK) != 0 || tcgetattr(STDIN_FILENO, &c->before) != 0)
        return fail(e, E_IO, "the terminal cannot be used: %s; say `botops chat -c TEXT`",
                    strerror(errno));
    t = c->before;
    t.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    t.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    t.c_cc[VMIN] = 1;
    t.c_cc[VTIME] = 0;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t) != 0)
        return fail(e, E_IO, "the terminal cannot be used: %s; say `botops chat -c TEXT`",
                    strerror(errno));
    c->raw = true;
    return OK;
}

static void greet(const struct console *c, struct value status)
{
    printf("botops " STR_FMT "; say `help`, leave with Ctrl-D\n",
           STR_ARG(value_get_str(status, "version")));
    if (c->talk.named) printf("the room is %s; what was said in the last day:\n", c->talk.room);
    draw(c);
}

err_t console_run(const struct args *a, struct err *e)
{
    static struct console c; /* the other thread uses it until the process ends */
    struct value status;
    pthread_t thread;
    int code;

    TRY(talk_open(a, &c.talk, e));
    progress_free(c.talk.progress); /* the row tells */
    c.talk.progress = progress_new(false);
    TRY(client_get(&c.talk.client, "/api/v1/status", a->arena, &status, e));
    c.talk.met = true;
    c.colour = term_colour(STDOUT_FILENO);
    pthread_mutex_init(&c.lock, NULL);
    edit_init(&c.edit);
    memcpy(c.last.s, FROM_THE_TOP, sizeof FROM_THE_TOP);
    if (c.talk.named) c.last = c.talk.last;
    TRY(take_terminal(&c, e));
    greet(&c, status);
    if (pthread_create(&thread, NULL, listen_on, &c) == 0) talk_on(&c);
    pthread_mutex_lock(&c.lock);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &c.before);
    wipe();
    code = err_exit(c.lost.code);
    if (code) fprintf(stderr, "botops: %s\n", c.lost.text);
    fflush(stdout);
    _exit(code); /* the other thread may be waiting for the server, and nothing ends that */
}
