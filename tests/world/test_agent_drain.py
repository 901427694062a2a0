"""A drain when all is against it: notice and clock from AWS's own metadata mock, AWS stumbling, the agent killed."""

import time

import pytest

from hakoban_world.aemm import Aemm, install
from hakoban_world.agent import HakobanAgent
from hakoban_world.run import wait_for
from hakoban_world.scenario import talker
from hakoban_world.world import BUCKET, PREFIX

DELAY = 3
STUBBORN = ["sh", "-c", "trap '' TERM; n=0; while true; do n=$((n+1)); echo \"{\\\"seq\\\":$n}\"; sleep 0.2; done"]


@pytest.fixture(scope="module")
def world(make_world):
    return make_world()


@pytest.fixture(scope="module")
def groups(world):
    scenario, aws = world.scenario, world.aws
    groups = {"ip": aws.add_target_group("ip", target_type="ip", delay=DELAY),
              "web": aws.add_target_group("web", delay=DELAY)}
    scenario.service("ip", scenario.define("ip", talker("app", serve=True), networkMode="awsvpc"),
                     group=groups["ip"], awsvpc=True)
    scenario.service("web", scenario.define("web", talker("app", serve=True)), group=groups["web"])
    scenario.batch(scenario.define("stubborn", {**talker("main"), "command": STUBBORN, "stopTimeout": 4}))
    aws.wait_for_tasks("ip, web and the stubborn job", count=3)
    for group in groups.values():
        wait_for("a healthy target", lambda: list(world.witness.targets(group).values()) == ["healthy"])
    return groups


def agent_on(world, binary, endpoint):
    """Role credentials by environment: the mock has none to give."""
    given = world.host.credentials()
    keys = {"AWS_ACCESS_KEY_ID": given["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": given["SecretAccessKey"],
            "AWS_SESSION_TOKEN": given["Token"], "AWS_EC2_METADATA_SERVICE_ENDPOINT": endpoint}
    agent = HakobanAgent(world.run, binary, {
        "ecs.introspection_url": world.host.ecs_agent.introspection.url, "logs.max_age": "1s",
        "logs.destination": f"s3://{BUCKET}/{PREFIX}"}, world.host.agent_environment() | keys, name="drain")
    world.stack.callback(agent.close)
    return agent


def test_a_stop_notice_is_carried_out_through_throttling_odd_answers_and_a_kill(world, groups, world_run, agent_binary):
    targets = {name: next(iter(world.witness.targets(group))) for name, group in groups.items()}
    assert targets["ip"][0].count(".") == 3 and targets["ip"][1] == 80
    faults = world.aws.faults
    rules = [faults.add("throttle", service="ecs", action="UpdateContainerInstancesState", times=2),
             faults.add("html_500", service="elasticloadbalancing", action="DeregisterTargets", times=2),
             faults.add("reset", service="ecs", action="StopTask", times=1, after_call=True),
             faults.add("garbage", service="elasticloadbalancing", action="DescribeTargetHealth", times=1,
                        body=b"<html>not that</html>")]
    identity = world.host.imds.identity
    with Aemm(world_run, install(), identity, delay=5, arguments=["-a", "stop"]) as mock:
        agent = agent_on(world, agent_binary, mock.endpoint).start()
        wait_for("the services' names on the page", lambda: {
            s.labels.get("ecs_service") for s in agent.scrape().all("container_start_time_seconds")} >= {"ip", "web"})
        wait_for("DRAINING", lambda: world.host.status() == "DRAINING", timeout=20)
        deadline = agent.scrape().value("hakoban_drain_deadline_timestamp_seconds")
        agent.kill9()
        time.sleep(1.5)
        agent.restart()
        wait_for("the drain to be taken up again", lambda: agent.scrape().sum("hakoban_drain_active") == 1)
        assert agent.scrape().value("hakoban_drain_deadline_timestamp_seconds") == pytest.approx(deadline, abs=0.01), \
            "the mock moves its time on with each request; the earliest counts"
        wait_for("the end of the drain", lambda: agent.events("drain step", step="drain_finished"), timeout=60)

        for step in agent.events("drain step"):
            print(f"{float(step['since_notice']):7.2f} s  slack {float(step['slack']):6.1f} s  {step['step']}")
        for name, group in groups.items():
            assert world.witness.target_state(group, *targets[name])[0] == "unused", name
        tasks = world.witness.tasks("prod").values()
        assert {t["lastStatus"] for t in tasks if t["startedAt"]} == {"STOPPED"}
        stubborn = next(t for t in tasks if t["group"] == "family:stubborn")
        assert stubborn["containers"][0]["exitCode"] == 137
        assert [rule.hits for rule in rules] == [2, 2, 1, 1]
        assert len([c for c in world.calls_of_agents(action="StopTask") if c.status == 200]) >= 3
        spoken = world.spoken()
        world.wait_shipped(spoken)
        recount = world.recount()
        assert recount.faults == [] and recount.differences(spoken) == []
        seconds, code = agent.terminate()
        assert code == 0 and seconds < 10
