"""scenario.py - what the scenario tests share: a real server in a folder of its own, and TAP.

A test says plan-less TAP: check(), skip(), and done() at its end, which prints the plan. BIN names the
build whose botops and botops-shim are used (build/testing).
"""

import atexit
import hashlib
import hmac
import http.client
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.path.join(ROOT, os.environ.get("BIN", "build/testing"))
BOTOPS = os.environ.get("BOTOPS", os.path.join(BIN, "botops"))
os.environ.setdefault("BOTOPS_SHIM", os.path.join(BIN, "botops-shim"))
SECRET = "a test's secret"
os.environ["HOOK"] = SECRET

_count = 0
_failed = 0
_servers = []
_folders = []


def note(text):
    for line in str(text).splitlines():
        print("# " + line, flush=True)


def check(good, name, detail=""):
    global _count, _failed
    _count += 1
    print(f"{'ok' if good else 'not ok'} {_count} - {name}", flush=True)
    if not good:
        _failed += 1
        note(detail)
    return good


def skip(name, why):
    global _count
    _count += 1
    print(f"ok {_count} - {name} # SKIP {why}", flush=True)


def done():
    print(f"1..{_count}", flush=True)
    sys.exit(1 if _failed else 0)


def wait_until(what, seconds=20.0):
    """Looks again and again until what() is true: at most so long. Gives its last answer."""
    end = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < end:
        time.sleep(0.02)
    return answer


def folder(files=None):
    """A new folder with these files: {path: text or bytes}."""
    path = tempfile.mkdtemp(prefix="scenario.", dir=os.environ.get("TMPDIR"))
    _folders.append(path)
    write(path, files or {})
    return path


def write(path, files):
    for name, text in files.items():
        full = os.path.join(path, name)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as f:
            f.write(text if isinstance(text, bytes) else text.encode())


def run(*args, cwd=None, stdin=None, timeout=60, env=None):
    """Runs botops with these arguments: (status, standard output, standard error)."""
    p = subprocess.run([BOTOPS, *args], cwd=cwd, input=stdin, capture_output=True, timeout=timeout,
                       env={**os.environ, **(env or {})})
    return p.returncode, p.stdout.decode(errors="replace"), p.stderr.decode(errors="replace")


class Server:
    """One server on one automation repository, over any number of lives."""

    def __init__(self, path, env=None):
        self.path = path
        self.env = {**os.environ, **(env or {})}
        self.log = path + ".log"
        self.process = None
        self.port = 0
        _servers.append(self)

    def launch(self):
        self.log_from = os.path.getsize(self.log) if os.path.exists(self.log) else 0
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([BOTOPS, "serve", self.path], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=self.env)

    def said(self):
        """What this life of it has said."""
        with open(self.log, "rb") as f:
            f.seek(self.log_from)
            return f.read().decode(errors="replace")

    def _ready(self):
        for line in self.said().splitlines():
            if '"msg":"ready"' in line:
                self.port = json.loads(line)["port"]
                return True
        return self.process.poll() is not None

    def start(self, seconds=60.0):
        """True when it is ready; False when it ended instead."""
        self.launch()
        wait_until(self._ready, seconds)
        return self.process.poll() is None

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def stop(self, seconds=20.0):
        """SIGTERM; its exit status, or None when it had to be killed."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    def token(self):
        with open(os.path.join(self.path, "data/token"), encoding="ascii") as f:
            return f.read().strip()

    def ask(self, method, path, body=None, headers=None, timeout=30.0):
        """(status, body) of one request; (0, why) when there was no answer."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            c.request(method, path, body, headers or {})
            r = c.getresponse()
            return r.status, r.read()
        except (OSError, http.client.HTTPException) as why:
            return 0, str(why).encode()
        finally:
            c.close()

    def api(self, method, path, body=None):
        data = None if body is None else json.dumps(body)
        status, text = self.ask(method, "/api/v1" + path, data, {
            "Authorization": "Bearer " + self.token(), "Content-Type": "application/json"})
        return status, json.loads(text) if text[:1] in (b"{", b"[") else text

    def github(self, body, event="push", delivery="d-1", secret=SECRET, timeout=30.0):
        """Posts a signed GitHub delivery to the connection `gh`."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        mac = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return self.ask("POST", "/hooks/gh", body, {
            "Content-Type": "application/json", "X-GitHub-Event": event,
            "X-GitHub-Delivery": delivery, "X-Hub-Signature-256": "sha256=" + mac}, timeout)

    def rows(self, sql, *args):
        """Straight from the database file."""
        db = sqlite3.connect(os.path.join(self.path, "data/botops.db"), timeout=10)
        try:
            return db.execute(sql, args).fetchall()
        finally:
            db.close()

    def run_ended(self, run, seconds=30.0):
        """The status of a run, once it has ended."""
        def look():
            found = self.rows("SELECT status FROM runs WHERE id = ? AND ended_at > 0", run)
            return found[0][0] if found else None
        return wait_until(look, seconds)


def alive(mark):
    """Processes whose command line or environment holds the text."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        if int(pid) == os.getpid():
            continue
        for name in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{name}", "rb") as f:
                    if mark.encode() in f.read():
                        found.append(int(pid))
                        break
            except OSError:
                pass
    return found


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


@atexit.register
def _tidy():
    for s in _servers:
        s.kill()
    for path in _folders:
        for pid in alive(path):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        shutil.rmtree(path, ignore_errors=True)
        if os.path.exists(path + ".log"):
            os.unlink(path + ".log")
