#include "cli/init_files.h"

static const char botops_yaml[] =
    "# The server's part of this repository. Everything here may be left out: what is\n"
    "# commented shows the defaults. `botops schema --reference` explains every key.\n"
    "\n"
    "# server:\n"
    "#   listen: 127.0.0.1:8080      # webhooks and API\n"
    "#   data: ./data                # database, output of steps, the owner's socket\n"
    "#   keep: 30d                   # how long ended runs are kept\n"
    "\n"
    "# A door for webhooks: POST /hooks/ci, signed with the secret.\n"
    "# connections:\n"
    "#   ci: {webhook: {verify: {hmac: {algorithm: sha256, header: X-Signature, secret: \"${{ "
    "secrets.CI }}\"}}}}\n"
    "# secrets:\n"
    "#   CI: {env: CI_SECRET}        # from the server's environment\n";

static const char hello_yaml[] =
    "name: hello\n"
    "description: Says hello\n"
    "on:\n"
    "  - chat: hello [{who}]\n"
    "    example: hello Ada\n"
    "inputs:\n"
    "  who: {type: string, default: world, description: Whom to greet}\n"
    "steps:\n"
    "  - say: \"Hello, **${{ inputs.who }}**!\"\n";

static const char deploy_yaml[] =
    "name: deploy\n"
    "description: Rolls out a service\n"
    "on:\n"
    "  - chat: deploy {service} [to {env}]\n"
    "    example: deploy web to prod\n"
    "  # - schedule: \"0 6 * * 1-5\"\n"
    "  #   timezone: Europe/Berlin\n"
    "  #   with: {service: web}\n"
    "inputs:\n"
    "  service: {type: string, pattern: \"^[a-z0-9-]{1,40}$\", description: Service to roll out}\n"
    "  env: {type: string, enum: [staging, prod], default: staging}\n"
    "timeout: 30m\n"
    "steps:\n"
    "  - id: roll\n"
    "    # Values reach a script as arguments or variables, never as part of its text.\n"
    "    run: ./scripts/deploy.sh \"$1\" \"$2\"\n"
    "    args: [\"${{ inputs.service }}\", \"${{ inputs.env }}\"]\n"
    "    timeout: 10m\n"
    "  - say: \"**${{ inputs.service }}** is live on ${{ inputs.env }}: ${{ steps.roll.outputs.url "
    "}}\"\n"
    "on_failure:\n"
    "  - say: \"deploying ${{ inputs.service }} failed in `${{ failure.step }}`: ${{ "
    "failure.message }}\"\n"
    "outputs:\n"
    "  url: \"${{ steps.roll.outputs.url }}\"\n";

static const char deploy_sh[] =
    "#!/bin/bash\n"
    "# Puts a service on an environment. Exit status 0 means it is live.\n"
    "set -euo pipefail\n"
    "service=$1 env=$2\n"
    "\n"
    "echo \"rolling out $service to $env\"\n"
    "for part in 1 2 3; do\n"
    "    echo \"part $part of 3\"\n"
    "    sleep 0.3\n"
    "done\n"
    "\n"
    "# What later steps may use: steps.roll.outputs.url\n"
    "echo \"url=https://$service.$env.example.com\" >> \"$BOTOPS_OUTPUT\"\n";

static const char readme_md[] =
    "# Automation\n"
    "\n"
    "Workflows that `botops serve` runs when somebody asks in chat, a webhook comes in, or it is "
    "time.\n"
    "\n"
    "```\n"
    "botops check                    # is everything right?\n"
    "botops serve                    # run the server, in one terminal\n"
    "botops chat                     # talk to it, in another\n"
    "botops> hello Ada\n"
    "botops> deploy web to staging\n"
    "botops run deploy -i service=web\n"
    "botops runs                     # what ran; botops show RUN, botops logs RUN\n"
    "```\n"
    "\n"
    "- `botops.yaml`: the server, connections, people\n"
    "- `workflows/`: one workflow per file; saving one puts it to use\n"
    "- `scripts/`: what the workflows run\n"
    "- `data/`: the server's own, not for Git\n";

const struct init_file init_files[] = {
    {"botops.yaml", 0644, botops_yaml},
    {"workflows/hello.yaml", 0644, hello_yaml},
    {"workflows/deploy.yaml", 0644, deploy_yaml},
    {"scripts/deploy.sh", 0755, deploy_sh},
    {"README.md", 0644, readme_md},
    {".gitignore", 0644, "/data/\n"},
    {0},
};
