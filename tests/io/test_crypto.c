#include "test.h"

#include <pthread.h>

#include "io/crypto.h"

static const char *hex_of(const void *p, size_t n)
{
    static char text[2 * DIGEST_MAX + 1];
    struct buf b AUTO(buf) = BUF(2 * DIGEST_MAX);

    buf_add_hex(&b, p, n);
    memcpy(text, b.p, b.n + 1);
    return text;
}

/* FIPS 180-4 examples. */
TEST(sha256_gives_the_standard_s_values)
{
    uint8_t out[SHA256_LEN];

    sha256(STR("abc"), out);
    STREQ(hex_of(out, sizeof out),
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    sha256(STR(""), out);
    STREQ(hex_of(out, sizeof out),
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(STR("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"), out);
    STREQ(hex_of(out, sizeof out),
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(a_digest_over_parts_is_that_of_the_whole)
{
    uint8_t whole[SHA256_LEN], parts[SHA256_LEN];
    struct sha256 *h = sha256_new();

    sha256(STR("one two three"), whole);
    sha256_add(h, STR("one "));
    sha256_add(h, STR(""));
    sha256_add(h, STR("two three"));
    sha256_end(h, parts);
    assert_memory_equal(whole, parts, SHA256_LEN);
}

static void *digest_thread(void *arg)
{
    for (int i = 0; i < 100; i++) sha256(STR("abc"), arg);
    return NULL;
}

TEST(threads_do_not_share_a_digest)
{
    uint8_t out[2][SHA256_LEN];
    pthread_t t[2];

    for (int i = 0; i < 2; i++) EQ(pthread_create(&t[i], NULL, digest_thread, out[i]), 0);
    for (int i = 0; i < 2; i++) pthread_join(t[i], NULL);
    STREQ(hex_of(out[0], SHA256_LEN),
          "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_memory_equal(out[0], out[1], SHA256_LEN);
}

static const char *mac_of(enum digest d, struct str key, struct str message)
{
    struct hmac *h = hmac_new(d, key);
    uint8_t out[DIGEST_MAX];
    size_t n = hmac_make(h, message, out);

    EQ(n, digest_len(d));
    hmac_free(h);
    return hex_of(out, n);
}

/* RFC 4231 sections 4.2, 4.3, 4.4 and 4.7; RFC 2202 section 3 for SHA-1. */
TEST(hmac_gives_the_rfc_s_values)
{
    char key20[20], key131[131], data50[50];

    memset(key20, 0x0b, sizeof key20);
    STREQ(mac_of(DIGEST_SHA256, str_n(key20, 20), STR("Hi There")),
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    STREQ(mac_of(DIGEST_SHA512, str_n(key20, 20), STR("Hi There")),
          "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
          "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854");
    STREQ(mac_of(DIGEST_SHA1, str_n(key20, 20), STR("Hi There")),
          "b617318655057264e28bc0b6fb378c8ef146be00");
    STREQ(mac_of(DIGEST_SHA256, STR("Jefe"), STR("what do ya want for nothing?")),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key20, 0xaa, sizeof key20);
    memset(data50, 0xdd, sizeof data50);
    STREQ(mac_of(DIGEST_SHA256, str_n(key20, 20), str_n(data50, 50)),
          "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    memset(key131, 0xaa, sizeof key131);
    STREQ(mac_of(DIGEST_SHA256, str_n(key131, 131),
                 STR("Test Using Larger Than Block-Size Key - Hash Key First")),
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(hmac_gives_the_value_of_github_s_example)
{
    STREQ(mac_of(DIGEST_SHA256, STR("It's a Secret to Everybody"), STR("Hello, World!")),
          "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
}

TEST(hmac_takes_an_empty_key)
{
    STREQ(mac_of(DIGEST_SHA256, str_n(NULL, 0), STR("")),
          "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(a_keyed_hmac_serves_many_messages)
{
    struct hmac *h = hmac_new(DIGEST_SHA256, STR("Jefe"));
    uint8_t first[DIGEST_MAX], other[DIGEST_MAX], again[DIGEST_MAX];

    hmac_make(h, STR("what do ya want for nothing?"), first);
    hmac_make(h, STR("something else"), other);
    hmac_make(h, STR("what do ya want for nothing?"), again);
    assert_memory_equal(first, again, SHA256_LEN);
    assert_memory_not_equal(first, other, SHA256_LEN);
    hmac_free(h);
    hmac_free(NULL);
}

TEST(digests_are_found_by_name)
{
    enum digest d;

    TRUE(digest_find(STR("sha512"), &d));
    EQ(d, DIGEST_SHA512);
    FALSE(digest_find(STR("md5"), &d));
    FALSE(digest_find(STR("sha2"), &d));
}

TEST(secrets_are_equal_only_byte_for_byte)
{
    TRUE(secret_eq(STR("abcd"), STR("abcd")));
    FALSE(secret_eq(STR("abcd"), STR("abce")));
    FALSE(secret_eq(STR("abcd"), STR("abc")));
    TRUE(secret_eq(str_n(NULL, 0), STR("")));
}

TEST(random_bytes_differ)
{
    uint8_t a[300] = {0}, b[300] = {0}, zero[300] = {0};

    random_bytes(a, sizeof a);
    random_bytes(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_memory_not_equal(a + 268, zero, 32);
}

TEST(hex_is_read_in_either_case_and_refused_when_broken)
{
    uint8_t out[4];
    size_t n;

    TRUE(hex_decode(STR("00fFaB"), out, sizeof out, &n));
    EQ(n, 3);
    assert_memory_equal(out, "\x00\xff\xab", 3);
    FALSE(hex_decode(STR("0"), out, sizeof out, &n));
    FALSE(hex_decode(STR("0g"), out, sizeof out, &n));
    FALSE(hex_decode(STR("0011223344"), out, sizeof out, &n));
}

/* RFC 4648 section 10. */
TEST(base64_goes_both_ways)
{
    static const char *const pairs[][2] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xfb\xff", "+/8="},
    };
    uint8_t out[16];
    size_t n;

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        struct buf b AUTO(buf) = BUF(64);
        struct str plain = str_of(pairs[i][0]), text = str_of(pairs[i][1]);

        buf_add_base64(&b, plain);
        TRUE(str_eq(buf_str(&b), text));
        TRUE(base64_decode(text, out, sizeof out, &n));
        TRUE(str_eq(str_n((char *)out, n), plain));
        while (text.n && text.p[text.n - 1] == '=') text.n--;
        TRUE(base64_decode(text, out, sizeof out, &n));
        TRUE(str_eq(str_n((char *)out, n), plain));
    }
    TRUE(base64_decode(STR("-_8"), out, sizeof out, &n));
    assert_memory_equal(out, "\xfb\xff", 2);
}

TEST(broken_base64_is_refused)
{
    static const char *const bad[] = {"Z", "Zg=", "Zg===", "Zm9v=", "Zm 9", "=", "Zh==", "Zm9vZ"};
    uint8_t out[16];
    size_t n;

    for (size_t i = 0; i < COUNT_OF(bad); i++)
        FALSE(base64_decode(str_of(bad[i]), out, sizeof out, &n));
    TRUE(base64_decode(STR("Zm9vYg"), out, 4, &n));
    FALSE(base64_decode(STR("Zm9vYmE"), out, 4, &n));
}

RUN(T(sha256_gives_the_standard_s_values), T(a_digest_over_parts_is_that_of_the_whole),
    T(threads_do_not_share_a_digest), T(hmac_gives_the_rfc_s_values),
    T(hmac_gives_the_value_of_github_s_example), T(hmac_takes_an_empty_key),
    T(a_keyed_hmac_serves_many_messages), T(digests_are_found_by_name),
    T(secrets_are_equal_only_byte_for_byte), T(random_bytes_differ),
    T(hex_is_read_in_either_case_and_refused_when_broken), T(base64_goes_both_ways),
    T(broken_base64_is_refused))
