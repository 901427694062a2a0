"""systemd-journald by itself: its sockets and files in a mount namespace of its own, which a Docker engine may join."""

import shutil
import subprocess
from pathlib import Path

from .run import WorldError, stop_process, wait_for

JOURNALD = Path("/lib/systemd/systemd-journald")
_START = """
mount -t tmpfs tmpfs /run/systemd && mkdir -p /run/systemd/journal &&
mkdir -p /run/log && mount -t tmpfs tmpfs /run/log && mkdir /run/log/journal && mount --bind "$1" /run/log/journal &&
exec "$2"
"""


class Journald:
    def __init__(self, run):
        if not JOURNALD.exists():
            raise WorldError(f"{JOURNALD} is missing (Debian package systemd)")
        self.run = run
        self.folder = run.folder / "journal"  # of its files
        self._process = None

    def start(self):
        self.folder.mkdir()
        Path("/run/systemd").mkdir(exist_ok=True)
        self._process = self.run.spawn(
            "journald", ["unshare", "--mount", "sh", "-c", _START, "sh", self.folder, JOURNALD])
        wait_for("journald to make its socket", self._listens, timeout=15)
        return self

    def prefix(self):
        """Put before a command, it runs where this journald is the host's."""
        return ["nsenter", f"--mount=/proc/{self._process.pid}/ns/mnt"]

    def files(self):
        """The folder that a reader opens."""
        return next(self.folder.iterdir())

    def log(self, identifier, *lines):
        """As systemd does with a unit's output."""
        subprocess.run([*self.prefix(), "systemd-cat", "-t", identifier], input="".join(f"{line}\n" for line in lines),
                       text=True, check=True)

    def stop(self):
        stop_process(self._process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def _listens(self):
        if self._process.poll() is not None:
            raise WorldError(f"journald ended with {self._process.returncode}:\n{self.run.log_tail('journald')}")
        return Path(f"/proc/{self._process.pid}/root/run/systemd/journal/socket").exists() and any(self.folder.iterdir())
