#include "test.h"

#include "cli/edit.h"

static enum edit_key type(struct edit *e, const char *keys)
{
    enum edit_key key = EDIT_NONE;

    for (; *keys; keys++) key = edit_byte(e, (unsigned char)*keys);
    return key;
}

static void leaves(const char *keys, const char *text)
{
    struct edit e AUTO(edit);

    edit_init(&e);
    type(&e, keys);
    VIEWEQ(buf_str(&e.text), text);
}

TEST(letters_make_a_line)
{
    struct edit e AUTO(edit);

    edit_init(&e);
    EQ(type(&e, "hello"), EDIT_NONE);
    EQ(type(&e, "\r"), EDIT_LINE);
    VIEWEQ(buf_str(&e.text), "hello");
}

TEST(backspace_takes_a_whole_character)
{
    leaves("Zo\xc3\xab\x7f", "Zo");
    leaves("a\xf0\x9f\x98\x80\x08", "a");
    leaves("\x7f\x7f"
           "a",
           "a");
}

TEST(words_and_lines_are_rubbed_out)
{
    leaves("deploy web  \x17", "deploy ");
    leaves("deploy web\x15now", "now");
}

TEST(other_keys_are_passed_over)
{
    leaves("a\033[Ab\033[1;5Cc\033OPd\033xe", "abcde");
    leaves("a\tb", "a b");
}

TEST(leaving_is_told)
{
    struct edit e AUTO(edit);

    edit_init(&e);
    EQ(type(&e, "\x04"), EDIT_EOF);
    EQ(type(&e, "a\x04"), EDIT_NONE);
    EQ(type(&e, "\x03"), EDIT_BREAK);
}

TEST(a_line_does_not_grow_without_end)
{
    struct edit e AUTO(edit);

    edit_init(&e);
    for (int i = 0; i < 2 * EDIT_MAX; i++) edit_byte(&e, 'x');
    EQ(e.text.n, EDIT_MAX);
    FALSE(e.text.full);
    type(&e, "\x7f");
    EQ(e.text.n, EDIT_MAX - 1);
}

TEST(the_tail_has_whole_characters)
{
    struct edit e AUTO(edit);

    edit_init(&e);
    type(&e, "ab\xc3\xab\xe2\x82\xac");
    VIEWEQ(edit_tail(&e, 10), "ab\xc3\xab\xe2\x82\xac");
    VIEWEQ(edit_tail(&e, 2), "\xc3\xab\xe2\x82\xac");
    VIEWEQ(edit_tail(&e, 0), "");
}

RUN(T(letters_make_a_line), T(backspace_takes_a_whole_character), T(words_and_lines_are_rubbed_out),
    T(other_keys_are_passed_over), T(leaving_is_told), T(a_line_does_not_grow_without_end),
    T(the_tail_has_whole_characters))
