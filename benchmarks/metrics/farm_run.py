"""A farm of real cgroups with processes, the agent told of them by a fake engine, and the least that reading costs."""

import asyncio
import resource
import secrets
import subprocess
import threading
import time

from bench_host import TOOL, Measured, read_limit, slab_kb, start_agent, wait_for
from fake_engine import FakeEngine


class Farm:
    """`count` cgroups below one parent, each with a process in its own network namespace."""

    def __init__(self, count):
        self.parent = f"/hakoban-farm-{secrets.token_hex(3)}"
        self.process = subprocess.Popen([str(TOOL), "farm", self.parent, str(count)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.members = []
        for line in self.process.stdout:
            if line.strip() == "ready":
                break
            key, pid = line.split()
            self.members.append((key, int(pid)))
        if len(self.members) != count:
            raise SystemExit(f"the farm has {len(self.members)} of {count} cgroups")

    def close(self):
        self.process.stdin.close()
        self.process.wait(120)


class EngineThread:
    """A fake engine on a loop of its own."""

    def __init__(self, run, parent):
        self.engine = FakeEngine(str(run.folder / f"fake-{secrets.token_hex(2)}.sock"), parent)
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, daemon=True).start()
        self.call(self.engine.start())
        self.url = f"unix://{self.engine.socket}"

    def call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(60)

    def call_long(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(1200)


def measure_farm(run, count, scrapes, idle_seconds, settings=None, beside=None):
    """Everything about the agent at `count` containers, and the limit in the same run. `beside`: measures a peer on the
    same cgroups, given their parent and number."""
    farm = Farm(count)
    try:
        served = EngineThread(run, farm.parent)
        for number, (key, pid) in enumerate(farm.members):
            served.engine.containers[key] = {"pid": pid, "number": number, "state": "running"}
        slab = slab_kb()
        agent, measured = start_agent(run, served.url, settings, name=f"agent-{count}")
        with agent:
            wait_for("all containers on the page", lambda: count_on_page(agent) >= count, timeout=120, interval=0.5)
            told = figures_of(agent, measured, scrapes, idle_seconds)
            told["slab_kb_a_container"] = round((slab_kb() - slab) / count, 1)
            agent.terminate()
        measured.group.remove()
        if beside:
            told["peer"] = beside(farm.parent, count)
        return told
    finally:
        farm.close()


def count_on_page(agent):
    try:
        text = agent.get("/metrics")
    except TimeoutError:  # the first page of thousands, while all of them are being looked up
        return 0
    return sum(line.startswith("container_last_seen{") and ",image=" in line for line in text.splitlines())


def figures_of(agent, measured: Measured, scrapes, idle_seconds):
    measured.scrape(3)
    before = reads_of(agent)
    files = sorted(path for path in measured.descriptors() if path.startswith("/sys/fs/cgroup/") or path.endswith("/net/dev"))
    limit = read_limit(files, max(5, scrapes // 4))
    scrape = measured.scrape(scrapes)
    again = read_limit(files, max(5, scrapes // 4))
    reads = (reads_of(agent) - before) / (scrapes + 1)
    zipped = measured.scrape(max(3, scrapes // 10), encoding="gzip")
    used = measured.group.microseconds()
    time.sleep(idle_seconds)
    idle = (measured.group.microseconds() - used) / (idle_seconds * 1e4)
    # For as many files as a scrape reads: fewer than are kept open, or more where RLIMIT_NOFILE allows no more.
    limit_ms = (limit["us"] + again["us"]) / 2 / 1e3 * reads / limit["files"]
    return {**{f"scrape_{key}": value for key, value in scrape.items()}, "limit_cpu_ms": round(limit_ms, 2),
            "ratio_to_limit": round(scrape["cpu_ms"] / limit_ms, 2), "files_a_scrape": round(reads),
            "gzip_cpu_ms": zipped["cpu_ms"], "gzip_bytes": zipped["bytes"], "idle_core_percent": round(idle, 3),
            "descriptors": len(measured.descriptors()),
            "descriptor_limit": resource.getrlimit(resource.RLIMIT_NOFILE)[1], **measured.memory_mb()}


def reads_of(agent):
    return next(float(line.split()[1]) for line in agent.get("/metrics").splitlines()
                if line.startswith("hakoban_metrics_files_read_total "))


__all__ = ["measure_farm", "start_agent", "Farm", "EngineThread", "figures_of"]
