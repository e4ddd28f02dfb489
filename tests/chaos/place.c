#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tell.h"

enum { PROC_TEXT = 65536, REST_MS = 1500, LOOK_MS = 50 };

static const char config[] =
    "server: {listen: \"127.0.0.1:0\", data: ./data, max_processes: 24, keep: %s}\n"
    "connections:\n"
    "  gh: {github: {webhook_secret: \"${{ secrets.HOOK }}\"}}\n"
    "  hub: {github: {webhook_secret: \"${{ secrets.HOOK }}\"}}\n"
    "secrets:\n"
    "  HOOK: {env: STORM_SECRET}\n"
    "workflows:\n"
    "  - name: single\n"
    "    on: [{event: github.push, if: \"event.data.n %% 2 == 0\", connection: gh}]\n"
    "    steps: [{id: only, %s}]\n"
    "  - name: double\n"
    "    on: [{event: github.push, if: 'event.data.repository.full_name == \"acme/r1\"'}]\n"
    "    concurrency: {group: \"r${{ event.data.n %% 8 }}\", limit: 2}\n"
    "    steps:\n"
    "      - {id: first, %s}\n"
    "      - {id: second, %s}\n"
    "  - name: pours\n"
    "    on: [{event: github.workflow_run.completed}]\n"
    "    steps:\n"
    "      - id: pour\n"
    "        shell: sh\n"
    "        env: {ID: \"${{ event.data.id }}\", N: \"${{ event.data.n }}\"}\n"
    "        run: |\n"
    "          . \"$BOTOPS_REPO/effect\"\n"
    "          exec \"%s\" \"$N\"\n"
    "  - name: again\n"
    "    on: [{event: github.issues.opened}]\n"
    "    steps:\n"
    "      - id: try\n"
    "        shell: sh\n"
    "        env: {ID: \"${{ event.data.id }}\"}\n"
    "        retry: {attempts: 3, delay: 60ms, backoff: 2}\n"
    "        run: |\n"
    "          . \"$BOTOPS_REPO/effect\"\n"
    "          [ \"$BOTOPS_ATTEMPT\" -ge 3 ]\n"
    "  - name: litters\n"
    "    on: [{event: github.fork}]\n"
    "    steps:\n"
    "      - id: litter\n"
    "        shell: sh\n"
    "        env: {ID: \"${{ event.data.id }}\", N: \"${{ event.data.n }}\"}\n"
    "        run: |\n"
    "          . \"$BOTOPS_REPO/effect\"\n"
    "          case $N in *0) deaf='trap \"\" TERM HUP INT;' ;; *) deaf= ;; esac\n"
    "          (setsid sh -c \"$deaf (setsid sleep 300 &) ; sleep 300\" </dev/null >/dev/null "
    "2>&1 &)\n"
    "  - name: words\n"
    "    on: [{event: \"github.star.*\", if: event.data.flag}]\n"
    "    steps:\n"
    "      - set: {who: \"${{ event.data.id }}\"}\n"
    "      - say: \"thanks, ${{ vars.who }}\"\n"
    "  - name: fails\n"
    "    on: [{event: github.issues.opened, if: event.data.flag}]\n"
    "    steps:\n"
    "      - id: bad\n"
    "        shell: sh\n"
    "        env: {ID: \"${{ event.data.id }}\"}\n"
    "        run: |\n"
    "          . \"$BOTOPS_REPO/effect\"\n"
    "          exit 3\n"
    "      - {id: never, %s}\n"
    "    on_failure: [{id: told, %s}]\n"
    "    finally: [{id: last, %s}]\n"
    "  - name: naps\n"
    "    on: [{event: github.deployment}]\n"
    "    steps:\n"
    "      - sleep: 200ms\n"
    "      - {id: awake, %s}\n"
    "  - name: forks\n"
    "    on: [{event: github.push, if: 'event.data.repository.full_name == \"acme/r2\"'}]\n"
    "    steps:\n"
    "      - id: p\n"
    "        parallel:\n"
    "          l: [{id: a, %s}]\n"
    "          m: [{id: b, %s}, {id: in, parallel: {k: [{id: c, %s}]}}]\n"
    "      - {id: joined, %s}\n"
    "  - name: twice\n"
    "    on:\n"
    "      - event: github.release.published\n"
    "      - {event: \"github.release.*\", if: event.data.flag}\n"
    "    steps: [{id: done, %s}]\n";

static const char plain[] =
    "shell: sh, env: {ID: \"${{ event.data.id }}\"}, run: '. \"$BOTOPS_REPO/effect\"'";

/* One write with O_APPEND by the shell itself. */
static const char effect[] =
    "read -r nonce </proc/sys/kernel/random/uuid\n"
    "printf '%s %s %s %s %s\\n' \"$BOTOPS_RUN_ID\" \"$BOTOPS_STEP\" \"$BOTOPS_ATTEMPT\" \"$ID\" "
    "\"$nonce\" >>\"$BOTOPS_REPO/effects.log\"\n";

void place_init(struct place *p, const char *dir)
{
    char real[4096];

    if (!realpath(dir, real)) die("there is no folder %s: %s", dir, strerror(errno));
    if (strlen(real) >= sizeof p->dir) die("%s is too long a path", real);
    memcpy(p->dir, real, strlen(real) + 1);
    snprintf(p->client, sizeof p->client, "%s/client.log", p->dir);
    snprintf(p->effects, sizeof p->effects, "%s/effects.log", p->dir);
    snprintf(p->server, sizeof p->server, "%s/server.log", p->dir);
    snprintf(p->points, sizeof p->points, "%s/points.log", p->dir);
    snprintf(p->database, sizeof p->database, "%s/data/botops.db", p->dir);
}

static FILE *create(const struct place *p, const char *name)
{
    char path[PLACE_PATH + 32];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", p->dir, name);
    f = fopen(path, "we");
    if (!f) die("%s cannot be written: %s", path, strerror(errno));
    return f;
}

void place_make(const struct place *p, const char *pour, const char *keep)
{
    FILE *f = create(p, "botops.yaml");

    fprintf(f, config, keep, plain, plain, plain, pour, plain, plain, plain, plain, plain, plain,
            plain, plain, plain);
    fclose(f);
    f = create(p, "effect");
    fputs(effect, f);
    fclose(f);
}

/* --- what lives --- */

static size_t read_proc(int pid, const char *name, char *text)
{
    char path[64];
    ssize_t n;
    int fd;

    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? 0 : read(fd, text, PROC_TEXT);
    if (fd >= 0) close(fd);
    return n > 0 ? (size_t)n : 0;
}

static bool holds(const char *text, size_t n, const char *part)
{
    return n > 0 && memmem(text, n, part, strlen(part)) != NULL;
}

/* The one that ends with its server, not with a step. */
static bool is_starter(int pid)
{
    char text[PROC_TEXT];
    size_t n = read_proc(pid, "comm", text);

    return holds(text, n, "botops-starter\n");
}

static const char *kind_of(const struct place *p, int pid)
{
    static char text[PROC_TEXT];
    size_t n = read_proc(pid, "cmdline", text);

    if (holds(text, n, "botops-shim") && holds(text, n, p->dir))
        return is_starter(pid) ? NULL : "a holder";
    n = read_proc(pid, "environ", text);
    if (holds(text, n, "BOTOPS_RUN_ID=") && holds(text, n, p->dir)) return "a step's process";
    return NULL;
}

int place_processes(const struct place *p, place_each *each, void *arg)
{
    DIR *d = opendir("/proc");
    int found = 0;

    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        int pid = (int)strtol(e->d_name, NULL, 10);
        const char *what = pid > 0 && pid != getpid() ? kind_of(p, pid) : NULL;

        if (!what) continue;
        found++;
        if (each) each(arg, pid, what);
    }
    if (d) closedir(d);
    return found;
}

bool place_rest(const struct place *p, int limit_ms)
{
    off_t size = -1;
    struct stat st;

    for (int ms = 0, calm = 0; ms < limit_ms; ms += LOOK_MS) {
        off_t now = stat(p->effects, &st) == 0 ? st.st_size : 0;

        calm = now == size && place_processes(p, NULL, NULL) == 0 ? calm + LOOK_MS : 0;
        size = now;
        if (calm >= REST_MS) return true;
        pause_us(LOOK_MS * 1000);
    }
    return false;
}
