"""What the measurements are made of: servers under test, the bench's programs, configurations."""

import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = ROOT / os.environ.get("B", "build")
PROGRAMS = BUILD / "bench"
SERVER = str(BUILD / "botops")
SECRET = "It-is-a-secret-of-the-bench"
ENV = dict(os.environ, BOTOPS_SHIM=str(BUILD / "botops-shim"), BENCH_SECRET=SECRET)


def program(name, *args):
    """Runs one of the bench's programs; what it prints is one JSON line."""
    done = subprocess.run([str(PROGRAMS / name), *map(str, args)], env=ENV,
                          stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout) if done.stdout else {}


def load(port, path="/hooks/gh", connections=64, count=0, ms=0):
    """Posts webhooks; each must be answered 2xx, or the figure would mean nothing."""
    r = program("load", port, path, SECRET, connections, count, ms)
    if r["good"] != r["sent"]:
        raise SystemExit("bench: %s answered %s" % (path, r["status"]))
    return r


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def clean(folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


class Process:
    """A server that runs as long as the `with` block; it must say {"msg":"ready","port":N}."""

    def __init__(self, args, log, port=0):
        self.args, self.log, self.port = args, log, port

    def __enter__(self):
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.args, stderr=log, stdout=log, env=ENV)
        self.pid = self.process.pid
        try:
            self.wait()
        except BaseException:
            self.kill()
            raise
        return self

    def wait(self):
        end = time.monotonic() + 30
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("bench: %s does not start:\n%s" %
                                 (self.args[0], pathlib.Path(self.log).read_text()[-2000:]))
            time.sleep(0.005)

    def ready(self):
        if self.port:  # one that says nothing: it listens
            with socket.socket() as s:
                return s.connect_ex(("127.0.0.1", self.port)) == 0
        for line in pathlib.Path(self.log).read_text().splitlines():
            if '"msg":"ready"' in line:
                self.port = json.loads(line)["port"]
        return self.port != 0

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()


def botops(folder):
    return Process([SERVER, "serve", str(folder)], folder / "log")


def probe(folder, how):
    return Process([str(PROGRAMS / "probe_ingest"), str(folder), SECRET, how], folder / "log")


def webhook(folder):
    """Debian's: verifies the same signature, runs /bin/true, answers when it has ended."""
    port = free_port()
    rule = {"match": {"type": "payload-hmac-sha256", "secret": SECRET,
                      "parameter": {"source": "header", "name": "X-Hub-Signature-256"}}}
    hooks = [{"id": "gh", "execute-command": "/bin/true", "trigger-rule": rule,
              "include-command-output-in-response": True}]
    (folder / "hooks.json").write_text(json.dumps(hooks))
    return Process(["webhook", "-hooks", str(folder / "hooks.json"), "-ip", "127.0.0.1",
                    "-port", str(port)], folder / "log", port)


def configure(folder, workflows, server=None):
    """Writes botops.yaml (JSON is YAML) into an empty folder."""
    clean(folder)
    (folder / "botops.yaml").write_text(json.dumps({
        "server": dict({"listen": "127.0.0.1:0", "data": "./data"}, **(server or {})),
        "connections": {"gh": {"github": {"webhook_secret": "${{ secrets.HOOK }}"}}},
        "secrets": {"HOOK": {"env": "BENCH_SECRET"}},
        "workflows": workflows}, indent=1))
    return folder


def hundred():
    """One workflow whose trigger fits a push and whose `if` says no, among a hundred."""
    steps = [{"say": "done"}]
    first = {"name": "pushed", "steps": steps,
             "on": [{"event": "github.push",
                     "if": 'event.data.ref == "refs/heads/release" && '
                           'size(event.data.commits) > 0 && !event.data.deleted'}]}
    return [first] + [{"name": "other-%d" % i, "steps": steps,
                       "on": [{"event": "github.other_%d.opened" % i,
                               "if": "event.data.number > %d" % i}]} for i in range(1, 100)]


def on_push(name, steps):
    return {"name": name, "on": [{"event": "github.push"}], "steps": steps}


class Metrics:
    """Counters of a running server."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)

    def get(self, name):
        self.connection.request("GET", "/metrics")
        for line in self.connection.getresponse().read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[-1])
        raise SystemExit("bench: the server has no metric " + name)

    def ended(self):
        return self.get('botops_runs_ended_total{status="succeeded"}')

    def wait_for(self, name, n, seconds=60):
        end = time.monotonic() + seconds
        while (v := self.get(name)) < n:
            if time.monotonic() > end:
                raise SystemExit("bench: %s stays at %g, not %g" % (name, v, n))
            time.sleep(0.01)

    def wait_ended(self, n):
        self.wait_for('botops_runs_ended_total{status="succeeded"}', n)
