"""The package on a real host: systemd, cgroup v2 and Docker in a virtual machine. The tests share it and follow each other.

The world outside the machine is tests/world's: moto as AWS with signatures and the packaged policy, instance metadata, the
ECS agent's side; boto3 is the witness.
"""

import gzip
import re
import time
import urllib.request
from pathlib import Path

import pytest

from hakoban_vm.host import VmEngine
from hakoban_vm.machine import Machine
from hakoban_world import chatter
from hakoban_world.agent import Page
from hakoban_world.ledger import Behaviour
from hakoban_world.run import wait_for
from hakoban_world.scenario import talker
from hakoban_world.world import BUCKET, PREFIX, World

UNIT = "hakoban-agent"
DELAY = 5  # deregistration delay of the web service's target group, in seconds
INTROSPECTION_PORT = 51678


class VmHost:
    """The guest as its operator sees it."""

    def __init__(self, machine, world):
        self.machine, self.world, self.host = machine, world, world.host
        self.web_port = machine.reach("127.0.0.1:9420")
        aws = machine.expose(port_of(world.aws.url))
        metadata = machine.expose(self.host.imds.port)
        machine.expose(self.host.ecs_agent.introspection.port, INTROSPECTION_PORT)
        self.settings = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{aws}", "AWS_REGION": world.aws.region,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": f"http://127.0.0.1:{metadata}",
            "HAKOBAN_LOGS_DESTINATION": f"s3://{BUCKET}/{PREFIX}", "HAKOBAN_LOGS_MAX_AGE": "2s", "HAKOBAN_LOG_FORMAT": "json"}

    def install(self, package):
        name = Path(package).name
        self.machine.copy(package, f"/root/{name}")
        return self.machine.run(f"DEBIAN_FRONTEND=noninteractive dpkg -i /root/{name} 2>&1")

    def replace(self, package):
        """Another version over the one that runs; until that one answers."""
        old = self.pid()
        printed = self.install(package)
        assert "rror" not in printed, printed
        wait_for("the other version's process", lambda: self.pid() not in (0, old) and self.answers(), timeout=60, interval=0.5)

    def configure(self):
        text = "".join(f"{name}={value}\n" for name, value in self.settings.items())
        self.machine.run("cat >> /etc/hakoban/agent.env", stdin=text.encode())

    def show(self, *properties):
        out = self.machine.run(f"systemctl show {UNIT} -p {','.join(properties)}")
        return dict(line.split("=", 1) for line in out.splitlines())

    def pid(self):
        return int(self.show("MainPID")["MainPID"])

    def page(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}/metrics", timeout=30) as answer:
            return Page(answer.read().decode())

    def answers(self):
        try:
            return urllib.request.urlopen(f"http://127.0.0.1:{self.web_port}/healthz", timeout=30).status == 200
        except OSError:
            return False

    def journal(self, since="-1h"):
        return self.machine.run(f"journalctl -u {UNIT} -o cat --since '{since}'")


def port_of(url):
    return int(url.rpartition(":")[2])


@pytest.fixture(scope="module")
def vm(image, world_run):
    with Machine(image) as machine:
        machine.wait_booted()
        behaviour = Behaviour(speed=5)
        with World(world_run, VmEngine(machine, world_run), behaviour=behaviour) as world:
            scenario = world.scenario
            world.group = world.aws.add_target_group("web", delay=DELAY)
            scenario.service("web", scenario.define("web", talker("app", serve=True, pause=0.5, stopTimeout=10, memory=48),
                                                    cpu="256", memory="128"), count=1, group=world.group)
            scenario.batch(scenario.define("job", talker("main", pause=0.5)))
            yield VmHost(machine, world)


def test_a_first_install_starts_nothing(vm, packages):
    printed = vm.install(packages["agent"])
    assert "rror" not in printed, printed
    assert vm.show("ActiveState", "UnitFileState") == {"ActiveState": "inactive", "UnitFileState": "disabled"}
    assert "uid=" in vm.machine.run("id hakoban")
    assert vm.machine.run("stat -c '%a %U' /etc/hakoban/agent.env").split() == ["600", "root"]
    assert vm.machine.run("ls /usr/share/man/man8/hakoban-agent.8.gz").strip()
    vm.machine.run(f"dpkg -P {UNIT} 2>&1")


def test_an_upgrade_under_load_loses_and_doubles_nothing(vm, previous_agent, packages):
    vm.install(previous_agent)
    vm.configure()
    vm.machine.run(f"systemctl enable --now {UNIT} 2>&1")
    vm.world.aws.wait_for_tasks("web and the job", count=2, timeout=120)
    with Loud(vm, "upgraded") as loud:
        time.sleep(3)
        vm.replace(packages["agent"])
        assert vm.machine.run("grep -c ^HAKOBAN_LOGS_DESTINATION=s3 /etc/hakoban/agent.env").strip() == "1", "settings are kept"
        time.sleep(2)
    loud.assert_shipped_once()
    vm.world.wait_shipped(timeout=90)
    assert doubled(vm.world.recount()) == []


def test_the_unit_is_up_when_the_agent_says_so(vm):
    state = vm.show("ActiveState", "Type", "WatchdogUSec", "NotifyAccess")
    assert state == {"ActiveState": "active", "Type": "notify", "WatchdogUSec": "3min", "NotifyAccess": "main"}
    assert vm.answers()
    status = vm.machine.run(f"cat /proc/{vm.pid()}/status")
    assert re.search(r"^Uid:\s+(?!0\b)", status, re.M), "it runs as a user of its own"
    assert re.search(r"^CapEff:\s+0000000000000004$", status, re.M), "with CAP_DAC_READ_SEARCH and nothing else"
    assert re.search(r"^NoNewPrivs:\s+1$", status, re.M) and re.search(r"^Seccomp:\s+2$", status, re.M)


def test_the_sandbox_leaves_little_exposed(vm):
    printed = vm.machine.run(f"systemd-analyze security --no-pager {UNIT}")
    score = float(re.search(r"Overall exposure level for \S+: ([\d.]+)", printed)[1])
    print(f"systemd-analyze security: {score}")
    assert score <= 2.5, printed


def test_only_the_thread_that_reads_last_numbers_is_a_real_time_one(vm):
    threads = vm.machine.run(f"ps -L -o comm=,cls=,rtprio= -p {vm.pid()}").split("\n")
    real_time = [line.split() for line in threads if line.strip() and line.split()[1] not in ("TS", "IDL")]
    assert real_time == [["exits", "RR", "1"]], threads


def test_metrics_are_the_kernels_on_cgroup_v2(vm):
    world = vm.world
    world.aws.wait_for_tasks("web and the job", count=2, timeout=120)
    web = next(t for t in world.host.ecs_agent.tasks() if t.task.family == "web")
    app = web.containers[0]
    cgroup = world.engine.cgroups.path(web.cgroup_parent, app.docker_id)
    wait_for("the service's name on the page", lambda: vm.page().all(
        "container_cpu_usage_seconds_total", ecs_service="web", ecs_container="app"), timeout=60, interval=0.5)
    mine = {"id": cgroup}

    def kernel():
        text = vm.machine.run(f"cd /sys/fs/cgroup{cgroup} && cat cpu.stat memory.current memory.max pids.current "
                              f"&& grep eth0 /proc/$(head -1 cgroup.procs)/net/dev")
        lines = text.splitlines()
        numbers = dict(line.split() for line in lines if re.fullmatch(r"\w+ \d+", line))
        current, limit, pids = (int(line) for line in lines if line.isdigit())
        return {"cpu": int(numbers["usage_usec"]) / 1e6, "memory": current, "limit": limit, "pids": pids,
                "received": int(re.search(r"eth0:\s*(\d+)", text)[1])}
    before, page, after = kernel(), vm.page(), kernel()
    assert page.duplicates() == []
    assert before["cpu"] <= page.sum("container_cpu_usage_seconds_total", **mine) + 1e-6
    assert page.sum("container_cpu_usage_seconds_total", **mine) <= after["cpu"] + 1e-6
    assert page.value("container_spec_memory_limit_bytes", **mine) == before["limit"] == 48 << 20
    assert abs(page.value("container_memory_usage_bytes", **mine) - before["memory"]) < (2 << 20)
    received = page.value("container_network_receive_bytes_total", interface="eth0", **mine)
    assert before["received"] <= received <= after["received"]
    assert page.all("container_pressure_cpu_waiting_seconds_total", **mine), "PSI is there on v2"
    task = page.all("ecs_task_info", ecs_task_id=web.task.id)
    assert len(task) == 1
    of_task = {"ecs_task_id": web.task.id}
    assert page.value("ecs_task_memory_limit_bytes", **of_task) == 128 << 20, "the task's own, of its slice"
    assert page.value("ecs_task_cpu_limit_cores", **of_task) == 0.25


def test_logs_are_shipped(vm):
    spoken = vm.world.spoken()
    vm.world.wait_shipped(spoken, timeout=90)
    recount = vm.world.recount()
    assert recount.faults == []
    assert {key[:2] for key in recount.lines} >= {("web", "app"), ("job", "main")}


def test_systemd_starts_a_killed_agent_again(vm):
    old = vm.pid()
    vm.machine.run(f"kill -9 {old}")
    wait_for("another process", lambda: vm.pid() not in (0, old) and vm.answers(), timeout=60, interval=0.5)
    assert int(vm.show("NRestarts")["NRestarts"]) >= 1
    vm.world.wait_shipped(timeout=90)
    assert doubled(vm.world.recount()) == []


def test_the_watchdog_ends_an_agent_whose_component_is_frozen(vm, freezer):
    vm.machine.run(f"mkdir -p /run/systemd/system/{UNIT}.service.d && printf '[Service]\\nWatchdogSec=12s\\n' "
                   f"> /run/systemd/system/{UNIT}.service.d/watchdog.conf && systemctl daemon-reload && systemctl restart {UNIT}")
    vm.machine.copy(freezer, "/root/freeze_thread")
    old = vm.pid()
    vm.machine.run(f"chmod +x /root/freeze_thread; (setsid /root/freeze_thread {old} notices >/root/frozen 2>&1 </dev/null &)")
    wait_for("the thread to be frozen", lambda: "frozen" in vm.machine.run("cat /root/frozen"), timeout=20, interval=0.5)
    wait_for("systemd to act", lambda: vm.pid() not in (0, old) and vm.answers(), timeout=90, interval=1)
    printed = vm.journal()
    assert '"component":"notices"' in printed and "no progress" in printed
    assert "watchdog" in printed.lower() + vm.machine.run(f"journalctl -u {UNIT} -o cat -g -i watchdog | tail -5").lower()
    vm.machine.run(f"rm -r /run/systemd/system/{UNIT}.service.d && systemctl daemon-reload && systemctl restart {UNIT}")
    wait_for("the agent", vm.answers, timeout=60, interval=0.5)


def test_a_rollback_under_load_loses_and_doubles_nothing(vm, previous_agent, packages):
    vm.machine.run("systemctl reset-failed")
    with Loud(vm, "rolled-back") as loud:
        time.sleep(3)
        vm.replace(previous_agent)
        time.sleep(4)
        vm.replace(packages["agent"])
        time.sleep(2)
    loud.assert_shipped_once()
    vm.world.wait_shipped(timeout=90)
    assert doubled(vm.world.recount()) == []


def test_a_spot_notice_takes_the_host_out(vm):
    world = vm.world
    vm.machine.set_clock()
    targets = list(world.witness.targets(world.group))
    deadline = world.host.imds.spot_notice(seconds=120)
    wait_for("the end of the drain", lambda: '"step":"drain_finished"' in vm.journal("-3min"), timeout=110, interval=1)
    assert time.time() < deadline.timestamp()
    assert world.host.status() == "DRAINING"
    assert {world.witness.target_state(world.group, *target)[0] for target in targets} == {"unused"}
    assert {t["lastStatus"] for t in world.witness.tasks(world.cluster).values() if t["desiredStatus"] != "RUNNING"} == {"STOPPED"}
    world.wait_shipped(timeout=60)


def test_a_removal_keeps_the_state_and_a_purge_does_not(vm):
    vm.machine.run(f"dpkg -r {UNIT} 2>&1")
    assert vm.machine.run("ls /etc/hakoban/agent.env /var/lib/hakoban/drain.json").count("\n") == 2
    assert not vm.answers()
    vm.machine.run(f"dpkg -P {UNIT} 2>&1")
    left = vm.machine.run("ls -d /etc/hakoban/agent.env /var/lib/hakoban /usr/bin/hakoban-agent /lib/systemd/system/hakoban-agent.service "
                          "/etc/systemd/system/multi-user.target.wants/hakoban-agent.service 2>/dev/null; true")
    assert left == ""
    assert f"{UNIT}.service" not in vm.machine.run(f"systemctl list-units --all --no-legend '{UNIT}*'; true")


def test_a_shutdown_of_the_host_waits_for_its_drain(vm, packages):
    """EC2 stops the instance. The last of the tests: the machine is off after it."""
    world = vm.world
    world.host.imds.withdraw()
    vm.install(packages["agent"])
    vm.configure()
    vm.machine.run(f"systemctl enable --now {UNIT} 2>&1")
    held = wait_for("the lock on shutdowns", lambda: re.search('"event":"(?:a shutdown of the host waits|shutdowns of the host are not).*',
                                                               vm.journal("-2min")), timeout=60, interval=1)[0]
    assert '"at_most":"1m50s"' in held, held
    world.ecs.update_container_instances_state(cluster=world.cluster, containerInstances=[world.host.arn], status="ACTIVE")
    task, = world.aws.wait_for_tasks("the service's task", count=1, service="web", timeout=120)
    wait_for("a healthy target", lambda: "healthy" in world.witness.targets(world.group).values(), timeout=60)
    wait_for("the agent to know it", lambda: vm.page().all("ecs_task_info", ecs_task_id=task.rpartition("/")[2]), timeout=60, interval=1)
    pressed = time.time()
    vm.machine.press_power_button()
    wait_for("the task's end", lambda: world.witness.tasks(world.cluster)[task]["lastStatus"] == "STOPPED", timeout=110, interval=0.2)
    assert not vm.machine.is_off(), "it ended because it was told to, not with the machine"
    wait_for("the machine to be off", vm.machine.is_off, timeout=120, interval=0.5)
    assert world.host.status() == "DRAINING"
    assert "healthy" not in world.witness.targets(world.group).values()
    calls = [c for c in world.calls_of_agents() if c.time >= pressed and c.status == 200]
    out = min(c.time for c in calls if c.action == "DeregisterTargets")
    assert min(c.time for c in calls if c.action == "StopTask" and c.parameters["task"] == task) > out
    assert world.recount().faults == []


class Loud:
    """A container outside ECS that numbers its lines while something happens to the agent."""

    def __init__(self, vm, name):
        self.world, self.name = vm.world, name

    def __enter__(self):
        self.container = self.world.engine.run_container(self.name, chatter.numbered(self.name, pause=0.02))
        return self

    def __exit__(self, *_):
        self.container.stop(timeout=10)
        self.said = sum('"seq"' in line for line in self.container.logs(stderr=False).decode().splitlines())

    def shipped(self):
        return [line for line in raw_lines(self.world, f"_host/{self.name}") if '\\"seq\\"' in line]

    def assert_shipped_once(self):
        wait_for("every line of the loud container", lambda: len(set(self.shipped())) >= self.said, timeout=90, interval=1)
        found = self.shipped()
        assert len(set(found)) == self.said
        assert len(found) == self.said, f"{len(found) - self.said} lines twice"


def raw_lines(world, place):
    s3 = world.aws.client("s3")
    found = []
    for key in world.witness.log_keys(BUCKET, f"{PREFIX}/{place}/"):
        found += gzip.decompress(s3.get_object(Bucket=BUCKET, Key=key)["Body"].read()).decode().splitlines()
    return found


def doubled(recount):
    return [key for key, lines in recount.lines.items() if len(lines) != len(set(lines))]
