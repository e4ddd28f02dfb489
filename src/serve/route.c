#include <stdio.h>

#include "serve/inside.h"

const struct route routes[] = {
    {"POST", "/hooks/{connection}", MAY_ANYONE, hook_post, "Takes a webhook in"},
    {"POST", "/api/v1/events", MAY_OWNER, event_post, "Takes one CloudEvents 1.0 JSON event"},
    {"GET", "/api/v1/events", MAY_OWNER, events_get, "Lists events"},
    {"GET", "/api/v1/events/{id}", MAY_OWNER, event_get, "One event with its data and decision"},
    {"GET", "/api/v1/events/{id}/why", MAY_OWNER, event_why,
     "Each trigger that was considered, and why it did or did not start a run; `workflow`: those "
     "of one workflow"},
    {"GET", "/api/v1/workflows", MAY_OWNER, workflows_get, "Lists workflows"},
    {"POST", "/api/v1/workflows/{name}/runs", MAY_OWNER, workflow_run, "Starts a workflow"},
    {"GET", "/api/v1/runs", MAY_OWNER, runs_get, "Lists runs"},
    {"GET", "/api/v1/runs/{id}", MAY_OWNER, run_get, "One run with its steps"},
    {"GET", "/api/v1/runs/{id}/history", MAY_OWNER, run_history, "Every change of a run"},
    {"GET", "/api/v1/runs/{id}/why", MAY_OWNER, run_why, "Why a run began and what it waits for"},
    {"GET", "/api/v1/runs/{id}/logs", MAY_OWNER, run_logs, "The output of a step"},
    {"GET", "/api/v1/runs/{id}/stream", MAY_OWNER, run_stream, "Follows a run until it ends"},
    {"POST", "/api/v1/runs/{id}/cancel", MAY_OWNER, run_cancel, "Asks a run to end"},
    {"POST", "/api/v1/runs/{id}/retry", MAY_OWNER, run_retry, "Starts a run once more"},
    {"POST", "/api/v1/runs/{id}/resolve", MAY_OWNER, run_resolve, "Decides an unknown step"},
    {"POST", "/api/v1/runs/{id}/approve", MAY_OWNER, run_approve, "Approves what a run asks"},
    {"POST", "/api/v1/runs/{id}/deny", MAY_OWNER, run_deny, "Denies what a run asks"},
    {"POST", "/api/v1/runs/{id}/answer", MAY_OWNER, run_answer, "Answers a question of a run"},
    {"GET", "/api/v1/locks", MAY_OWNER, locks_get, "Locks: which runs hold them, and which wait"},
    {"POST", "/api/v1/chat", MAY_OWNER, chat_post, "Says one line in a room"},
    {"GET", "/api/v1/chat", MAY_OWNER, chat_get, "What was said in a room"},
    {"GET", "/api/v1/status", MAY_OWNER, status_get, "How the server is"},
    {"POST", "/api/v1/reload", MAY_OWNER, reload_post, "Loads the configuration again"},
    {"POST", "/api/v1/backup", MAY_OWNER, backup_post, "Copies the database"},
    {"GET", "/healthz", MAY_ANYONE, health_get, "The server answers"},
    {"GET", "/readyz", MAY_ANYONE, ready_get, "The server takes events"},
    {"GET", "/metrics", MAY_ANYONE, metrics_get, "Numbers in the Prometheus text format"},
    {NULL, NULL, MAY_OWNER, NULL, NULL},
};

/* A {…} stands for one part that is not empty. */
static bool path_fits(const char *pattern, struct str path, struct str part[PARTS_MAX])
{
    size_t n = 0, at = 0;

    while (*pattern) {
        if (*pattern != '{') {
            if (at == path.n || path.p[at] != *pattern) return false;
            pattern++;
            at++;
            continue;
        }
        part[n].p = path.p + at;
        while (at < path.n && path.p[at] != '/') at++;
        part[n].n = (size_t)(path.p + at - part[n].p);
        if (part[n++].n == 0) return false;
        while (*pattern++ != '}') continue;
    }
    return at == path.n;
}

enum route_fit route_find(struct str method, struct str path, const struct route **ret,
                          struct str part[PARTS_MAX], char *ret_allow)
{
    int allow = 0;

    ret_allow[0] = '\0';
    for (const struct route *r = routes; r->method; r++) {
        if (!path_fits(r->path, path, part)) continue;
        if (str_is(method, r->method)) {
            *ret = r;
            return ROUTE_FOUND;
        }
        allow +=
            snprintf(ret_allow + allow, (size_t)(ALLOW_MAX - allow), "%s%s%s", allow ? ", " : "",
                     r->method, str_is(str_of(r->method), "GET") ? ", HEAD" : "");
    }
    return allow ? ROUTE_OTHER_METHOD : ROUTE_NONE;
}

/* Strangers are not told which paths of the API there are. */
static void refuse(struct ask *a, enum route_fit fit, const char *allow)
{
    const struct http_header methods[] = {{"Allow", allow}, {NULL, NULL}};
    struct http_request *r = a->http;

    if (str_starts(r->path, STR("/api/")) && !auth_check(a)) return;
    if (fit == ROUTE_OTHER_METHOD)
        problem_send(r, 405, "method-not-allowed", arena_fmt(r->arena, "this path takes %s", allow),
                     methods);
    else
        problem_send(r, 404, err_name(E_NOT_FOUND),
                     "there is nothing at this path; docs/api.md lists what there is", NULL);
}

void serve_handle(struct http_request *r)
{
    struct ask *a = arena_get(r->arena, sizeof *a);
    char allow[ALLOW_MAX];
    enum route_fit fit;

    a->http = r;
    a->serve = r->ctx;
    fit = route_find(r->method, r->path, &a->route, a->part, allow);
    if (fit != ROUTE_FOUND)
        refuse(a, fit, allow);
    else if (auth_check(a))
        a->route->answer(a);
}
