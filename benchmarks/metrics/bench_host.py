"""What the benchmarks of the metrics share: the programs under test, their CPU time to the nanosecond, their memory."""

import os
import resource
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "world"))

from hakoban_world.agent import HakobanAgent  # noqa: E402
from hakoban_world.run import free_port, stop_process, wait_for  # noqa: E402

TOOL = ROOT / "build" / "release" / "benchmarks" / "bench_metrics"
AGENT = ROOT / "build" / "release" / "hakoban-agent"
NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens
V1 = Path("/sys/fs/cgroup/cpuacct")


class CpuGroup:
    """A cgroup for one program under test, to read what all its threads used, those that ended too."""

    def __init__(self, name):
        top = V1 if V1.exists() else Path("/sys/fs/cgroup")
        self.folder = top / f"hakoban-bench-{name}-{secrets.token_hex(3)}"
        self.folder.mkdir()

    def microseconds(self):
        if (self.folder / "cpuacct.usage").exists():
            return int((self.folder / "cpuacct.usage").read_text()) / 1e3
        stat = dict(line.split() for line in (self.folder / "cpu.stat").read_text().splitlines())
        return int(stat["usage_usec"])

    def remove(self):
        wait_for(f"{self.folder} to be empty", self._removed)

    def _removed(self):
        try:
            self.folder.rmdir()
        except OSError:
            return False
        return True


class Measured:
    """A program that is scraped, with the CPU time of its own cgroup."""

    def __init__(self, group, process, port):
        self.group, self.process, self.port = group, process, port

    def scrape(self, count, pause_ms=50, encoding=""):
        """Returns CPU ms a scrape, p50 and p99 in ms, bytes."""
        words = [str(TOOL), "scrape", str(self.port), str(count), str(pause_ms), *([encoding] if encoding else [])]
        before = self.group.microseconds()
        done = subprocess.run(words, check=True, capture_output=True, text=True)
        used = (self.group.microseconds() - before) / 1e3 / count
        p50, p99, size = done.stdout.split()
        return {"cpu_ms": round(used, 2), "p50_ms": float(p50), "p99_ms": float(p99), "bytes": int(size)}

    def memory_mb(self):
        status = dict(line.split(":", 1) for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines())
        return {"rss_mb": round(int(status["VmRSS"].split()[0]) / 1024, 1),
                "peak_rss_mb": round(int(status["VmHWM"].split()[0]) / 1024, 1)}

    def descriptors(self):
        return [os.readlink(entry) for entry in Path(f"/proc/{self.process.pid}/fd").iterdir() if entry.is_symlink()]


def start_agent(run, docker_url, settings=None, name="agent"):
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # inherited, as from its unit
    group = CpuGroup(name)
    agent = HakobanAgent(run, AGENT, {"ecs.introspection_url": NOBODY, "log.format": "json", **(settings or {})},
                         {"DOCKER_HOST": docker_url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY}, name=name,
                         cgroups=[group.folder])
    agent.start(timeout=60)
    return agent, Measured(group, agent.process, agent.port)


def read_limit(files, rounds):
    """CPU microseconds for one pread of each of these files, on kept descriptors."""
    done = subprocess.run([str(TOOL), "limit", str(rounds)], input="\n".join(files) + "\n", text=True, check=True,
                          capture_output=True)
    count, cost, size = done.stdout.split()
    return {"files": int(count), "us": float(cost), "bytes": int(size)}


def slab_kb():
    meminfo = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    return int(meminfo["Slab"].split()[0])


__all__ = ["ROOT", "TOOL", "AGENT", "NOBODY", "CpuGroup", "Measured", "start_agent", "read_limit", "slab_kb", "free_port",
           "stop_process", "wait_for"]
