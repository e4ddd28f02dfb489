#include "push.h"

/* With ' for a quote, @ for the API's address, # for one person's block, and ~ for the name. */
static const char pattern[] =
    "{'ref':'refs/heads/main','before':'6113728f27ae82c7b1a177c8d03f9e96e0adf246',"
    "'after':'f95f852bd8fca8fcc58a9a2d6c842781e32a215e','repository':{'id':186853002,"
    "'node_id':'MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=','name':'~','full_name':'acme/~',"
    "'private':true,'owner':{'login':'acme','id':21031067,'node_id':'MDQ6VXNlcjIxMDMxMDY3',"
    "'avatar_url':'https://avatars1.githubusercontent.com/u/21031067?v=4','gravatar_id':'',"
    "'type':'Organization','site_admin':false},'html_url':'https://github.com/acme/~',"
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
    "'git_url':'git://github.com/acme/~.git','size':4021,'stargazers_count':7,"
    "'watchers_count':7,'language':'C','has_issues':true,'has_wiki':false,'homepage':null,"
    "'forks_count':1,'archived':false,'disabled':false,'open_issues_count':12,'license':null,"
    "'default_branch':'main','topics':['billing','psd2','ledger']},"
    "'pusher':{'name':'kim','email':'kim@example.com'},'sender':{'login':'kim','id':9919,"
    "'type':'User','site_admin':false},'created':false,'deleted':false,'forced':false,"
    "'base_ref':null,'compare':'https://github.com/acme/~/compare/6113728f...f95f852b',"
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

void push_write(struct buf *b, struct str repository)
{
    for (const char *p = pattern; *p; p++) {
        if (*p == '\'') {
            buf_addc(b, '"');
        } else if (*p == '~') {
            buf_add(b, repository);
        } else if (*p == '#') {
            buf_add(b, STR("{\"name\":\"Kim Lee\",\"email\":\"kim@example.com\","
                           "\"username\":\"kim\"}"));
        } else if (*p == '@' && p[1] == '/') {
            buf_add(b, STR("https://api.github.com/repos/acme/"));
            buf_add(b, repository);
        } else {
            buf_addc(b, *p);
        }
    }
}
