"""The parts of the log benchmark: a host folder with logs, stand-ins, the agent, and what was measured of it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
TICKS = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, check, timeout):
    deadline = time.monotonic() + timeout
    while not (value := check()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(0.05)
    return value


class Bench:
    """One host. `cores`: the agent on the first core, all else on the others, as far as there are several."""

    def __init__(self, build, memory=True, settings=None):
        self.build = Path(build)
        shared = "/dev/shm" if memory and os.path.isdir("/dev/shm") else None
        self.folder = Path(tempfile.mkdtemp(prefix="bench-logs-", dir=shared))
        self.containers, self.objects, self.state = (self.folder / n for n in ("containers", "objects", "state"))
        for folder in (self.containers, self.objects, self.state):
            folder.mkdir()
        self.lines, self.docker = self.folder / "lines", self.folder / "docker.sock"
        self.s3_port, self.port = free_port(), free_port()
        self.settings = settings or {}
        self.children, self.agent = [], None
        others = sorted(os.sched_getaffinity(0))[1:] or [0]
        self.others = ",".join(map(str, others))
        self.spawn([sys.executable, HERE / "stand_ins.py", self.s3_port, self.objects, self.docker, self.containers])
        wait_for("the stand-ins", self.docker.exists, 10)

    def spawn(self, argv, cores=None, env=None):
        command = ["taskset", "-c", cores or self.others, *map(str, argv)]
        with open(self.folder / "children.log", "ab") as log:
            child = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                     env=os.environ if env is None else env)
        self.children.append(child)
        return child

    def control(self, **settings):
        request = urllib.request.Request(f"http://127.0.0.1:{self.s3_port}/_control", json.dumps(settings).encode(),
                                         {"Content-Type": "application/json"}, method="POST" if settings else "GET")
        return json.load(urllib.request.urlopen(request, timeout=10))

    def writer(self, *, containers, bytes, rate=0, max_size=0, max_file=1, long_every=500):
        """Starts it. Before the agent: the engine that stands in has no events, so what comes later is found late."""
        child = self.spawn([self.build / "benchmarks/bench_logs", "write", self.containers, containers, bytes, rate,
                            max_size, max_file, long_every, self.lines])
        wait_for("the logs", lambda: len(list(self.containers.glob("*/*-json.log"))) == containers, 20)
        return child

    def write(self, **what):
        if self.writer(**what).wait() != 0:
            raise RuntimeError("the writer failed: " + (self.folder / "children.log").read_text()[-500:])

    def start_agent(self, cores="0"):
        settings = {"STATE_DIRECTORY": self.state, "LOGS_DESTINATION": "s3://bench-logs/x", "LOGS_MAX_AGE": "2s",
                    "WEB_LISTEN_ADDRESS": f"127.0.0.1:{self.port}", "LOGS_TASK_INDEX": "false",
                    "DOCKER_HOST": f"unix://{self.docker}", **self.settings}
        known = (subprocess.run([self.build / "hakoban-agent", "--help"], capture_output=True, text=True)).stdout
        env = {f"HAKOBAN_{k}": str(v) for k, v in settings.items() if f"HAKOBAN_{k}" in known}
        env |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "us-east-1",
                "AWS_EC2_METADATA_DISABLED": "true", "PATH": os.environ["PATH"],
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:9",
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.s3_port}"}
        self.agent = self.spawn([self.build / "hakoban-agent"], cores=cores, env=env)
        return self.agent

    def metrics(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        samples = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("hakoban_logs_"))
        return {name: float(value) for name, value in samples}

    def cpu_seconds(self):
        fields = Path(f"/proc/{self.agent.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def peak_rss_mb(self):
        status = Path(f"/proc/{self.agent.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def raw_bytes(self):
        return sum(p.stat().st_size for p in self.containers.rglob("*-json.log*"))

    def drained(self):
        """Nothing is pending, and no look at the files finds more. The gauge is as old as the last look."""
        seen = self.metrics()
        if seen.get("hakoban_logs_lines_total", 0) == 0 or seen.get("hakoban_logs_pending_bytes", 1) > 0:
            return False
        time.sleep(1.5)
        return self.metrics().get("hakoban_logs_pending_bytes", 1) == 0

    def wait_stored(self, limit):
        """Until this process has stored every line that the writer wrote; what is missing shows in the count."""
        written = sum(map(int, self.lines.read_text().split()))
        deadline = time.monotonic() + limit
        while self.metrics().get("hakoban_logs_lines_total", 0) < written and time.monotonic() < deadline:
            time.sleep(0.05)

    def terminate(self, limit=60):
        begun = time.monotonic()
        self.agent.send_signal(signal.SIGTERM)
        self.agent.wait(limit)
        return time.monotonic() - begun

    def kill9(self):
        self.agent.kill()
        self.agent.wait()

    def count(self, parse_every=100):
        done = subprocess.run([self.build / "benchmarks/bench_logs", "count", self.objects, self.lines, str(parse_every)],
                              capture_output=True, text=True)
        if not done.stdout:
            raise RuntimeError(done.stderr)
        counts = json.loads(done.stdout)
        if counts["lost"] or counts["duplicated"]:
            print(f"  counted {counts}; the agent's last words:\n{self.log_tail()}", file=sys.stderr)
        return counts

    def log_tail(self):
        return (self.folder / "children.log").read_text(errors="replace")[-3000:]

    def close(self):
        for child in self.children:
            if child.poll() is None:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
