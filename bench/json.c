/* json.c - reading a GitHub push webhook: ours against jansson, in CPU time.
 *
 * Prints one JSON line: json_vs_jansson, the median over the rounds of our time divided by
 * jansson's in the same round, and the median times of both in microseconds a text. Each side
 * reads the text and frees what it made; jansson with JSON_REJECT_DUPLICATES, as we refuse
 * duplicates too. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "data/json.h"

enum { ROUNDS = 15, TURNS = 2000 };

/* The webhook, with ' for a quote, @ for the API's address and # for one person's block. */
static const char pattern[] =
    "{'ref':'refs/heads/main','before':'6113728f27ae82c7b1a177c8d03f9e96e0adf246',"
    "'after':'f95f852bd8fca8fcc58a9a2d6c842781e32a215e','repository':{'id':186853002,"
    "'node_id':'MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=','name':'payments','full_name':'acme/payments',"
    "'private':true,'owner':{'login':'acme','id':21031067,'node_id':'MDQ6VXNlcjIxMDMxMDY3',"
    "'avatar_url':'https://avatars1.githubusercontent.com/u/21031067?v=4','gravatar_id':'',"
    "'type':'Organization','site_admin':false},'html_url':'https://github.com/acme/payments',"
    "'description':'Takes the money \\u2013 and gives it back','fork':false,"
    "'forks_url':'@/forks','keys_url':'@/keys{/key_id}','hooks_url':'@/hooks',"
    "'collaborators_url':'@/collaborators{/collaborator}','events_url':'@/events',"
    "'issue_events_url':'@/issues/events{/number}','branches_url':'@/branches{/branch}',"
    "'tags_url':'@/tags','statuses_url':'@/statuses/{sha}','languages_url':'@/languages',"
    "'commits_url':'@/commits{/sha}','compare_url':'@/compare/{base}...{head}',"
    "'contents_url':'@/contents/{+path}','releases_url':'@/releases{/id}',"
    "'trees_url':'@/git/trees{/sha}','blobs_url':'@/git/blobs{/sha}','merges_url':'@/merges',"
    "'milestones_url':'@/milestones{/number}','notifications_url':'@/notifications{?since,all}',"
    "'created_at':1557933565,'updated_at':'2019-05-15T15:20:41Z','pushed_at':1557933657,"
    "'git_url':'git://github.com/acme/payments.git','size':4021,'stargazers_count':7,"
    "'watchers_count':7,'language':'C','has_issues':true,'has_wiki':false,'homepage':null,"
    "'forks_count':1,'archived':false,'disabled':false,'open_issues_count':12,'license':null,"
    "'default_branch':'main','topics':['billing','psd2','ledger']},"
    "'pusher':{'name':'kim','email':'kim@example.com'},'sender':{'login':'kim','id':9919,"
    "'type':'User','site_admin':false},'created':false,'deleted':false,'forced':false,"
    "'base_ref':null,'compare':'https://github.com/acme/payments/compare/6113728f...f95f852b',"
    "'commits':[{'id':'0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c',"
    "'tree_id':'9bcf9c4ac2c7d7b2b7ae2a4f1c96f7bbd5e10aa1','distinct':true,"
    "'message':'Ledger: sum in minor units','timestamp':'2019-05-15T15:12:31+02:00',"
    "'author':{'name':'Ana N\xc3\xba\xc3\xb1"
    "ez','email':'ana@example.com','username':'ana'},'committer':#,"
    "'added':[],'removed':['src/ledger/float.c'],'modified':['src/ledger/sum.c']},"
    "{'id':'f95f852bd8fca8fcc58a9a2d6c842781e32a215e',"
    "'tree_id':'5d4f1c9b4ac2c7d7b2b7ae2a4f1c96f7bbd5e1f0','distinct':true,"
    "'message':'Refund twice only once\\n\\nThe retry after a timeout carried a new key.',"
    "'timestamp':'2019-05-15T15:20:30+02:00','author':#,'committer':#,"
    "'added':['src/refund/key.c'],'removed':[],"
    "'modified':['src/refund/refund.c','tests/refund/test_key.c']}],"
    "'head_commit':{'id':'f95f852bd8fca8fcc58a9a2d6c842781e32a215e',"
    "'tree_id':'5d4f1c9b4ac2c7d7b2b7ae2a4f1c96f7bbd5e1f0','distinct':true,"
    "'message':'Refund twice only once\\n\\nThe retry after a timeout carried a new key.',"
    "'timestamp':'2019-05-15T15:20:30+02:00','author':#,'committer':#,"
    "'added':['src/refund/key.c'],'removed':[],"
    "'modified':['src/refund/refund.c','tests/refund/test_key.c']},"
    "'installation':{'id':375706,'load':0.25}}";

static struct str push; /* the pattern written out */

static void write_push(struct buf *b)
{
    for (const char *p = pattern; *p; p++) {
        if (*p == '\'')
            buf_addc(b, '"');
        else if (*p == '#')
            buf_add(b, STR("{\"name\":\"Kim Lee\",\"email\":\"kim@example.com\","
                           "\"username\":\"kim\"}"));
        else if (*p == '@' && p[1] == '/')
            buf_add(b, STR("https://api.github.com/repos/acme/payments"));
        else
            buf_addc(b, *p);
    }
    push = buf_str(b);
}

static double cpu_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double ours(void)
{
    double begun = cpu_us();

    for (int i = 0; i < TURNS; i++) {
        AUTO(arena) struct arena *a = arena_new();
        struct value v;
        struct err e;

        if (json_read(a, push, JSON_LIMITS, &v, &e) != OK) {
            fprintf(stderr, "%d:%d: %s\n", e.line, e.col, e.text);
            exit(1);
        }
    }
    return (cpu_us() - begun) / TURNS;
}

static double theirs(void)
{
    double begun = cpu_us();

    for (int i = 0; i < TURNS; i++) {
        json_error_t e;
        json_t *v = json_loadb(push.p, push.n, JSON_REJECT_DUPLICATES, &e);

        if (!v) {
            fprintf(stderr, "%s\n", e.text);
            exit(1);
        }
        json_decref(v);
    }
    return (cpu_us() - begun) / TURNS;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median(double *list)
{
    qsort(list, ROUNDS, sizeof *list, by_size);
    return list[ROUNDS / 2];
}

int main(void)
{
    AUTO(buf) struct buf b = BUF(1 << 16);
    double us[ROUNDS], jansson_us[ROUNDS], ratio[ROUNDS];

    write_push(&b);
    (void)ours();
    for (int i = 0; i < ROUNDS; i++) {
        jansson_us[i] = theirs();
        us[i] = ours();
        ratio[i] = us[i] / jansson_us[i];
    }
    printf("{\"json_vs_jansson\": %.4f, \"json_us\": %.2f, \"jansson_us\": %.2f, \"bytes\": %zu}\n",
           median(ratio), median(us), median(jansson_us), push.n);
    return 0;
}
