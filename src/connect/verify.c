#include "connect/verify.h"

/* Whatever is wrong with the header, the MAC is made and compared all the same. */
static bool check_hmac(const struct verifier *v, const struct hook_request *q, struct str given)
{
    uint8_t sent[DIGEST_MAX] = {0}, made[DIGEST_MAX];
    size_t want = digest_len(v->digest), n = 0;
    bool sound = str_starts(given, v->prefix);

    if (sound) {
        struct str text = str_skip(given, v->prefix.n);

        sound = v->base64 ? base64_decode(text, sent, sizeof sent, &n)
                          : hex_decode(text, sent, sizeof sent, &n);
    }
    hmac_make(v->hmac, q->body, made);
    return secret_eq(str_n((char *)sent, want), str_n((char *)made, want)) && sound && n == want;
}

static bool check_token(const struct verifier *v, struct str given)
{
    uint8_t digest[SHA256_LEN];

    sha256(given, digest);
    return secret_eq(str_n((char *)digest, SHA256_LEN), str_n((const char *)v->token, SHA256_LEN));
}

bool verifier_check(const struct verifier *v, const struct hook_request *q)
{
    switch (v->how) {
    case VERIFY_HMAC:
        return check_hmac(v, q, q->header(q->ctx, v->header));
    case VERIFY_TOKEN:
        return check_token(v, q->header(q->ctx, v->header));
    case VERIFY_NONE:
        return true;
    }
    return false;
}

void verifier_done(struct verifier *v)
{
    hmac_free(v->hmac);
    v->hmac = NULL;
}
