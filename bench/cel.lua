-- cel.lua - the expressions of the CEL bench and what a person would write in Lua for them.
--
-- Returns the event, a GitHub push as JSON text, and the cases: the name, the expression, and a
-- function of the event's tables that gives the same. What may be prepared once is outside of the
-- functions, as CEL's compiler does it. A case without a function has no equal in Lua.

local find, sub = string.find, string.sub
local quiet = { billing = true, ledger = true, payments = true, refunds = true }

local cases = {
    { "rule", [[event.data.repository.owner.login == "acme" && event.data.ref == "refs/heads/main" &&
                !event.data.deleted && event.data.head_commit.message.contains("deploy")]],
      function(event)
          return event.data.repository.owner.login == "acme" and event.data.ref == "refs/heads/main"
              and not event.data.deleted
              and find(event.data.head_commit.message, "deploy", 1, true) ~= nil
      end },
    { "miss", [[event.type == "github.push" && event.data.repository.full_name == "acme/ledger"]],
      function(event)
          return event.type == "github.push" and event.data.repository.full_name == "acme/ledger"
      end },
    { "any", [[event.data.pusher.name == "ana" || event.data.sender.login == "ana" ||
               event.data.forced || event.data.repository.size > 4000]],
      function(event)
          return event.data.pusher.name == "ana" or event.data.sender.login == "ana"
              or event.data.forced or event.data.repository.size > 4000
      end },
    { "arithmetic", [[(event.data.repository.size * 3 + event.data.repository.id) % 7 -
                      event.data.repository.open_issues_count / 2]],
      function(event)
          return (event.data.repository.size * 3 + event.data.repository.id) % 7
              - event.data.repository.open_issues_count // 2
      end },
    { "in", [[event.data.repository.name in ["billing", "ledger", "payments", "refunds"] ]],
      function(event) return quiet[event.data.repository.name] or false end },
    { "exists", [[event.data.commits.exists(c, c.modified.exists(f, f.startsWith("src/refund/")))]],
      function(event)
          for _, c in ipairs(event.data.commits) do
              for _, f in ipairs(c.modified) do
                  if sub(f, 1, 11) == "src/refund/" then return true end
              end
          end
          return false
      end },
    { "filter", [[event.data.commits.filter(c, c.distinct && c.author.username == "kim")
                  .map(c, c.id)[0] ]],
      function(event)
          local ids = {}
          for _, c in ipairs(event.data.commits) do
              if c.distinct and c.author.username == "kim" then ids[#ids + 1] = c.id end
          end
          return ids[1]
      end },
    { "regex", [[event.data.ref.matches("^refs/heads/[a-z]+$")]],
      function(event) return find(event.data.ref, "^refs/heads/[a-z]+$") ~= nil end },
    { "search", [[event.data.head_commit.message.matches("retry [a-z]+ a [a-z]+ carried")]],
      function(event)
          return find(event.data.head_commit.message, "retry [a-z]+ a [a-z]+ carried") ~= nil
      end },
    { "branches", [[event.data.ref.matches("^refs/(heads|tags)/(main|release-[0-9]+)$")]] },
    { "text", [[event.data.pusher.name + " pushed " + string(size(event.data.commits)) +
                " commits to " + event.data.repository.full_name]],
      function(event)
          return event.data.pusher.name .. " pushed " .. #event.data.commits .. " commits to "
              .. event.data.repository.full_name
      end },
    { "split", [[event.data.ref.split("/")[2] + ":" + event.data.after.substring(0, 8)]],
      function(event)
          local parts = {}
          for part in string.gmatch(event.data.ref, "[^/]+") do parts[#parts + 1] = part end
          return parts[3] .. ":" .. sub(event.data.after, 1, 8)
      end },
}

local event = [=[
{"id":"01HV5J8Q6K3R2Z9W4X7Y0T1M2N","source":"github/gh","type":"github.push",
"subject":"acme/payments","time":"2026-05-15T15:20:41Z","data":{"ref":"refs/heads/main",
"before":"6113728f27ae82c7b1a177c8d03f9e96e0adf246","after":"f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
"repository":{"id":186853002,"node_id":"MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=",
"name":"payments","full_name":"acme/payments","private":true,"owner":{"login":"acme",
"id":21031067,"node_id":"MDQ6VXNlcjIxMDMxMDY3","avatar_url":"https://avatars1.githubusercontent.com/u/21031067?v=4",
"gravatar_id":"","type":"Organization","site_admin":false},"html_url":"https://github.com/acme/payments",
"description":"Takes the money – and gives it back","fork":false,"forks_url":"https://api.github.com/repos/acme/payments/forks",
"keys_url":"https://api.github.com/repos/acme/payments/keys{/key_id}","hooks_url":"https://api.github.com/repos/acme/payments/hooks",
"collaborators_url":"https://api.github.com/repos/acme/payments/collaborators{/collaborator}",
"events_url":"https://api.github.com/repos/acme/payments/events","issue_events_url":"https://api.github.com/repos/acme/payments/issues/events{/number}",
"branches_url":"https://api.github.com/repos/acme/payments/branches{/branch}",
"tags_url":"https://api.github.com/repos/acme/payments/tags","statuses_url":"https://api.github.com/repos/acme/payments/statuses/{sha}",
"languages_url":"https://api.github.com/repos/acme/payments/languages",
"commits_url":"https://api.github.com/repos/acme/payments/commits{/sha}",
"compare_url":"https://api.github.com/repos/acme/payments/compare/{base}...{head}",
"contents_url":"https://api.github.com/repos/acme/payments/contents/{+path}",
"releases_url":"https://api.github.com/repos/acme/payments/releases{/id}",
"trees_url":"https://api.github.com/repos/acme/payments/git/trees{/sha}",
"blobs_url":"https://api.github.com/repos/acme/payments/git/blobs{/sha}",
"merges_url":"https://api.github.com/repos/acme/payments/merges","milestones_url":"https://api.github.com/repos/acme/payments/milestones{/number}",
"notifications_url":"https://api.github.com/repos/acme/payments/notifications{?since,all}",
"created_at":1557933565,"updated_at":"2019-05-15T15:20:41Z","pushed_at":1557933657,
"git_url":"git://github.com/acme/payments.git","size":4021,"stargazers_count":7,
"watchers_count":7,"language":"C","has_issues":true,"has_wiki":false,"homepage":null,
"forks_count":1,"archived":false,"disabled":false,"open_issues_count":12,
"license":null,"default_branch":"main","topics":["billing","psd2","ledger"]},
"pusher":{"name":"kim","email":"kim@example.com"},"sender":{"login":"kim",
"id":9919,"type":"User","site_admin":false},"created":false,"deleted":false,
"forced":false,"base_ref":null,"compare":"https://github.com/acme/payments/compare/6113728f...f95f852b",
"commits":[{"id":"0d1a26e67d8f5eaf1f6ba5c57fc3c7d91ac0fd1c","tree_id":"9bcf9c4ac2c7d7b2b7ae2a4f1c96f7bbd5e10aa1",
"distinct":true,"message":"Ledger: sum in minor units","timestamp":"2019-05-15T15:12:31+02:00",
"author":{"name":"Ana Núñez","email":"ana@example.com","username":"ana"},
"committer":{"name":"Kim Lee","email":"kim@example.com","username":"kim"},
"added":[],"removed":["src/ledger/float.c"],"modified":["src/ledger/sum.c"]},
{"id":"f95f852bd8fca8fcc58a9a2d6c842781e32a215e","tree_id":"5d4f1c9b4ac2c7d7b2b7ae2a4f1c96f7bbd5e1f0",
"distinct":true,"message":"Refund twice only once, deploy at night\n\nThe retry after a timeout carried a new key.",
"timestamp":"2019-05-15T15:20:30+02:00","author":{"name":"Kim Lee","email":"kim@example.com",
"username":"kim"},"committer":{"name":"Kim Lee","email":"kim@example.com",
"username":"kim"},"added":["src/refund/key.c"],"removed":[],"modified":["src/refund/refund.c",
"tests/refund/test_key.c"]}],"head_commit":{"id":"f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
"tree_id":"5d4f1c9b4ac2c7d7b2b7ae2a4f1c96f7bbd5e1f0","distinct":true,"message":"Refund twice only once, deploy at night\n\nThe retry after a timeout carried a new key.",
"timestamp":"2019-05-15T15:20:30+02:00","author":{"name":"Kim Lee","email":"kim@example.com",
"username":"kim"},"committer":{"name":"Kim Lee","email":"kim@example.com",
"username":"kim"},"added":["src/refund/key.c"],"removed":[],"modified":["src/refund/refund.c",
"tests/refund/test_key.c"]},"installation":{"id":375706,"load":0.25}}}
]=]

return event, cases
