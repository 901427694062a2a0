"""Runs a given hakoban-agent as a user would: settings by environment or by file, a state folder, its log and pages."""

import json
import signal
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from .run import WorldError, free_port, wait_for

STOP_LIMIT = 10.0  # the product's promise: SIGTERM to end


class Page:
    """One scrape. A sample is found by its name and any of its labels."""

    def __init__(self, text):
        self.text = text
        self.families = {f.name: f for f in text_string_to_metric_families(text)}
        self.samples = [s for family in self.families.values() for s in family.samples]

    def all(self, name, /, **labels):
        return [s for s in self.samples if s.name == name and labels.items() <= s.labels.items()]

    def sum(self, name, /, **labels):
        """0 when there is none: for counters that appear with their first event."""
        return sum(s.value for s in self.all(name, **labels))

    def value(self, name, /, **labels):
        found = self.all(name, **labels)
        if len(found) != 1:
            raise AssertionError(f"{len(found)} samples of {name}{labels}, wanted one: {found[:5]}")
        return found[0].value

    def duplicates(self):
        """Series that stand more than once; promtool does not look for them."""
        seen, twice = set(), []
        for sample in self.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            twice.extend([key] if key in seen else [])
            seen.add(key)
        return twice


class HakobanAgent:
    """`settings` are the agent's own keys ("logs.max_age": "2s"); `environment` is AWS's and Docker's names."""

    def __init__(self, run, binary, settings=None, environment=None, *, name="agent", by_file=False, arguments=(),
                 cgroups=()):
        self.run = run
        self.binary = Path(binary)
        self.name = name
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.state = run.folder / f"state-{name}"
        self.settings = {"web.listen_address": f"127.0.0.1:{self.port}", "state_directory": str(self.state),
                         "log.format": "json", **(settings or {})}
        self.environment = dict(environment or {})
        self.by_file = by_file
        self.arguments = list(arguments)
        self.cgroups = list(cgroups)
        self.process = None
        if not self.binary.exists():
            raise WorldError(_absent(self.binary))

    def start(self, healthy=True, timeout=15):
        environment, arguments = dict(self.environment), list(self.arguments)
        if self.by_file:
            arguments += ["--config", str(self._write_config())]
        else:
            environment |= {variable_of(key): str(value) for key, value in self.settings.items()}
        joined = "".join(f"echo $$ > {folder}/cgroup.procs && " for folder in self.cgroups)
        command = ["sh", "-c", f'{joined}exec "$@"', "sh"] if joined else []
        self.process = self.run.spawn(self.name, [*command, self.binary, *arguments], environment)
        if healthy:
            self.wait_healthy(timeout)
        return self

    def restart(self):
        return self.start()

    def wait_healthy(self, timeout=15):
        wait_for(f"{self.name} to answer 200 at /healthz", lambda: self.health() == 200, timeout)

    def health(self):
        self.check_alive()
        return self._status("/healthz")

    def check_alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended with {self.process.returncode}:\n{self.run.log_tail(self.name)}")

    def _status(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return None

    def get(self, path):
        with urllib.request.urlopen(self.url + path, timeout=5) as answer:
            return answer.read().decode()

    def scrape(self):
        self.check_alive()
        return Page(self.get("/metrics"))

    def log(self):
        """Its lines as dicts, over all starts. A line that is no JSON object is kept as {"event": line}."""
        path = self.run.folder / "log" / f"{self.name}.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        return [_parsed(line) for line in lines]

    def events(self, event, **fields):
        return [line for line in self.log() if line.get("event") == event and fields.items() <= line.items()]

    def problems(self):
        return [line for line in self.log() if line.get("level") in ("warn", "error")]

    def terminate(self, limit=STOP_LIMIT):
        """SIGTERM; returns how long the end took and the exit code. Longer than `limit` is a failure."""
        self.check_alive()
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(limit)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise AssertionError(f"{self.name} did not end within {limit:g} s of SIGTERM:\n"
                                 f"{self.run.log_tail(self.name)}") from None
        return time.monotonic() - begun, code

    def kill9(self):
        self.process.kill()
        self.process.wait(10)

    def close(self):
        """For the end of a test: whatever state it is in."""
        if self.process and self.process.poll() is None:
            self.kill9()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _write_config(self):
        nested = {}
        for key, value in self.settings.items():
            *parents, last = key.split(".")
            place = nested
            for parent in parents:
                place = place.setdefault(parent, {})
            place[last] = value
        path = self.run.folder / f"{self.name}.json"
        path.write_text("// written by the world\n" + json.dumps(nested, indent=2))
        return path


def _absent(binary):
    return f"no agent at {binary}: build it (scripts/build) or name it with --agent"


def variable_of(key):
    return "HAKOBAN_" + key.upper().replace(".", "_")


def run_once(run, binary, arguments, environment=None, timeout=10):
    """For --help, --check-config and a start that has to fail: (exit code, what it printed)."""
    if not Path(binary).exists():
        raise WorldError(_absent(binary))
    done = subprocess.run([str(binary), *map(str, arguments)], env=run.environment(environment), timeout=timeout,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout.decode(errors="replace")


def _parsed(line):
    try:
        value = json.loads(line)
    except ValueError:
        return {"event": line}
    return value if isinstance(value, dict) else {"event": line}
