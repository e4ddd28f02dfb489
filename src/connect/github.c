/* github.c - GitHub (docs.github.com/webhooks).
 *
 * X-GitHub-Delivery is the same when a delivery is sent again, so it is the
 * delivery id. The type is "github.EVENT", with ".ACTION" behind it where the
 * body has an `action`: github.push, github.release.published,
 * github.pull_request.opened. A ping is an event like any other.
 */
#include "connect/kind.h"
#include "connect/verify.h"
#include "workflow/schema.h"

enum { EVENT_MAX = 64, DELIVERY_MAX = 128, ACTION_MAX = 100 };

static const struct field fields[] = {
    {.name = "url",
     .type = FIELD_TEMPLATE,
     .help = "Address of the API; of GitHub Enterprise Server: https://HOST/api/v3",
     .fallback = "https://api.github.com"},
    {.name = "token", .type = FIELD_SECRET, .help = "Token that steps call the API with"},
    {.name = "webhook_secret",
     .type = FIELD_SECRET,
     .help = "Secret of the webhook; without it POST /hooks/NAME is not served"},
    {0},
};

static const struct schema schema = {
    .name = "github",
    .help = "GitHub. Point a webhook at POST /hooks/NAME with content type application/json; its "
            "events are github.EVENT, with .ACTION behind it where the body has an action: "
            "github.push, github.release.published.",
    .example = "connections:\n"
               "  gh: {github: {webhook_secret: \"${{ secrets.GH_HOOK }}\"}}\n",
    .fields = fields,
};

static err_t github_open(const struct opening *o, void **ret, struct err *e)
{
    struct verifier *v;
    struct str secret;

    *ret = NULL;
    if (!connection_setting(o->connection, "webhook_secret")) return OK;
    TRY(opening_text(o, "webhook_secret", &secret, e));
    if (secret.n == 0)
        return fail(e, E_CONFIG,
                    "`webhook_secret` is empty: anybody could sign with it; set the "
                    "secret, or leave the key out");
    v = arena_get(o->arena, sizeof *v);
    v->how = VERIFY_HMAC;
    v->header = "x-hub-signature-256";
    v->prefix = STR("sha256=");
    v->digest = DIGEST_SHA256;
    v->hmac = hmac_new(DIGEST_SHA256, secret);
    *ret = v;
    return OK;
}

static void github_close(void *opened)
{
    verifier_done(opened);
}

static bool github_verify(const void *opened, const struct hook_request *q)
{
    return verifier_check(opened, q);
}

static bool is_event(struct str s)
{
    if (s.n == 0 || s.n > EVENT_MAX) return false;
    for (size_t i = 0; i < s.n; i++)
        if (!(s.p[i] >= 'a' && s.p[i] <= 'z') && !(s.p[i] >= '0' && s.p[i] <= '9') && s.p[i] != '_')
            return false;
    return true;
}

/* What stands in ids and in actions; the action of a repository_dispatch is its sender's choice. */
static bool is_word(struct str s, size_t max)
{
    if (s.n == 0 || s.n > max) return false;
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');

        if (!letter && c != '_' && c != '-' && c != '.') return false;
    }
    return true;
}

static struct str join(struct arena *a, struct str head, struct str dot, struct str tail)
{
    size_t n = head.n + dot.n + tail.n;
    char *p = arena_raw(a, n + 1);

    memcpy(p, head.p, head.n);
    if (dot.n) memcpy(p + head.n, dot.p, dot.n);
    if (tail.n) memcpy(p + head.n + dot.n, tail.p, tail.n);
    p[n] = '\0';
    return str_n(p, n);
}

static struct str keep(struct str s)
{
    return s.n <= HOOK_SUBJECT_MAX ? s : STR("");
}

/* Who sent it, as an address: the repository, else the organization. */
static void name_origin(struct arena *a, struct event *event)
{
    struct value repository = value_at(event->data, "repository");
    struct str full = keep(value_get_str(repository, "full_name"));
    struct str page = keep(value_get_str(repository, "html_url"));
    struct str owner = keep(value_get_str(value_at(event->data, "organization"), "login"));

    event->subject = full.n ? full : owner;
    if (page.n)
        event->source = page;
    else if (event->subject.n)
        event->source = join(a, STR("https://github.com/"), STR(""), event->subject);
    else
        event->source = STR("https://github.com");
}

static err_t github_name(const void *opened, const struct hook_request *q, struct arena *a,
                         struct event *event, struct err *e)
{
    struct str name = q->header(q->ctx, "x-github-event");
    struct str delivery = q->header(q->ctx, "x-github-delivery");
    struct str action = value_get_str(event->data, "action"), dot = STR(".");

    (void)opened;
    if (event->data.kind != V_MAP)
        return fail(e, E_INPUT, "the body of a GitHub event is a JSON object");
    if (!is_event(name))
        return fail(e, E_INPUT,
                    "the header X-GitHub-Event must name the event in lower-case "
                    "letters, digits and _, such as push");
    if (!is_word(delivery, DELIVERY_MAX))
        return fail(e, E_INPUT, "the header X-GitHub-Delivery must hold the delivery's id");
    if (!is_word(action, ACTION_MAX)) action = dot = STR("");
    name = join(a, STR("github."), STR(""), name);
    event->type = action.n ? join(a, name, dot, action) : name;
    event->delivery = str_n(arena_dup(a, delivery.p, delivery.n), delivery.n);
    name_origin(a, event);
    return OK;
}

const struct kind github_kind = {
    .loads = {.name = "github", .schema = &schema},
    .open = github_open,
    .close = github_close,
    .verify = github_verify,
    .name = github_name,
    .needs_body = true,
};
