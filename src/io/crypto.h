/* crypto.h - digests, MACs, random bytes, and comparing without telling.
 *
 * A face over OpenSSL 3's EVP. A struct hmac is keyed once and used for many
 * messages; one thread at a time.
 */
#ifndef IO_CRYPTO_H
#define IO_CRYPTO_H

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum { SHA256_LEN = 32, DIGEST_MAX = 64 };
enum digest { DIGEST_SHA1, DIGEST_SHA256, DIGEST_SHA512 };

void sha256(struct str s, uint8_t out[SHA256_LEN]);

/* A digest over several parts. */
struct sha256;
struct sha256 *sha256_new(void);
void sha256_add(struct sha256 *h, struct str s);
void sha256_end(struct sha256 *h, uint8_t out[SHA256_LEN]); /* frees h */

struct hmac;
struct hmac *hmac_new(enum digest d, struct str key); /* an empty key is allowed by RFC 2104 */
void hmac_free(struct hmac *h);
size_t hmac_make(struct hmac *h, struct str message, uint8_t out[DIGEST_MAX]); /* bytes of MAC */

bool digest_find(struct str name, enum digest *ret); /* "sha256" */
size_t digest_len(enum digest d);

/* Equal bytes? Takes the same time wherever they differ. Lengths are not secret. */
bool secret_eq(struct str a, struct str b);

void random_bytes(void *out, size_t n); /* ends the process if the system has none */

/* Decoders write at most max bytes; false for bad characters or length. */
bool hex_decode(struct str s, uint8_t *out, size_t max, size_t *ret_n); /* either case */
bool base64_decode(struct str s, uint8_t *out, size_t max,
                   size_t *ret_n); /* padding optional; also URL-safe */
void buf_add_base64(struct buf *b, struct str s);

#endif
