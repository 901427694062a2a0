"""One run of the world: its folder, its child processes, and the promise that nothing of it outlives it.

Every process of a run carries the run's folder in its environment (WORLD_RUN_FOLDER). A guard process holds
the reading end of a pipe; when the pipe closes, because the run ended or because this process died in whatever
way, the guard sweeps away what is left (sweep.py).
"""

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]  # of the repository
RUN_VARIABLE = "WORLD_RUN_FOLDER"  # not HAKOBAN_…: the agent takes all of those for settings


class WorldError(Exception):
    """The world itself does not work: never a verdict on the product."""


def wait_for(what, check, timeout=10.0, interval=0.05):
    """Calls `check` until it returns something true, and returns that; says what it waited for when it gives up."""
    deadline = time.monotonic() + timeout
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what} (last answer: {value!r:.300})")
        time.sleep(interval)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Run:
    def __init__(self, keep_folder=False):
        # Short, because a unix socket's path below it may have 107 bytes only.
        self.folder = Path(tempfile.mkdtemp(prefix="hkb-", dir="/tmp"))
        (self.folder / "log").mkdir()
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "hakoban_world.sweep", str(self.folder)],
            cwd=Path(__file__).parent.parent, stdin=subprocess.PIPE, start_new_session=True)
        if keep_folder:
            self.on_sweep("keep", "folder")

    def environment(self, extra=None):
        """For a child process: only what it needs of ours, no AWS or proxy settings of the caller."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TERM", "GOPATH", "GOCACHE")
                if name in os.environ}
        return {**kept, RUN_VARIABLE: str(self.folder), **(extra or {})}

    def spawn(self, name, argv, env=None, **popen):
        """Starts a child in its own session (Ctrl-C reaches only us); its output goes to log/NAME.log."""
        log = open(self.folder / "log" / f"{name}.log", "ab")
        try:
            return subprocess.Popen([str(a) for a in argv], env=self.environment(env), stdin=subprocess.DEVNULL,
                                    stdout=log, stderr=subprocess.STDOUT, start_new_session=True, **popen)
        finally:
            log.close()

    def log_tail(self, name, lines=25):
        path = self.folder / "log" / f"{name}.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else "(no log)"

    def on_sweep(self, kind, value):
        """Tells the guard of something that the processes' environment does not show: a bridge, a cgroup."""
        self._guard.stdin.write(f"{kind} {value}\n".encode())
        self._guard.stdin.flush()

    def close(self):
        if self._guard.stdin.closed:
            return
        self._guard.stdin.close()
        self._guard.wait(timeout=60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def stop_process(process, timeout=10.0):
    """SIGTERM, then SIGKILL after `timeout`; returns the seconds that it took."""
    begun = time.monotonic()
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
    return time.monotonic() - begun
