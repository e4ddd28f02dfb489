#include "test.h"

#include "base/buf.h"
#include "base/mem.h"

TEST(cut_walks_all_parts_and_stops)
{
    struct str rest = STR("a//b"), part;
    int n = 0;

    while (str_cut(&rest, '/', &part)) n++;
    EQ(n, 3);
    assert_true(str_eq(part, STR("b")));
}

TEST(a_full_buffer_says_so_once_and_stays_whole)
{
    AUTO(buf) struct buf b = BUF(8);
    struct err e;

    buf_addf(&b, "%s", "12345678");
    PASS(buf_end(&b, &e));
    buf_add(&b, STR("9"));
    buf_add(&b, STR(""));
    EQ(buf_end(&b, &e), E_LIMIT);
    STREQ(b.p, "12345678");
    STREQ(e.text, "the text is longer than 8 bytes");
}

TEST(url_escapes_every_byte_that_is_not_unreserved)
{
    AUTO(buf) struct buf b = BUF(64), all = BUF(1024), small = BUF(10);
    char bytes[256];

    buf_add_url(&b, STR("a b/%\xc3\xa9~"));
    STREQ(b.p, "a%20b%2F%25%C3%A9~");
    for (int i = 0; i < 256; i++) bytes[i] = (char)i;
    buf_add_url(&all, str_n(bytes, 256));
    EQ(all.n, 66 + 3 * (256 - 66)); /* RFC 3986, 2.3: letters, digits and four marks */
    HAS(all.p, "%2C-.%2F0123456789%3A");
    HAS(all.p, "%40ABCDEFGHIJKLMNOPQRSTUVWXYZ%5B%5C%5D%5E_%60abcdefghijklmnopqrstuvwxyz%7B");
    HAS(all.p, "%7D~%7F%80");
    buf_add_url(&small, STR("a b c d e f"));
    TRUE(small.full);
    TRUE(small.n <= 10);
}

TEST(wrap_reads_outside_in)
{
    struct err e;

    EQ(fail(&e, E_INPUT, "unknown key '%s'", "nmae"), E_INPUT);
    EQ(wrap(&e, "rules.yaml:%d", 12), E_INPUT);
    STREQ(e.text, "rules.yaml:12: unknown key 'nmae'");
}

RUN(T(cut_walks_all_parts_and_stops), T(a_full_buffer_says_so_once_and_stays_whole),
    T(url_escapes_every_byte_that_is_not_unreserved), T(wrap_reads_outside_in))
