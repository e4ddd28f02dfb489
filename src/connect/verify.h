/* verify.h - is this delivery from who it says? Compared without telling where it differs. */
#ifndef CONNECT_VERIFY_H
#define CONNECT_VERIFY_H

#include "connect/hook.h"
#include "io/crypto.h"

enum verify { VERIFY_HMAC, VERIFY_TOKEN, VERIFY_NONE };

struct verifier {
    enum verify how;
    const char *header;
    struct hmac *hmac; /* HMAC; keyed */
    enum digest digest;
    struct str prefix;         /* HMAC: stands before the MAC in the header: "sha256=" */
    bool base64;               /* HMAC: else hexadecimal */
    uint8_t token[SHA256_LEN]; /* TOKEN: its digest, so that lengths do not show either */
};

bool verifier_check(const struct verifier *v, const struct hook_request *q);
void verifier_done(struct verifier *v);

#endif
