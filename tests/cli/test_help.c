#include "cli/capture.h"

#define EACH(c) for (const struct command *const *c = cli_commands; *c; c++)

TEST(every_command_has_help_and_an_example_of_itself)
{
    EACH(c)
    {
        AUTO(buf) struct buf out = BUF(1 << 16), call = BUF(100);

        assert_non_null((*c)->help);
        assert_non_null((*c)->usage);
        TRUE(strlen((*c)->help) > 10);
        buf_addf(&call, "botops %s", (*c)->name);
        HAS((*c)->example, call.p);
        help_command(*c, &out);
        HAS(out.p, (*c)->help);
        HAS(out.p, "Example:");
        HAS(out.p, "--help");
    }
}

TEST(help_for_all_lists_every_command)
{
    AUTO(buf) struct buf out = BUF(1 << 16);

    help_all(&out);
    EACH(c)
    {
        HAS(out.p, (*c)->name);
        HAS(out.p, (*c)->help);
    }
}

TEST(no_two_commands_share_a_name)
{
    EACH(c)
    EACH(d) if (c != d) assert_string_not_equal((*c)->name, (*d)->name);
}

TEST(the_bounds_of_words_are_in_order)
{
    EACH(c) TRUE((*c)->least <= (*c)->most);
}

static void no_twin(const struct command *c, const struct option *o, const struct option *p)
{
    bool same = strcmp(o->name, p->name) == 0 || (o->letter && o->letter == p->letter);

    if (o == p || !same) return;
    print_error("botops %s: %s and %s\n", c->name, o->name, p->name);
    _fail(__FILE__, __LINE__);
}

TEST(no_option_hides_another)
{
    EACH(c)
    for (const struct option *o = (*c)->options; o && o->name; o++) {
        assert_int_equal(strncmp(o->name, "--", 2), 0);
        assert_non_null(o->help);
        for (const struct option *p = (*c)->options; p->name; p++) no_twin(*c, o, p);
        for (const struct option *p = cli_options; p->name; p++) no_twin(*c, o, p);
    }
}

TEST(completion_knows_every_command_and_option)
{
    static const char *const shells[] = {"bash", "zsh", "fish"};

    for (size_t i = 0; i < COUNT_OF(shells); i++) {
        struct captured *r = mem_new(sizeof *r);

        CAPTURE(r, "completion", shells[i]);
        EQ(r->status, 0);
        EACH(c)
        {
            HAS(r->out, (*c)->name);
            for (const struct option *o = (*c)->options; o && o->name; o++)
                HAS(r->out, o->name + 2);
        }
        free(r);
    }
}

TEST(completion_of_an_unknown_shell_is_refused)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "completion", "tcsh");
    EQ(r->status, 2);
    HAS(r->e.text, "bash, zsh or fish");
    free(r);
}

TEST(version_is_told_as_text_and_as_data)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "version");
    HAS(r->out, "botops " BOTOPS_VERSION);
    CAPTURE(r, "version", "-o", "json");
    HAS(r->out, "\"version\": \"" BOTOPS_VERSION "\"");
    CAPTURE(r, "version", "-o", "yaml");
    HAS(r->out, "version: " BOTOPS_VERSION "\n");
    free(r);
}

TEST(the_schema_is_printed_in_both_forms)
{
    struct captured *r = mem_new(sizeof *r);

    CAPTURE(r, "schema");
    HAS(r->out, "json-schema.org");
    CAPTURE(r, "schema", "--reference");
    HAS(r->out, "## ");
    free(r);
}

RUN(T(every_command_has_help_and_an_example_of_itself), T(help_for_all_lists_every_command),
    T(no_two_commands_share_a_name), T(the_bounds_of_words_are_in_order),
    T(no_option_hides_another), T(completion_knows_every_command_and_option),
    T(completion_of_an_unknown_shell_is_refused), T(version_is_told_as_text_and_as_data),
    T(the_schema_is_printed_in_both_forms))
