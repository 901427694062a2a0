"""The cgroup of a whole task, as the ECS agent makes it before the containers: /ecs/<task id> with the task's limits."""

import os
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
PERIOD_US = 100_000


def parent_of(task_id):
    return f"/ecs/{task_id}"


def is_v2():
    return (ROOT / "cgroup.controllers").exists()


def controllers():
    """Mount points of the v1 hierarchies (the empty v2 mount beside them is none)."""
    return [p for p in ROOT.iterdir() if p.is_dir() and not p.is_symlink() and (p / "tasks").exists()]


def make(parent, cpu_units, memory_mib, cpu_shares):
    """`cpu_units` and `memory_mib` are the task's hard limits (None: none); `cpu_shares` of its containers."""
    if is_v2():
        _make_v2(parent, cpu_units, memory_mib)
        return
    for root in controllers():
        path = _below(root, parent)
        path.mkdir(parents=True, exist_ok=True)
        if root.name == "memory":
            _write(path / "memory.use_hierarchy", 1)
            if memory_mib:
                _write(path / "memory.limit_in_bytes", memory_mib << 20)
        if (path / "cpu.shares").exists():
            _write(path / "cpu.shares", max(2, cpu_shares))
            if cpu_units:
                _write(path / "cpu.cfs_period_us", PERIOD_US)
                _write(path / "cpu.cfs_quota_us", cpu_units * PERIOD_US // 1024)


def folders(relative):
    """Of a cgroup, in every hierarchy that has it."""
    roots = [ROOT] if is_v2() else controllers()
    return [_below(root, relative) for root in roots if _below(root, relative).is_dir()]


def remove(parent):
    """Bottom up, in every hierarchy; what is still in use stays for the guard of the run."""
    roots = [ROOT] if is_v2() else [p for p in ROOT.iterdir() if p.is_dir()]
    for root in roots:
        top = _below(root, parent)
        for folder, _, _ in os.walk(top, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                continue
        try:
            os.rmdir(top.parent)  # /ecs itself, once no task of anyone is below it
        except OSError:
            continue


def _make_v2(parent, cpu_units, memory_mib):
    path = _below(ROOT, parent)
    path.mkdir(parents=True, exist_ok=True)
    for folder in (ROOT, path.parent, path):
        _write(folder / "cgroup.subtree_control", "+cpu +memory +pids +io +cpuset")
    if memory_mib:
        _write(path / "memory.max", memory_mib << 20)
    if cpu_units:
        _write(path / "cpu.max", f"{cpu_units * PERIOD_US // 1024} {PERIOD_US}")


def _below(root, parent):
    return root / parent.lstrip("/")


def _write(path, value):
    try:
        path.write_text(str(value))
    except OSError:
        if path.name != "memory.use_hierarchy":  # cannot be written again where it is inherited
            raise
