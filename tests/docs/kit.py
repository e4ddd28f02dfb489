"""What the tests of the documents share: TAP, a temporary home, a shell that runs commands in it, servers.

A home is a temporary folder in which the programs under test are first in PATH. Servers listen on a free port in
place of 8080: every botops.yaml in the home is changed before a server reads it. At the end the servers and the
step holders that began in the home, and nothing else, are ended by their process ids.
"""
import json
import os
import pwd
import re
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOTOPS = os.environ.get("BOTOPS", os.path.join(ROOT, "build", "botops"))
SHIM = os.environ.get("BOTOPS_SHIM", os.path.join(os.path.dirname(BOTOPS), "botops-shim"))
WRITTEN_PORT = "8080"  # as the documents have it


class Tap:
    """Prints TAP; the exit status tells whether all passed."""

    def __init__(self):
        self.count = self.failed = 0

    def ok(self, good, name, detail=""):
        self.count += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}".replace("#", "\\#"), flush=True)
        if not good:
            for line in str(detail).splitlines():
                print(f"# {line}", flush=True)
        return good

    def end(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_until(test, seconds=10):
    """Polls for what has no other way to be learnt: that a program of ours has come so far."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = test()
        if found:
            return found
        time.sleep(0.02)
    return None


class Home:
    def __init__(self, name, path_first=()):
        self.dir = tempfile.mkdtemp(prefix=f"botops-{name}-")
        self.port = free_port()
        self.bin = os.path.join(self.dir, ".bin")
        os.mkdir(self.bin)
        os.symlink(BOTOPS, os.path.join(self.bin, "botops"))
        self.env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "B", "SAN")}
        self.env.update(
            BOTOPS_SHIM=SHIM,
            PATH=":".join([*path_first, self.bin, os.environ["PATH"]]),
            HOME=self.dir,
            LC_ALL="C.UTF-8",
            TZ="UTC",
        )

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def move_ports(self):
        """Lets every server of this home listen on our port."""
        for folder, _, names in os.walk(self.dir):
            if "botops.yaml" not in names or os.path.islink(folder):
                continue
            path = os.path.join(folder, "botops.yaml")
            with open(path, encoding="utf-8") as f:
                text = f.read()
            moved = text.replace(f"127.0.0.1:{WRITTEN_PORT}", f"127.0.0.1:{self.port}")
            if not re.search(r"^server:", moved, re.M):
                moved += f'\nserver: {{listen: "127.0.0.1:{self.port}"}}\n'
            if moved != text:
                with open(path, "w", encoding="utf-8") as f:
                    f.write(moved)

    def run(self, *argv, cwd=None, stdin=None, timeout=60, env=None):
        """Runs a program to its end: (exit status, standard output, standard error)."""
        done = subprocess.run(
            argv, cwd=cwd or self.dir, input=stdin, env={**self.env, **(env or {})}, timeout=timeout,
            capture_output=True, text=True, check=False, stdin=None if stdin is not None else subprocess.DEVNULL)
        return done.returncode, done.stdout, done.stderr

    def serve(self, folder, env=None):
        """Starts a server and waits until it answers."""
        with open(self.path("server.log"), "a", encoding="utf-8") as log:
            server = subprocess.Popen(
                ["botops", "serve"], cwd=folder, env={**self.env, **(env or {})}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)
        up = wait_until(lambda: server.poll() is not None or self.run("botops", "status", cwd=folder)[0] == 0)
        if not up or server.poll() is not None:
            with open(self.path("server.log"), encoding="utf-8") as f:
                raise RuntimeError(f"the server in {folder} did not start:\n{f.read()}")
        return server

    def json(self, folder, *argv):
        return json.loads(self.run("botops", *argv, "-o", "json", cwd=folder)[1])

    def ours(self):
        """The ids of processes that began in this home: servers by their lock, step holders by their folder."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/environ", "rb") as f:
                    if f"HOME={self.dir}".encode() in f.read().split(b"\0"):
                        found.append(int(pid))
            except OSError:
                continue
        return [p for p in found if p != os.getpid()]

    def done(self):
        for sig in (signal.SIGTERM, signal.SIGKILL):
            for pid in self.ours():
                try:
                    os.kill(pid, sig)
                except ProcessLookupError:
                    pass
            if wait_until(lambda: not self.ours(), 3):
                break
        shutil.rmtree(self.dir, ignore_errors=True)


class Shell:
    """One bash that lives through a document, so that `cd` and variables do as a reader expects."""

    def __init__(self, home):
        self.home = home
        # As on a terminal, lines come when they are printed, so that both kinds of output keep their order.
        self.proc = subprocess.Popen(
            ["stdbuf", "-oL", "bash", "--noprofile", "--norc"], cwd=home.dir, env=home.env, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, command, typed=(), timeout=120):
        """Runs a command, with lines for its standard input: (exit status, output of both kinds)."""
        script, lines = self.home.path(".command"), self.home.path(".typed")
        with open(script, "w", encoding="utf-8") as f:
            f.write(command + "\n")
        with open(lines, "w", encoding="utf-8") as f:
            f.writelines(f"{line}\n" for line in typed)
        begin = f"cat {lines} | . {script}" if typed else f". {script} </dev/null"
        self.proc.stdin.write(f"{begin}; rc_=$?; printf '\\001%d\\001\\n' $rc_; (exit $rc_)\n".encode())
        self.proc.stdin.flush()
        return self.read(timeout)

    def read(self, timeout):
        out, end = b"", time.monotonic() + timeout
        while not (found := re.search(rb"\001(\d+)\001\n$", out)):
            ready, _, _ = select.select([self.proc.stdout], [], [], max(0, end - time.monotonic()))
            piece = os.read(self.proc.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise RuntimeError(f"the command did not end; so far it printed:\n{out.decode('utf-8', 'replace')}")
            out += piece
        return int(found.group(1)), out[: found.start()].decode("utf-8", "replace")

    def done(self):
        self.proc.stdin.close()
        self.proc.kill()
        self.proc.wait()
        self.proc.stdout.close()


USER = pwd.getpwuid(os.getuid()).pw_name
