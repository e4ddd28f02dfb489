#include "workflow/access.h"

enum { ROLE_DEPTH = 16 }; /* the loader refuses circles; this only bounds the walk */

static const char *const deeds[] = {
    [DEED_READ] = "look at",    [DEED_START] = "start",      [DEED_CANCEL] = "cancel",
    [DEED_RESOLVE] = "resolve", [DEED_ADMIN] = "administer",
};

static const struct role *find_role(const struct config *c, struct str name)
{
    for (size_t i = 0; i < c->roles_n; i++)
        if (str_eq(c->roles[i].name, name)) return &c->roles[i];
    return NULL;
}

static bool is_in(const struct config *c, struct str user, struct str member, int depth)
{
    struct str name = str_starts(member, STR("role:")) ? str_skip(member, 5) : member;
    const struct role *role;

    if (str_eq(user, member)) return true;
    role = depth ? find_role(c, name) : NULL;
    for (size_t i = 0; role && i < role->members_n; i++)
        if (is_in(c, user, role->members[i], depth - 1)) return true;
    return false;
}

bool access_is_member(const struct config *c, struct str user, struct str role_or_user)
{
    return user.n && is_in(c, user, role_or_user, ROLE_DEPTH);
}

static bool any_of(const struct config *c, struct str user, const struct str *allow, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (access_is_member(c, user, allow[i])) return true;
    return false;
}

static bool known(const struct config *c, struct str user)
{
    for (size_t i = 0; i < c->users_n; i++)
        if (str_eq(c->users[i].name, user)) return true;
    return false;
}

static struct str join(struct arena *a, const struct str *names, size_t n)
{
    struct str all = STR("");

    for (size_t i = 0; i < n; i++)
        all = str_of(
            arena_fmt(a, STR_FMT "%s" STR_FMT, STR_ARG(all), i ? ", " : "", STR_ARG(names[i])));
    return all;
}

/* `what`: "start `deploy`". */
static bool may_act(const struct config *c, struct str user, const char *what,
                    const struct str *allow, size_t allow_n, struct str room, struct arena *a,
                    struct str *ret_reason)
{
    const struct room *r = config_room(c, room);

    if (allow_n && !any_of(c, user, allow, allow_n)) {
        *ret_reason = str_of(arena_fmt(a, "`" STR_FMT "` may not %s: it is allowed for " STR_FMT,
                                       STR_ARG(user), what, STR_ARG(join(a, allow, allow_n))));
        return false;
    }
    if (r && r->allow_n && !any_of(c, user, r->allow, r->allow_n)) {
        *ret_reason = str_of(
            arena_fmt(a, "`" STR_FMT "` may not act in this room: it is allowed for " STR_FMT,
                      STR_ARG(user), STR_ARG(join(a, r->allow, r->allow_n))));
        return false;
    }
    return true;
}

static bool is_known(const struct config *c, struct str user, struct arena *a,
                     struct str *ret_reason)
{
    if (known(c, user)) return true;
    *ret_reason = str_of(
        arena_fmt(a, "I do not know who `" STR_FMT "` is: add them under `users:` in botops.yaml",
                  STR_ARG(user)));
    return false;
}

bool access_allows(const struct config *c, const struct who *who, enum deed deed,
                   const struct workflow *w, struct str room, struct arena *a,
                   struct str *ret_reason)
{
    const char *what;

    *ret_reason = STR("");
    if (who->owner) return true;
    if (!is_known(c, who->user, a, ret_reason)) return false;
    if (deed == DEED_ADMIN) {
        *ret_reason = STR("only the owner of the server may do that");
        return false;
    }
    if (deed == DEED_READ) return true;
    what = w ? arena_fmt(a, "%s `" STR_FMT "`", deeds[deed], STR_ARG(w->name)) : deeds[deed];
    return may_act(c, who->user, what, w ? w->allow : NULL, w ? w->allow_n : 0, room, a,
                   ret_reason);
}

bool access_decides(const struct config *c, const struct who *who, const struct matter *m,
                    struct arena *a, struct str *ret_reason)
{
    const struct workflow *w = m->workflow;
    const char *what = arena_fmt(a, "decide this for `" STR_FMT "`", STR_ARG(w->name));
    bool listed = m->by_n > 0;

    *ret_reason = STR("");
    if (m->not_by.n && str_eq(m->not_by, who->user)) {
        *ret_reason = str_of(arena_fmt(
            a,
            "`" STR_FMT "` asked for this run of `" STR_FMT
            "`, so somebody else must approve it (`self: true` in the workflow would allow it)",
            STR_ARG(who->user), STR_ARG(w->name)));
        return false;
    }
    if (who->owner || (m->also_by.n && str_eq(m->also_by, who->user))) return true;
    if (!is_known(c, who->user, a, ret_reason)) return false;
    return may_act(c, who->user, what, listed ? m->by : w->allow, listed ? m->by_n : w->allow_n,
                   m->room, a, ret_reason);
}

struct str access_user(const struct config *c, struct str platform, struct str identity)
{
    for (size_t i = 0; i < c->users_n; i++)
        for (size_t j = 0; j < c->users[i].identities_n; j++) {
            const struct pair *p = &c->users[i].identities[j];

            if (str_eq(value_str(p->key), platform) && str_eq(value_str(p->value), identity))
                return c->users[i].name;
        }
    return STR("");
}
