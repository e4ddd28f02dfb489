#include "base/id.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static void put_time(int64_t ms, char *out)
{
    for (int i = 9; i >= 0; i--, ms >>= 5) out[i] = alphabet[ms & 31];
}

/* 80 bits, most significant first, in 16 digits of 5 bits. */
static void put_random(const uint8_t r[ID_RANDOM], char *out)
{
    unsigned held = 0, bits = 0;

    for (int i = 0; i < ID_RANDOM; i++) {
        held = (held << 8) | r[i];
        for (bits += 8; bits >= 5; bits -= 5) *out++ = alphabet[(held >> (bits - 5)) & 31];
    }
}

struct id id_next(struct id_maker *m, int64_t wall_us, const uint8_t random[ID_RANDOM])
{
    int64_t ms = wall_us / 1000;
    struct id id;

    if (ms > m->last_ms) {
        m->last_ms = ms;
        memcpy(m->random, random, ID_RANDOM);
        m->random[0] &= 0x7f; /* room to count up */
    } else {
        for (int i = ID_RANDOM - 1; i >= 0 && ++m->random[i] == 0; i--) continue;
    }
    put_time(m->last_ms, id.s);
    put_random(m->random, id.s + 10);
    id.s[ID_LEN] = '\0';
    return id;
}

bool id_valid(struct str s)
{
    if (s.n != ID_LEN || s.p[0] > '7') return false;
    for (size_t i = 0; i < s.n; i++)
        if (!s.p[i] || !strchr(alphabet, s.p[i])) return false;
    return true;
}

bool id_parse(struct str s, struct id *ret)
{
    if (!id_valid(s)) return false;
    memcpy(ret->s, s.p, ID_LEN);
    ret->s[ID_LEN] = '\0';
    return true;
}

int64_t id_time(const struct id *id)
{
    int64_t ms = 0;

    for (int i = 0; i < 10; i++) ms = ms << 5 | (strchr(alphabet, id->s[i]) - alphabet);
    return ms * 1000;
}
