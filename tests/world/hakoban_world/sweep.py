"""The guard of a run: waits until its standard input closes, then removes all that the run left on the machine.

Run as `python -m hakoban_world.sweep FOLDER`. Lines on standard input name what to remove besides the processes:
`bridge NAME`, `cgroup PATH` (below each controller of cgroup v1, or below the v2 mount). `keep folder` leaves the run's folder.
"""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")


def processes_of(folder):
    """Processes started by this run, by the mark in their environment; the engine's children inherit it."""
    mark = f"WORLD_RUN_FOLDER={folder}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
    return found


def containers_of(pids):
    """Container ids of those of `pids` that are containerd shims."""
    ids = set()
    for pid in pids:
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if "containerd-shim" in words[0] and "-id" in words:
            ids.add(words[words.index("-id") + 1])
    return ids


def processes_in(container_ids):
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and container_ids:
            try:
                groups = (entry / "cgroup").read_text()
            except OSError:
                continue
            if any(container in groups for container in container_ids):
                found.append(int(entry.name))
    return found


def signal_all(pids, number):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue


def end_processes(folder):
    containers = containers_of(processes_of(folder))
    signal_all(processes_in(containers), signal.SIGKILL)  # or dockerd would wait for each of them
    signal_all(topmost(processes_of(folder)), signal.SIGTERM)  # dockerd ends its containerd itself
    deadline = time.monotonic() + 8
    while any(heeds_sigterm(pid) for pid in processes_of(folder)) and time.monotonic() < deadline:
        time.sleep(0.05)
    signal_all(processes_of(folder), signal.SIGKILL)


def topmost(pids):
    """Those whose parent is not among `pids`."""
    def parent(pid):
        try:
            return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            return 0
    return [pid for pid in pids if parent(pid) not in pids]


def heeds_sigterm(pid):
    try:
        return "containerd-shim" not in Path(f"/proc/{pid}/cmdline").read_text().split("\0")[0]
    except OSError:
        return False


def unmount_below(folder):
    lines = Path("/proc/self/mounts").read_text().splitlines()
    points = [line.split(" ")[1].encode().decode("unicode_escape") for line in lines]
    for point in sorted((p for p in points if p.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "-l", point], check=False, stderr=subprocess.DEVNULL)


def remove_cgroup(relative):
    for root in [CGROUP_ROOT, *(p for p in CGROUP_ROOT.iterdir() if p.is_dir())]:
        top = root / relative.lstrip("/")
        if not top.is_dir():
            continue
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                continue


def sweep(folder, notes):
    end_processes(folder)
    unmount_below(folder)
    for kind, value in notes:
        if kind == "bridge":
            subprocess.run(["ip", "link", "del", value], check=False, stderr=subprocess.DEVNULL)
        elif kind == "cgroup":
            remove_cgroup(value)
    if ("keep", "folder") not in notes:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    notes = [tuple(line.split(maxsplit=1)) for line in map(str.strip, sys.stdin) if line]
    sweep(sys.argv[1], notes)


if __name__ == "__main__":
    main()
