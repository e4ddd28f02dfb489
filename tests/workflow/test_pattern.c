#include "test.h"

#include "workflow/pattern.h"

#define DEPLOY "deploy {service} [version {version}] [to {env}]"

static const struct pattern_input deploy_inputs[] = {{.name = {"service", 7}},
                                                     {.name = {"version", 7}},
                                                     {.name = {"env", 3}},
                                                     {.name = {"text", 4}},
                                                     {.name = {"dry_run", 7}, .flag = true}};
static const struct pattern_inputs inputs = {deploy_inputs, COUNT_OF(deploy_inputs)};

static struct pattern *pattern(struct arena *a, const char *text)
{
    struct pattern *p = NULL;
    struct err e = {.text = ""};

    if (pattern_parse(a, str_of(text), &p, &e) != OK) {
        print_error("%s: %d: %s\n", text, e.col, e.text);
        _fail(__FILE__, __LINE__);
    }
    return p;
}

static struct tokens tokens(struct arena *a, const char *line)
{
    struct tokens t;
    struct err e;

    PASS(tokens_read(a, str_of(line), &t, &e));
    return t;
}

/* The arguments as "name=value|…", or the reason. */
static const char *matched(struct arena *a, const char *text, const char *line)
{
    struct pattern *p = pattern(a, text);
    struct tokens t = tokens(a, line);
    struct map m = {.arena = a};
    AUTO(buf) struct buf b = BUF(1024);
    const char *all = "";

    pattern_why(p, &t, inputs, &b);
    if (!pattern_match(p, &t, inputs, &m)) {
        TRUE(b.n > 0);
        return arena_dup(a, b.p, b.n);
    }
    EQ(b.n, 0);
    for (size_t i = 0; i < m.n; i++)
        all = arena_fmt(a, "%s%s" STR_FMT "=" STR_FMT, all, i ? "|" : "",
                        STR_ARG(value_str(m.pairs[i].key)), STR_ARG(value_str(m.pairs[i].value)));
    return all;
}

struct sample {
    const char *pattern, *line, *result;
};

static void check(const struct sample *of, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        AUTO(arena) struct arena *a = arena_new();
        const char *got = matched(a, of[i].pattern, of[i].line);

        if (strcmp(got, of[i].result) != 0) print_error("%s: %s\n", of[i].pattern, of[i].line);
        STREQ(got, of[i].result);
    }
}
#define CHECK(...)                                                                                 \
    do {                                                                                           \
        static const struct sample of_[] = {__VA_ARGS__};                                          \
        check(of_, COUNT_OF(of_));                                                                 \
    } while (0)

TEST(words_arguments_and_optional_parts_fit_in_their_places)
{
    CHECK({DEPLOY, "deploy web", "service=web"},
          {DEPLOY, "deploy web version 1.2 to prod", "service=web|version=1.2|env=prod"},
          {DEPLOY, "DEPLOY web TO Prod", "service=web|env=Prod"},
          {DEPLOY, "deploy version version to", "service=version|version=to"},
          {DEPLOY, "deploy version version to to prod", "service=version|version=to|env=prod"},
          {"ping", "Ping", ""}, {"(start|stop) {service}", "stop web", "service=web"},
          {"run [all|{service}] [now]", "run all now", ""},
          {"run [all|{service}] [now]", "run now", "service=now"},
          {"run [{service}] [now]", "run now now", "service=now"},
          {"a [b [c [{text}]]] d", "a b c x d", "text=x"}, {"a [b [c [{text}]]] d", "a b d", ""},
          {"größe {text}", "größe '\xc3\x9f'", "text=\xc3\x9f"}, {"list --all", "list --all", ""});
}

TEST(what_does_not_fit_is_told_what_is_missing_or_wrong)
{
    CHECK({DEPLOY, "deploy", "`deploy` needs {service}"},
          {DEPLOY, "deploy web prod",
           "`prod` does not fit after `deploy web`: expected `version`, `to` or nothing more"},
          {DEPLOY, "deploy web to", "`deploy web to` needs {env}"},
          {DEPLOY, "deploy web to prod now",
           "`now` does not fit after `deploy web to prod`: expected nothing more"},
          {DEPLOY, "restart web", "`restart` does not fit: expected `deploy`"},
          {DEPLOY, "", "the line is empty"},
          {"(start|stop) {service}", "status", "`status` does not fit: expected `start` or `stop`"},
          {DEPLOY, "deploy web --versoin 3",
           "there is no option `--versoin`; did you mean `--version`?"},
          {DEPLOY, "deploy web --env", "`--env` needs a value: write `--env=VALUE`"},
          {DEPLOY, "deploy web \x1b[2J",
           "`\\x1b[2J` does not fit after `deploy web`: expected "
           "`version`, `to` or nothing more"});
}

TEST(inputs_may_be_given_by_name_in_any_place_after_the_first_word)
{
    CHECK({DEPLOY, "deploy web --env prod", "service=web|env=prod"},
          {DEPLOY, "deploy --env=prod web version 3", "service=web|version=3|env=prod"},
          {DEPLOY, "deploy env=prod service=web", "env=prod|service=web"},
          {DEPLOY, "deploy --service web", "service=web"},
          {DEPLOY, "deploy --service 'a b' env=\"c d\"", "service=a b|env=c d"},
          {DEPLOY, "deploy --Service web Env=prod", "service=web|env=prod"},
          {DEPLOY, "deploy web env=", "service=web|env="},
          {DEPLOY, "deploy web env=a=b", "service=web|env=a=b"},
          {DEPLOY, "deploy web --env=--force", "service=web|env=--force"},
          {DEPLOY, "deploy app=web", "service=app=web"}, /* no input of that name: a value */
          {DEPLOY, "deploy 'env=prod'", "service=env=prod"},
          {DEPLOY, "deploy \"--env\"", "there is no option `--env`; did you mean `--env`?"},
          {DEPLOY, "env=prod deploy web", "`env=prod` does not fit: expected `deploy`"},
          {DEPLOY, "deploy web to prod env=prod",
           "`prod` does not fit after `deploy web to`: expected nothing more; {env} is given by "
           "name"});
}

TEST(flags_stand_alone)
{
    CHECK({DEPLOY, "deploy --dry-run web", "service=web|dry_run=true"},
          {DEPLOY, "deploy web --dry_run", "service=web|dry_run=true"},
          {DEPLOY, "deploy --dry-run false web", "service=web|dry_run=false"},
          {DEPLOY, "deploy --dry-run=no web", "service=web|dry_run=no"});
}

TEST(a_name_given_twice_is_refused)
{
    CHECK({DEPLOY, "deploy web env=a --env b", "`env` is given twice"},
          {"say {service} {text...}", "say web service=b hello", "`service` is given twice"});
}

TEST(a_value_that_begins_with_a_dash_needs_an_explicit_place)
{
    CHECK({DEPLOY, "deploy -rf",
           "`-rf` begins with `-`: to give it as {service}, write `--` before it, or "
           "`--service=-…`"},
          {DEPLOY, "deploy '-rf'",
           "`-rf` begins with `-`: to give it as {service}, write `--` before it, or "
           "`--service=-…`"},
          {DEPLOY, "deploy \\-rf", "service=\\-rf"}, {DEPLOY, "deploy -- -rf", "service=-rf"},
          {DEPLOY, "deploy -- --env version -1", "service=--env|version=-1"},
          {DEPLOY, "deploy -- --", "service=--"},
          {DEPLOY, "deploy env=a -- env=b", "service=env=b|env=a"},
          {DEPLOY, "deploy --service=-rf", "service=-rf"},
          {DEPLOY, "deploy service=-rf",
           "the value of `service` begins with `-`: write it as `--service=-…`"},
          {DEPLOY, "deploy --service -rf",
           "the value of `service` begins with `-`: write it as `--service=-…`"},
          {DEPLOY, "deploy --output=x",
           "there is no option `--output`; if it is the value of {service}, write `--` before it"},
          {"say {text...}", "say -n x",
           "`-n` begins with `-`: to give it as {text}, write `--` before it, or `--text=-…`"},
          {"say {text...}", "say -- -n x", "text=-n x"},
          {"go {other}", "go -x",
           "`-x` begins with `-`: to give it as {other}, write `--` before it"},
          {"go", "go -x", "`-x` begins with `-` and there is no such option"});
}

TEST(the_rest_of_a_line_is_taken_as_it_was_written)
{
    CHECK({"say {text...}", "say hello  \"big world\" don't \\x ",
           "text=hello  \"big world\" don't \\x"},
          {"say {text...}", "say 'hello world'", "text=hello world"},
          {"say {text...}", "say", "`say` needs {text}"},
          {"say [to {env}] {text...}", "say to prod a b", "env=prod|text=a b"},
          {"say {text...}", "say env=prod a env=x b", "text=a env=x b|env=prod"},
          {"say {text...}", "say a --env b", "text=a --env b"},
          {"say {text...}", "say --text a", "text=a"},
          {"say {service} {text...}", "say --service web hi --service",
           "text=hi --service|service=web"},
          {"say [{text...}]", "say", ""});
}

TEST(hostile_values_arrive_byte_for_byte)
{
    static const char *const values[] = {
        "$(id)",    "`id`",       ";reboot",   "a|b",          "a&&b",     "*",
        "?",        "[x]",        "{a}",       "@/etc/passwd", "~root",    "$HOME",
        "${x}",     "%s%n",       "../../etc", "a;b",          "<script>", "\xe2\x80\xaezyx",
        "\xd0\xb0", "a\xc2\xa0z", "&amp;",     "#x",           "!x",       "=",
        "==x",      "x=-y",       "\x7f",      "\x1b[31m"};

    for (size_t i = 0; i < COUNT_OF(values); i++) {
        AUTO(arena) struct arena *a = arena_new();
        const char *value = values[i];

        STREQ(matched(a, "go {x}", arena_fmt(a, "go %s", value)), arena_fmt(a, "x=%s", value));
        STREQ(matched(a, "go {x}", arena_fmt(a, "go '%s'", value)), arena_fmt(a, "x=%s", value));
        STREQ(matched(a, "go", arena_fmt(a, "go env=%s", value)), arena_fmt(a, "env=%s", value));
        STREQ(matched(a, "go", arena_fmt(a, "go --env '%s'", value)),
              arena_fmt(a, "env=%s", value));
        STREQ(matched(a, "go {x...}", arena_fmt(a, "go %s %s", value, value)),
              arena_fmt(a, "x=%s %s", value, value));
    }
}

TEST(a_pattern_is_shown_with_its_spaces_in_order)
{
    AUTO(arena) struct arena *a = arena_new();
    struct pattern *p =
        pattern(a, "  deploy   { service } [ version {version} ]\t( a | b {x...} )  ");
    const struct str *args;

    VIEWEQ(pattern_text(p), "deploy {service} [version {version}] (a|b {x...})");
    EQ(pattern_args(p, &args), 3);
    VIEWEQ(args[0], "service");
    VIEWEQ(args[2], "x");
}

TEST(mistakes_in_a_pattern_are_told_with_their_column)
{
    static const struct {
        const char *text;
        int col;
        const char *sentence;
    } of[] = {
        {"", 1,
         "the pattern would fit an empty line: it needs a word or an argument outside of [ ]"},
        {"[deploy]", 1,
         "the pattern would fit an empty line: it needs a word or an argument outside of [ ]"},
        {"deploy {service", 8, "`{` is not closed: write {name}"},
        {"deploy {}", 9,
         "`` is no name for an argument: it has letters, digits and `_`, and no digit first"},
        {"deploy {a-b}", 9,
         "`a-b` is no name for an argument: it has letters, digits and `_`, and no digit first"},
        {"deploy {1a}", 9,
         "`1a` is no name for an argument: it has letters, digits and `_`, and no digit first"},
        {"deploy{service}", 7, "put a space before `{`"},
        {"pod[s]", 4, "put a space before `[`"},
        {"deploy {a}{b}", 11, "put a space before `{`"},
        {"deploy [to {env}", 17, "a `]` is missing"},
        {"deploy (a|b]", 12, "a `)` is missing"},
        {"deploy to]", 10, "`]` closes nothing"},
        {"deploy }", 8, "`}` closes nothing"},
        {"start|stop", 6, "put the choices in brackets: (a|b)"},
        {"deploy []", 9,
         "there is nothing between the brackets or bars: what may be left out is written [like "
         "this]"},
        {"deploy (a|)", 11,
         "there is nothing between the brackets or bars: what may be left out is written [like "
         "this]"},
        {"say {text...} now", 15, "nothing can follow {name...}, which takes the rest of the line"},
        {"say [{text...}] [now]", 17,
         "nothing can follow {name...}, which takes the rest of the line"},
        {"copy {a} to {a}", 13, "{a} stands twice: each argument has one place"},
        {"copy {a} [to {a}]", 10, "{a} stands twice: each argument has one place"},
        {"go -- {a}", 4, "`--` cannot be a word of a pattern: in a line it ends the options"},
        {"go \"a\"", 4, "a word of a pattern has no quotes or backslashes: leave them out"},
        {"go \xff", 1, "the pattern is not valid UTF-8 text"}};

    for (size_t i = 0; i < COUNT_OF(of); i++) {
        AUTO(arena) struct arena *a = arena_new();
        struct pattern *p;
        struct err e = {.text = ""};

        EQ(pattern_parse(a, str_of(of[i].text), &p, &e), E_INPUT);
        STREQ(e.text, of[i].sentence);
        if (e.col != of[i].col) print_error("%s\n", of[i].text);
        EQ(e.col, of[i].col);
    }
}

TEST(a_pattern_has_limits)
{
    char text[PATTERN_MAX + 2];
    AUTO(arena) struct arena *a = arena_new();
    struct pattern *p;
    struct err e;

    memset(text, 'x', sizeof text);
    PASS(pattern_parse(a, str_n(text, PATTERN_MAX), &p, &e));
    EQ(pattern_parse(a, str_n(text, PATTERN_MAX + 1), &p, &e), E_LIMIT);
    memset(text, '[', sizeof text);
    EQ(pattern_parse(a, str_n(text, 100), &p, &e), E_LIMIT);
    HAS(e.text, "at most 16 deep");
    for (size_t i = 0; i < PATTERN_MAX; i++) text[i] = "[a] "[i % 4];
    text[0] = ' ';
    text[2] = ' ';
    PASS(pattern_parse(a, str_n(text, PATTERN_MAX), &p, &e));
    for (size_t i = 0; i < PATTERN_MAX; i++) text[i] = "(a|a|a) "[i % 8];
    PASS(pattern_parse(a, str_n(text, PATTERN_MAX - 8), &p, &e));
    EQ(pattern_parse(a, str_n(text, PATTERN_MAX), &p, &e), E_LIMIT);
    HAS(e.text, "too many parts");
}

TEST(the_first_words_are_known_for_an_index)
{
    AUTO(arena) struct arena *a = arena_new();
    const uint64_t *keys;

    EQ(pattern_first(pattern(a, DEPLOY), &keys), 1);
    TRUE(keys[0] == word_key(STR("Deploy")));
    EQ(pattern_first(pattern(a, "[please] (start|stop) {service}"), &keys), 3);
    EQ(pattern_first(pattern(a, "{text...}"), &keys), 0);
    EQ(pattern_first(pattern(a, "[{service}] up"), &keys), 0);
    EQ(pattern_first(pattern(a, "[[a]] [[b]] [[c]] [[d]] [[e]] [[f]] [[g]] [[h]] [[i]] [[j]] [[k]] "
                                "[[l]] [[m]] [[n]] [[o]] [[p]] [[q]] [[r]] [[s]] [[t]] [[u]] [[v]] "
                                "[[w]] [[x]] [[y]] [[z]] [[a]] [[b]] [[c]] [[d]] [[e]] [[f]] go"),
                     &keys),
       33);
}

TEST(the_nearest_pattern_can_be_offered)
{
    AUTO(arena) struct arena *a = arena_new();
    struct tokens line = tokens(a, "deplyo web to prod"), show = tokens(a, "show rn 5");
    struct tokens other = tokens(a, "thanks everybody");
    struct pattern *deploy = pattern(a, DEPLOY), *delete = pattern(a, "delete {service}");
    struct pattern *run = pattern(a, "show run {text}"), *logs = pattern(a, "show logs {text}");

    TRUE(pattern_nearness(deploy, &line) > pattern_nearness(delete, &line));
    TRUE(pattern_nearness(deploy, &line) > 500);
    TRUE(pattern_nearness(run, &show) > pattern_nearness(logs, &show));
    EQ(pattern_nearness(deploy, &other), 0);
    EQ(pattern_nearness(run, &other), 0);
    line = tokens(a, "deploy");
    EQ(pattern_nearness(deploy, &line), 1000);
}

/* Brackets within brackets have 2^n readings; each pair of node and word is tried once. */
TEST(no_line_makes_matching_slow)
{
    AUTO(arena) struct arena *a = arena_new();
    AUTO(buf) struct buf text = BUF(PATTERN_MAX), line = BUF(LINE_MAX_BYTES);
    struct map m = {.arena = a};
    struct pattern *p;
    struct tokens t;

    buf_add(&text, STR("a"));
    for (int i = 0; i < 60; i++) buf_add(&text, i % 2 ? STR(" [a]") : STR(" [a a]"));
    buf_add(&text, STR(" b"));
    buf_add(&line, STR("a"));
    for (int i = 0; i < 80; i++) buf_add(&line, STR(" a"));
    p = pattern(a, text.p);
    t = tokens(a, line.p);
    for (int i = 0; i < 100; i++) FALSE(pattern_match(p, &t, inputs, &m));
    buf_add(&line, STR(" b"));
    t = tokens(a, line.p);
    TRUE(pattern_match(p, &t, inputs, &m));
}

/* The slow matcher: a random pattern is made together with every way it can be read; a line fits
   when it fits one of those, word for word. */
enum { WAYS = 4000, LENGTH = 24 };

struct ways {
    size_t n;
    struct way {
        uint8_t n, word[LENGTH]; /* letters, or 0 for an argument */
    } list[WAYS];
};

static uint64_t seed = 7;

static unsigned pick(unsigned n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(seed >> 33) % n;
}

static bool ways_then(struct ways *all, const struct ways *more)
{
    static struct ways sum;

    sum.n = 0;
    for (size_t i = 0; i < all->n; i++) {
        for (size_t k = 0; k < more->n; k++) {
            struct way w = all->list[i];

            if (sum.n == WAYS || w.n + more->list[k].n > LENGTH) return false;
            memcpy(w.word + w.n, more->list[k].word, more->list[k].n);
            w.n = (uint8_t)(w.n + more->list[k].n);
            sum.list[sum.n++] = w;
        }
    }
    *all = sum;
    return true;
}

static bool ways_or(struct ways *all, const struct ways *more)
{
    if (all->n + more->n > WAYS) return false;
    memcpy(all->list + all->n, more->list, more->n * sizeof *more->list);
    all->n += more->n;
    return true;
}

static bool grow(struct buf *text, struct ways *ret, int depth, int *args);

static bool grow_group(struct buf *text, struct ways *ret, int depth, int *args)
{
    struct ways *choice = mem_new(sizeof *choice);
    bool optional = pick(2), fine = true;

    ret->n = 0;
    buf_addc(text, optional ? '[' : '(');
    for (unsigned i = 0, n = 1 + pick(3); i < n && fine; i++) {
        if (i) buf_addc(text, '|');
        fine = grow(text, choice, depth + 1, args) && ways_or(ret, choice);
    }
    buf_addc(text, optional ? ']' : ')');
    choice->n = 1;
    choice->list[0].n = 0;
    fine = fine && (!optional || ways_or(ret, choice));
    free(choice);
    return fine;
}

static bool grow(struct buf *text, struct ways *ret, int depth, int *args)
{
    struct ways *item = mem_new(sizeof *item);
    bool fine = true;

    ret->n = 1;
    ret->list[0].n = 0;
    for (unsigned i = 0, n = 1 + pick(3); i < n && fine; i++) {
        unsigned kind = pick(depth < 3 ? 6 : 3);

        if (i) buf_addc(text, ' ');
        item->n = 1;
        item->list[0].n = 1;
        if (kind >= 3) {
            fine = grow_group(text, item, depth, args);
        } else if (kind == 2 && *args < 30) {
            item->list[0].word[0] = 0;
            buf_addf(text, "{x%d}", (*args)++);
        } else {
            item->list[0].word[0] = (uint8_t)('a' + pick(2));
            buf_addf(text, "%c", item->list[0].word[0]);
        }
        fine = fine && ways_then(ret, item);
    }
    free(item);
    return fine;
}

static bool fits(const struct ways *ways, const struct tokens *t)
{
    for (size_t i = 0; i < ways->n; i++) {
        size_t k = 0;

        if (ways->list[i].n != t->n) continue;
        while (k < t->n &&
               (!ways->list[i].word[k] || ways->list[i].word[k] == (uint8_t)t->list[k].text.p[0]))
            k++;
        if (k == t->n) return true;
    }
    return false;
}

TEST(random_patterns_fit_what_a_slow_matcher_says)
{
    struct ways *ways = mem_new(sizeof *ways);
    int tried = 0, yes = 0;

    for (int round = 0; round < 3000; round++) {
        AUTO(arena) struct arena *a = arena_new();
        AUTO(buf) struct buf text = BUF(PATTERN_MAX);
        struct pattern *p;
        int args = 0;

        buf_add(&text, STR("a "));
        if (!grow(&text, ways, 0, &args) || text.full) continue;
        p = pattern(a, text.p);
        STREQ(pattern_text(p).p, text.p);
        for (int n = 0; n < 30; n++) {
            char line[2 * LENGTH + 2] = "a";
            struct map m = {.arena = a};
            struct tokens t, tail;
            bool want;

            for (unsigned k = pick(8), at = 1; k > 0; k--) {
                line[at++] = ' ';
                line[at++] = (char)('a' + pick(3));
            }
            t = tokens(a, line);
            tail = t;
            tail.list++;
            tail.n--;
            want = fits(ways, &tail);
            if (pattern_match(p, &t, inputs, &m) != want) {
                print_error("%s: %s\n", text.p, line);
                _fail(__FILE__, __LINE__);
            }
            tried++;
            yes += want;
        }
    }
    free(ways);
    TRUE(tried > 50000);
    TRUE(yes > 5000);
}

RUN(T(words_arguments_and_optional_parts_fit_in_their_places),
    T(what_does_not_fit_is_told_what_is_missing_or_wrong),
    T(inputs_may_be_given_by_name_in_any_place_after_the_first_word), T(flags_stand_alone),
    T(a_name_given_twice_is_refused), T(a_value_that_begins_with_a_dash_needs_an_explicit_place),
    T(the_rest_of_a_line_is_taken_as_it_was_written), T(hostile_values_arrive_byte_for_byte),
    T(a_pattern_is_shown_with_its_spaces_in_order),
    T(mistakes_in_a_pattern_are_told_with_their_column), T(a_pattern_has_limits),
    T(the_first_words_are_known_for_an_index), T(the_nearest_pattern_can_be_offered),
    T(no_line_makes_matching_slow), T(random_patterns_fit_what_a_slow_matcher_says))
