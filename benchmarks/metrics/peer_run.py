"""cAdvisor's own library (peer/) as it is measured: what its scrapes cost, and what it does in between."""

import shutil
import subprocess
import time
from pathlib import Path

from bench_host import CpuGroup, Measured, free_port, stop_process, wait_for

INTERVAL = 15  # seconds between two scrapes of Prometheus
SOURCE = Path(__file__).resolve().parent / "peer"


def build_peer(run):
    """The program, or None with a word why when there is no Go or no module proxy here."""
    if not shutil.which("go"):
        print("no Go here: nothing is compared with cAdvisor", flush=True)
        return None
    program = run.folder / "cadvisor-peer"
    built = subprocess.run(["go", "build", "-o", str(program), "."], cwd=SOURCE, capture_output=True, text=True)
    if built.returncode != 0:
        print(f"cAdvisor's library does not build here: {built.stderr.strip()[-300:]}", flush=True)
        return None
    return program


class Peer:
    """`arguments`: cAdvisor's own flags."""

    def __init__(self, run, program, name, arguments):
        self.group = CpuGroup(name)
        self.port = free_port()
        join = f"echo $$ > {self.group.folder}/cgroup.procs && exec \"$@\""
        self.process = run.spawn(name, ["sh", "-c", join, "sh", program, "-listen", f"127.0.0.1:{self.port}", *arguments])
        self.measured = Measured(self.group, self.process, self.port)

    def close(self):
        stop_process(self.process)
        self.group.remove()

    def text(self):
        return subprocess.run(["curl", "-s", f"http://127.0.0.1:{self.port}/metrics"], capture_output=True, text=True,
                              check=False).stdout

    def wait_for(self, count, marker):
        """Until `count` containers are told of and their numbers have been refreshed."""
        wait_for("the peer to know all containers",
                 lambda: sum(line.startswith("container_last_seen{") and marker in line
                             for line in self.text().splitlines()) >= count, timeout=900, interval=1)

    def figures(self, scrapes, idle_seconds):
        before = self.group.microseconds()
        time.sleep(idle_seconds)
        rate = (self.group.microseconds() - before) / idle_seconds  # µs a second, without scrapes
        begun = time.monotonic()
        scraped = self.measured.scrape(scrapes)
        housekeeping = rate * (time.monotonic() - begun) / 1e3 / scrapes
        return {**{f"scrape_{key}": value for key, value in scraped.items()},
                "scrape_cpu_ms": round(max(0, scraped["cpu_ms"] - housekeeping), 2),
                "background_core_percent": round(rate / 1e4, 2), **self.measured.memory_mb()}


def of_an_interval(figures, background):
    """CPU ms of one scrape and all that is done between two, INTERVAL seconds apart; `background`: per cent of a core."""
    return round(figures["scrape_cpu_ms"] + background * 10 * INTERVAL, 1)


def measure_peer_raw(run, program, parent, count, quick):
    """On cgroups without an engine: it reads no networks of those."""
    peer = Peer(run, program, f"peer-{count}",
                ["-docker", "unix:///nonexistent.sock", "-raw_cgroup_prefix", parent, "-docker_only=true"])
    try:
        peer.wait_for(count, parent + "/")
        time.sleep(2 if quick else 12)  # a first round of housekeeping is behind it
        return peer.figures(5 if quick else 15, 3 if quick else 15)
    finally:
        peer.close()
