/* What people decide, as it reaches the server: by the API, and by lines in rooms. */
#include "fixture.h"

static const char town[] =
    "connections: {door: {webhook: {verify: {none: true}, id: body.id, type: \"'door.' + "
    "body.kind\"}}}\n"
    "users: {ana: {}, bo: {}, cy: {}, dee: {}}\n"
    "roles: {sre: [bo, cy]}\n"
    "workflows:\n"
    "  - name: deploy\n"
    "    on: [{chat: deploy}, {event: door.deploy}]\n"
    "    steps:\n"
    "      - {id: go, approval: {by: [sre], count: 2, message: \"Deploy?\", timeout: 30m}}\n"
    "      - {say: live}\n"
    "  - name: scale\n"
    "    on: [{chat: scale}]\n"
    "    steps:\n"
    "      - {id: many, ask: {who: \"${{ user }}\", question: \"How many?\", type: int, max: 50}}\n"
    "      - {say: \"scaled to ${{ steps.many.outputs.answer }}\"}\n";

static void move_in(void)
{
    reload_to = load(town);
    assert_non_null(reload_to);
    EQ(call("POST", "/api/v1/reload", NULL), 200);
}

/* --- rooms --- */

struct line {
    const char *user, *room, *text;
    struct id run; /* it started */
    sem_t kept;
};

static void line_kept(void *arg, const struct receipt *r)
{
    struct line *l = arg;

    if (r->runs_n) l->run = r->runs[0];
    sem_post(&l->kept);
}

static void say_line(void *arg)
{
    struct line *l = arg;
    struct intake in = {.event = {.type = STR("chat.message"),
                                  .source = STR("test"),
                                  .user = str_of(l->user),
                                  .room = str_of(l->room),
                                  .text = str_of(l->text)},
                        .done = line_kept,
                        .arg = l};

    chat_accept(chat, &in);
}

/* Somebody who is not the owner says it in a room; the run it started, if any. */
static struct id say(const char *user, const char *room, const char *text)
{
    struct line l = {user, room, text, .run = {.s = ""}};

    sem_init(&l.kept, 0, 0);
    on_loop(say_line, &l);
    sem_wait(&l.kept);
    sem_destroy(&l.kept);
    return l.run;
}

/* Until the room has heard it. */
static void await_said(const char *room, const char *text)
{
    char path[128];

    snprintf(path, sizeof path, "/api/v1/chat?limit=500&room=%s", room);
    for (int i = 0; i < 20000; i++) {
        EQ(call("GET", path, NULL), 200);
        if (strstr(got.body, text)) return;
    }
    print_error("nobody said \"%s\" in %s: %s\n", text, room, got.body);
    _fail(__FILE__, __LINE__);
}

TEST(people_of_a_role_decide_in_the_room_where_they_are_asked)
{
    struct id run;

    move_in();
    run = say("ana", "slack/ops", "deploy");
    await_status(run.s, "waiting");
    HAS(got.body, "\"waits_for\":\"an approval by sre: 0 of 2 have approved; until 20");
    await_said("slack/ops", "Deploy?\\n\\n`deploy` waits for an approval by sre");
    say("ana", "slack/ops", "approve");
    await_said("slack/ops", "`ana` asked for this run of `deploy`, so somebody else must approve");
    say("dee", "slack/ops", "approve");
    await_said("slack/ops", "`dee` may not decide this for `deploy`: it is allowed for sre");
    say("eve", "slack/ops", "approve");
    await_said("slack/ops", "I do not know who `eve` is");
    say("bo", "slack/ops", "approve it's fine");
    await_said("slack/ops", "`go` of `deploy`: approved by bo, 1 of 2: it's fine");
    say("bo", "slack/ops", "Approve");
    await_said("slack/ops", "the same person already (bo, ");
    EQ(call("GET", "/api/v1/runs?status=waiting", NULL), 200);
    HAS(got.body, run.s);
    say("cy", "slack/ops", "approve \"from my phone\"");
    await_status(run.s, "succeeded");
    HAS(got.body, "\"user\":\"bo\",\"at\":\"20");
    HAS(got.body, "\"comment\":\"it's fine\",\"room\":\"slack/ops\",\"way\":\"chat\"");
    HAS(got.body, "\"comment\":\"from my phone\"");
    assert_null(strstr(got.body, "Thank you")); /* the run has said it there */
    say("cy", "slack/ops", "deny");
    await_said("slack/ops", "Nothing waits for that in this room");
}

TEST(without_an_id_a_word_counts_only_where_one_run_waits)
{
    struct arena *a AUTO(arena) = arena_new();
    struct id first, second;

    move_in();
    first = say("ana", "slack/ops", "deploy");
    say("bo", "slack/dev", "deny");
    await_said("slack/dev", "Nothing waits for that in this room; say `deny` and the id");
    second = say("ana", "slack/ops", "deploy");
    say("bo", "slack/ops", "deny too early");
    await_said("slack/ops", "Several runs wait for that; say `deny` and one of:");
    HAS(got.body, first.s);
    HAS(got.body, second.s);
    for (char *c = first.s; *c; c++) *c = *c >= 'A' && *c <= 'Z' ? (char)(*c + 32) : *c;
    say("bo", "slack/dev", arena_fmt(a, "deny %s/go not today", first.s));
    await_said("slack/dev", "Thank you, that counts.");
    await_said("slack/ops", "denied in `go`: denied by bo: not today");
    say("cy", "slack/ops", "deny nor that");
    await_status(second.s, "denied");
    HAS(got.body, "\"message\":\"denied by cy: nor that\",\"failed_step\":\"go\"");
    say("cy", "slack/ops", arena_fmt(a, "approve %s", second.s));
    await_said("slack/ops", "was denied (cy, ");
}

TEST(who_is_asked_answers_in_the_room)
{
    struct id run;

    move_in();
    run = say("dee", "slack/ops", "scale");
    say("bo", "slack/ops", "answer 3");
    await_said("slack/ops", "it is allowed for dee");
    say("dee", "slack/ops", "answer 51");
    await_said("slack/ops", "must be at most 50, not 51; the question is still open");
    say("dee", "slack/ops", "answer");
    await_said("slack/ops", "say `answer [RUN] TEXT`");
    say("dee", "slack/ops", "answer 7");
    await_status(run.s, "succeeded");
    HAS(got.body, "scaled to 7");
}

/* --- the API --- */

static int post(const char *run, const char *what, const char *body)
{
    char path[128];

    snprintf(path, sizeof path, "/api/v1/runs/%s/%s", run, what);
    return call("POST", path, body);
}

TEST(the_owner_decides_for_every_role_but_not_what_they_asked_for_themselves)
{
    struct arena *a AUTO(arena) = arena_new();
    const char *own, *other;

    move_in();
    EQ(call("POST", "/api/v1/workflows/deploy/runs", "{}"), 202);
    own = first_run(a);
    EQ(post(own, "approve", "{}"), 403);
    HAS(got.body, "somebody else must approve it");
    EQ(post(own, "answer", "{\"answer\":3}"), 409);
    EQ(post(own, "answer", "{}"), 400);
    EQ(post(own, "approve", "{\"step\":\"gp\"}"), 404);
    EQ(post("01JD0000000000000000000000", "approve", "{}"), 404);
    EQ(post(own, "deny", "{\"comment\":\"never mind\"}"), 202);
    await_status(own, "denied");
    EQ(post_hook("door", NULL, "{\"id\":\"1\",\"kind\":\"deploy\"}"), 202);
    other = first_run(a);
    EQ(post(other, "approve", "{\"comment\":\"by hand\"}"), 202);
    EQ(call("GET", arena_fmt(a, "/api/v1/runs/%s/why", other), NULL), 200);
    HAS(got.body, "- step `go` waits for an approval by sre: 1 of 2 have approved (");
    EQ(post(other, "approve", "{\"step\":\"go\"}"), 409);
    HAS(got.body, "somebody else must approve it as well");
    EQ(call_tcp("POST", arena_fmt(a, "/api/v1/runs/%s/deny", other),
                "Authorization: Bearer " TOKEN "\r\n", "{}"),
       202);
    await_status(other, "denied");
    HAS(got.body, "\"way\":\"cli\"");
    HAS(got.body, "\"way\":\"api\"");
    EQ(call("GET", "/metrics", NULL), 200);
    HAS(got.body, "botops_runs_ended_total{status=\"denied\"} 2");
}

RUN(S(people_of_a_role_decide_in_the_room_where_they_are_asked),
    S(without_an_id_a_word_counts_only_where_one_run_waits), S(who_is_asked_answers_in_the_room),
    S(the_owner_decides_for_every_role_but_not_what_they_asked_for_themselves))
