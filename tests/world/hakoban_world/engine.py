"""A private Docker engine: Debian's dockerd with its own bridge, socket and folders, root needed.

Several may run on one machine. `cgroupfs` driver, cgroup v1 or v2 as the host has it.
"""

import fcntl
import io
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tarfile
from pathlib import Path

import docker

from . import task_cgroup
from .run import WorldError, stop_process, wait_for

IMAGE = "world:latest"
LOCKS = Path("/run/hakoban-world")


def require_host():
    """What an engine needs of this machine; a clear word for each thing that is missing."""
    missing = []
    if os.geteuid() != 0:
        missing.append("root (dockerd and network bridges need it)")
    for program, package in (("dockerd", "docker.io"), ("ip", "iproute2"), ("busybox", "busybox-static")):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin"):
            missing.append(f"{program} (Debian package {package})")
    if missing:
        raise WorldError("the world cannot run its Docker engine; missing: " + ", ".join(missing))


class Engine:
    def __init__(self, run, live_restore=False, name="engine", prefix=(), many=False):
        """`name`: of its folder; `prefix`: words before dockerd's, such as those of Journald.prefix(); `many`: its bridge
        has addresses for 1,000 containers, not 250."""
        require_host()
        self.run = run
        self.prefix = list(prefix)
        self.name = name
        self.folder = run.folder / name
        self.folder.mkdir()
        self.socket = self.folder / "docker.sock"
        self.url = f"unix://{self.socket}"
        self.live_restore = live_restore
        self.many = many
        self.bridge = f"hkb{secrets.token_hex(4)}"
        self.gateway = ""
        self.cgroups = task_cgroup  # where its tasks' cgroups are and who makes them
        self._subnet_lock = None
        self._process = None
        self.client = None

    @property
    def log_name(self):
        return "dockerd" if self.name == "engine" else f"dockerd-{self.name}"

    def start(self):
        self._make_bridge()
        self._start_daemon()
        self._import_image()
        return self

    def restart(self, live_restore=None, kill=False):
        """Ends dockerd (SIGTERM, or SIGKILL) and starts it again. Its containers go on only with live restore."""
        if live_restore is not None:
            self.live_restore = live_restore
        self.stop_daemon(kill)
        self._start_daemon()

    def stop_daemon(self, kill=False):
        if kill:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(10)
        else:
            stop_process(self._process, timeout=30)
        self.client.close()

    def start_daemon(self):
        self._start_daemon()

    def reload(self, live_restore):
        """Turns live restore on or off in the running daemon, as SIGHUP with a changed file does."""
        self.live_restore = live_restore
        self._write_config()
        self._process.send_signal(signal.SIGHUP)
        wait_for("dockerd to take its new configuration",
                 lambda: self.client.info()["LiveRestoreEnabled"] == live_restore)

    def stop(self):
        if self._process and self._process.poll() is None:
            try:
                self.remove_all()
            except (docker.errors.APIError, OSError):
                pass  # the guard kills what could not be removed
            self.stop_daemon()
        subprocess.run(["ip", "link", "del", self.bridge], check=False, stderr=subprocess.DEVNULL)
        if self._subnet_lock:
            self._subnet_lock.close()

    def remove_all(self):
        for container in self.client.api.containers(all=True):
            try:
                self.client.api.remove_container(container["Id"], force=True, v=True)
            except docker.errors.NotFound:
                continue

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def run_container(self, name, command, **options):
        """A plain container outside ECS; ports are published on loopback. Returns docker's Container."""
        return self.client.containers.run(IMAGE, command=["sh", "-c", command], name=name, detach=True, **options)

    def _make_bridge(self):
        number, self._subnet_lock = _claim_subnet()
        self.gateway, length = (f"172.29.{number % 64 * 4}.1", 22) if self.many else (f"172.31.{number}.1", 24)
        for words in (["link", "add", self.bridge, "type", "bridge"],
                      ["addr", "add", f"{self.gateway}/{length}", "dev", self.bridge],
                      ["link", "set", self.bridge, "up"]):
            done = subprocess.run(["ip", *words], capture_output=True, text=True)
            if done.returncode != 0:
                raise WorldError(f"ip {' '.join(words)}: {done.stderr.strip()}")
        self.run.on_sweep("bridge", self.bridge)

    def _write_config(self):
        settings = {"live-restore": self.live_restore, "exec-opts": ["native.cgroupdriver=cgroupfs"]}
        (self.folder / "daemon.json").write_text(json.dumps(settings))

    def _start_daemon(self):
        self._write_config()
        self._process = self.run.spawn(self.log_name, [
            *self.prefix, "dockerd", "--host", self.url, "--config-file", self.folder / "daemon.json",
            "--data-root", self.folder / "data", "--exec-root", self.folder / "exec",
            "--pidfile", self.folder / "pid", "--bridge", self.bridge, "--iptables=false", "--ip6tables=false"],
            {"PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"})
        wait_for("dockerd to answer on its socket", self._answers, timeout=40, interval=0.1)

    def _answers(self):
        if self._process.poll() is not None:
            raise WorldError(f"dockerd ended with {self._process.returncode}:\n{self.run.log_tail(self.log_name)}")
        if not self.socket.exists():
            return False
        try:
            # A fixed version first: an engine that is still starting has none to negotiate.
            self.client = docker.DockerClient(base_url=self.url, version="auto", timeout=60)
            return self.client.ping()
        except (docker.errors.DockerException, OSError):
            return False

    def _import_image(self):
        self.client.api.import_image_from_data(
            busybox_root(), repository="world", tag="latest",
            changes=['CMD ["sh"]', "ENV PATH=/bin"])


def _claim_subnet():
    """A third octet of 172.31.x.0/24 that no interface and no other run has, and the lock that keeps it ours."""
    LOCKS.mkdir(exist_ok=True)
    taken = set(re.findall(r"172\.31\.(\d+)\.", subprocess.run(
        ["ip", "-4", "addr"], capture_output=True, text=True, check=True).stdout))
    for number in range(100, 250):
        lock = open(LOCKS / f"172.31.{number}.lock", "w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            continue
        if str(number) not in taken:
            return number, lock
        lock.close()
    raise WorldError("no free 172.31.x.0/24 for the engine's bridge")


def busybox_root():
    """A tar of a root file system: busybox with all its names, and folders that programs expect."""
    binary = Path(shutil.which("busybox")).read_bytes()
    names = subprocess.run(["busybox", "--list"], capture_output=True, text=True, check=True).stdout.split()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        def add(path, kind, mode, content=b"", link=""):
            entry = tarfile.TarInfo(path)
            entry.type, entry.mode, entry.size, entry.linkname = kind, mode, len(content), link
            tar.addfile(entry, io.BytesIO(content))
        for folder in ("bin", "etc", "proc", "sys", "dev", "tmp", "www"):
            add(folder, tarfile.DIRTYPE, 0o777 if folder == "tmp" else 0o755)
        add("bin/busybox", tarfile.REGTYPE, 0o755, binary)
        for name in names:
            if name != "busybox":
                add(f"bin/{name}", tarfile.SYMTYPE, 0o777, link="busybox")
        add("etc/passwd", tarfile.REGTYPE, 0o644, b"root:x:0:0:root:/:/bin/sh\n")
        add("www/index.html", tarfile.REGTYPE, 0o644, b"ok\n")
    return packed.getvalue()
