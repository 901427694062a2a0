"""The host side of the world does what a real container instance does: it has to, before it may judge anyone."""

import gzip
import json
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path

import pytest

from hakoban_world import chatter, task_cgroup
from hakoban_world.ecs_agent import EcsAgentHost
from hakoban_world.engine import IMAGE
from hakoban_world.metadata import identity_document
from hakoban_world.model import PortMapping, WorldContainer, WorldTask
from hakoban_world.run import ROOT, wait_for

FIXTURES = ROOT / "tests/fixtures/ecs-agent"
STUBBORN = "trap '' TERM; while true; do sleep 1; done"
POLITE = "trap 'echo bye; exit 0' TERM; while true; do sleep 0.1; done"


def fixture(name):
    return json.loads((FIXTURES / name).read_text())


def task_of(family, *containers, **more):
    task_id = str(uuid.uuid4())
    return WorldTask(arn=f"arn:aws:ecs:ap-northeast-1:123456789012:task/prod/{task_id}", id=task_id, cluster="prod",
                     family=family, revision=1, group=more.pop("group", f"family:{family}"), started_by="",
                     container_instance_arn="arn:x", containers=containers, **more)


def container(name, script, **more):
    return WorldContainer(name=name, image=IMAGE, command=["sh", "-c", script], **more)


def shape(value):
    """The structure without the values: keys in order, types, and one element for each list."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


class Reports:
    def __init__(self):
        self.seen = []

    def __call__(self, arn, status, containers):
        self.seen.append((time.monotonic(), arn, status, {c.name: c for c in containers}))

    def of(self, task):
        return [status for _, arn, status, _ in self.seen if arn == task.arn]

    def last(self, task):
        return [containers for _, arn, _, containers in self.seen if arn == task.arn][-1]


@pytest.fixture
def host(engine):
    host = EcsAgentHost(engine, "prod", identity_document("i-0123456789abcdef0"), default_stop_timeout=3)
    host.task_changed = Reports()
    yield host
    engine.remove_all()
    host.close()


def get(url, **headers):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=3) as answer:
        return answer.read().decode()


def start(host, *tasks):
    for task in tasks:
        host.start(task)
    for task in tasks:
        wait_for(f"{task.family} to run", lambda: "RUNNING" in host.task_changed.of(task), timeout=30)


def inspected(engine, host, task):
    return {c.definition.name: engine.client.api.inspect_container(c.docker_id)
            for c in host.find(task.arn).containers}


def test_containers_and_introspection_are_those_of_the_recorded_agent(engine, host):
    assert json.loads(get(host.introspection.url + "/v1/metadata"))["ContainerInstanceArn"] is None
    host.container_instance_arn = "arn:aws:ecs:ap-northeast-1:123456789012:container-instance/prod/x"
    web = task_of("web", container("proxy", POLITE, cpu=64, memory=64),
                  container("app", "httpd -f -p 80 -h /www", cpu=256, memory=128, port_mappings=[PortMapping(80)],
                            environment={"A": "b"}),
                  group="service:web", task_cpu=512, task_memory=256)
    batch = task_of("batch", container("main", POLITE, cpu=128, memory=64))
    start(host, web, batch)

    assert shape(json.loads(get(host.introspection.url + "/v1/metadata"))) == shape(fixture("introspection-metadata.json"))
    tasks = json.loads(get(host.introspection.url + "/v1/tasks"))
    recorded = fixture("introspection-tasks-running.json")
    assert shape(tasks["Tasks"][0]["Containers"][1]) == shape(recorded["Tasks"][0]["Containers"][1])
    assert [shape(t) for t in tasks["Tasks"]] == [shape(t) for t in recorded["Tasks"]]
    assert len(tasks["Tasks"][0]["Containers"][1]["Ports"]) == 2

    app_id = tasks["Tasks"][0]["Containers"][1]["DockerId"]
    for query in (f"taskarn={web.arn}", f"dockerid={app_id}", f"dockerid={app_id[:12]}"):
        assert json.loads(get(f"{host.introspection.url}/v1/tasks?{query}"))["Arn"] == web.arn
    with pytest.raises(urllib.error.HTTPError) as missing:
        get(f"{host.introspection.url}/v1/tasks?taskarn=arn:nobody")
    assert missing.value.code == 404

    app = inspected(engine, host, web)["app"]
    real = next(c for c in fixture("docker-inspect.json") if "-app-" in c["Name"])
    assert app["Config"]["Labels"].keys() == real["Config"]["Labels"].keys()
    assert {e.split("=")[0] for e in app["Config"]["Env"]} >= {e.split("=")[0] for e in real["Config"]["Env"]}
    for setting in ("CpuShares", "Memory", "MemorySwap", "NetworkMode", "LogConfig", "CgroupnsMode", "RestartPolicy"):
        assert app["HostConfig"][setting] == real["HostConfig"][setting], setting
    assert app["HostConfig"]["CgroupParent"] == f"/ecs/{web.id}"
    assert app["Config"].get("StopTimeout") is None
    assert len(app["Name"]) == len(real["Name"]) and app["Name"].startswith("/ecs-web-1-app-")

    port = host.task_changed.last(web)["app"].bindings[0].hostPort
    assert get(f"http://127.0.0.1:{port}/") == "ok\n"
    if not task_cgroup.is_v2():
        parent = task_cgroup.ROOT / "memory/ecs" / web.id
        assert (parent / "memory.limit_in_bytes").read_text().strip() == str(256 << 20)
        assert (task_cgroup.ROOT / "cpu/ecs" / web.id / "cpu.cfs_quota_us").read_text().strip() == "50000"
        assert str(app["State"]["Pid"]) in (parent / app_id / "cgroup.procs").read_text().split()


def test_stop_task_kills_each_container_after_its_own_timeout(engine, host):
    task = task_of("slow", container("app", STUBBORN, stop_timeout=1), container("sidecar", STUBBORN),
                   container("quick", POLITE, essential=False))
    start(host, task)
    begun = time.monotonic()
    host.stop(task.arn, "test")
    wait_for("DesiredStatus STOPPED", lambda: host.find(task.arn).introspection()["DesiredStatus"] == "STOPPED")
    assert host.find(task.arn).introspection()["KnownStatus"] == "RUNNING"
    wait_for("the task to stop", lambda: "STOPPED" in host.task_changed.of(task))
    assert host.find(task.arn).introspection()["KnownStatus"] == "STOPPED"

    def stopped_after(name):
        return next(at for at, _, _, c in host.task_changed.seen if c[name].last_status == "STOPPED") - begun
    assert stopped_after("quick") < 0.9
    assert 0.9 < stopped_after("app") < 2
    assert 2.9 < stopped_after("sidecar") < 4.5
    last = host.task_changed.last(task)
    assert [last[n].exit_code for n in ("app", "sidecar", "quick")] == [137, 137, 0]
    assert host.task_changed.of(task)[-1] == "STOPPED" and host.task_changed.of(task).count("STOPPED") == 1
    assert len(inspected(engine, host, task)) == 3, "stopped containers stay until the clean-up wait"


def test_an_essential_containers_end_stops_the_task_and_the_clean_up_forgets_it(engine, host):
    host.cleanup_wait = 0.5
    task = task_of("job", container("main", "echo done; exit 7"), container("helper", POLITE, essential=False))
    host.start(task)
    wait_for("the task to stop", lambda: "STOPPED" in host.task_changed.of(task))
    assert host.task_changed.last(task)["main"].exit_code == 7
    wait_for("the clean-up", lambda: not host.tasks())
    assert not [c for c in engine.client.api.containers(all=True) if "ecs-job" in c["Names"][0]]
    assert not (task_cgroup.ROOT / "memory/ecs" / task.id).exists()


def test_an_awsvpc_tasks_containers_share_the_network_of_a_pause_container(engine, host):
    task = task_of("net", container("app", POLITE, port_mappings=[PortMapping(80)]), network_mode="awsvpc")
    start(host, task)
    pause = next(c for c in engine.client.api.containers() if "internalecspause" in c["Names"][0])
    assert pause["Labels"]["com.amazonaws.ecs.container-name"] == "~internal~ecs~pause"
    assert inspected(engine, host, task)["app"]["HostConfig"]["NetworkMode"] == f"container:{pause['Id']}"
    assert [c["Name"] for c in host.find(task.arn).introspection()["Containers"]] == ["app"]
    host.stop(task.arn, "test")
    wait_for("the task and its pause container to stop", lambda: not engine.client.api.containers())


def test_a_task_that_cannot_start_is_reported_stopped_with_its_reason(host):
    task = task_of("bad", WorldContainer(name="main", image="nobody/has:this"))
    host.start(task)
    wait_for("the task to stop", lambda: "STOPPED" in host.task_changed.of(task))
    assert "CannotStartContainerError" in host.task_changed.last(task)["main"].reason


def test_the_engine_restarts_with_and_without_live_restore(engine, host):
    task = task_of("web", container("app", POLITE))
    start(host, task)
    engine.reload(live_restore=True)
    engine.restart()
    assert inspected(engine, host, task)["app"]["State"]["Running"]
    assert host.task_changed.of(task)[-1] == "RUNNING"
    engine.restart(live_restore=False)
    wait_for("the agent to see what the restart ended", lambda: "STOPPED" in host.task_changed.of(task))


def test_a_recount_finds_each_line_lost_and_each_line_doubled(engine):
    talker = engine.run_container("talker", chatter.numbered("talker", count=30, pause=0))
    burst = engine.run_container("burst", chatter.burst("burst", 5000))
    try:
        wait_for("both to have spoken", lambda: chatter.spoken(engine, burst.id) == 5000
                 and chatter.spoken(engine, talker.id) == 33)
        talker.stop(timeout=5)
        assert chatter.spoken(engine, talker.id) == 34, "a farewell on SIGTERM"
        lines = [line for container in (talker, burst)
                 for line in Path(inspect_log(engine, container)).read_bytes().splitlines()]
    finally:
        talker.remove(force=True)
        burst.remove(force=True)

    def recount(kept):
        return chatter.Recount({"a": gzip.compress(b"\n".join(kept[:100])), "b": gzip.compress(b"\n".join(kept[100:]))})
    assert recount(lines).faults("talker", 30) == [] and recount(lines).faults("burst", 5000) == []
    assert "1 of 5000 lines lost, first 4966" in recount(lines[:-35] + lines[-34:]).faults("burst", 5000)[0]
    assert "more than once, first 5000" in recount(lines + lines[-1:]).faults("burst", 5000)[0]
    assert "first 31" in recount(lines).faults("talker", 31)[0]
    assert "no line" in recount(lines).faults("nobody")[0]


def inspect_log(engine, container):
    return engine.client.api.inspect_container(container.id)["LogPath"]
