/* auth.c - who asks. */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "serve/inside.h"
#include "workflow/access.h"

enum { TOKEN_MAX = 512, PASSWD_MAX = 16384 };

/* The name services may ask the network, so this is done once, before the first request. */
static char *user_name(uid_t uid)
{
    char text[PASSWD_MAX], number[16];
    struct passwd entry, *found = NULL;

    if (getpwuid_r(uid, &entry, text, sizeof text, &found) == 0 && found)
        return mem_dup(found->pw_name, strlen(found->pw_name));
    snprintf(number, sizeof number, "%u", (unsigned)uid);
    return mem_dup(number, strlen(number));
}

void auth_init(struct serve *s)
{
    s->os_users[0] = user_name(geteuid());
    s->os_users[1] = user_name(0);
}

void auth_done(struct serve *s)
{
    free(s->os_users[0]);
    free(s->os_users[1]);
}

/* Only the digests are compared: neither the token's length nor where it differs shows. */
static bool token_fits(const struct serve *s, struct str header)
{
    struct str scheme = STR("Bearer ");
    uint8_t digest[SHA256_LEN];

    if (!s->c.has_token || header.n <= scheme.n || header.n > scheme.n + TOKEN_MAX ||
        !str_eq_nocase(str_n(header.p, scheme.n), scheme))
        return false;
    sha256(str_trim(str_skip(header, scheme.n)), digest);
    return secret_eq(str_n((char *)digest, SHA256_LEN),
                     str_n((const char *)s->c.token, SHA256_LEN));
}

/* Whoever holds the token acts as the user the server runs as: the token lies in that user's
 * folder.
 */
static struct str owner_name(const struct ask *a)
{
    bool root = a->http->local && a->http->peer_uid == 0;
    struct str os = str_of(a->serve->os_users[root ? 1 : 0]);
    const struct config *c = engine_config(a->serve->c.engine);
    struct str user = access_user(c, STR("local"), os);

    return user.n ? user : os;
}

bool auth_check(struct ask *a)
{
    static const struct http_header how[] = {{"WWW-Authenticate", "Bearer"}, {NULL, NULL}};
    const struct http_request *r = a->http;

    if (a->route && a->route->may == MAY_ANYONE) return true;
    a->owner = (r->local && (r->peer_uid == geteuid() || r->peer_uid == 0)) ||
               token_fits(a->serve, http_header(r, "authorization"));
    if (a->owner) {
        a->user = owner_name(a);
        return true;
    }
    problem_send(a->http, 401, "unauthenticated",
                 "this needs the header `Authorization: Bearer TOKEN`; the token is in the file "
                 "`token` of the server's data folder",
                 how);
    return false;
}
