"""The host is shut down (EC2 stops the instance, or somebody types poweroff): logind waits for the drain, as AWS sees it."""

import json

import pytest

from hakoban_world.logind import Logind
from hakoban_world.run import wait_for
from hakoban_world.scenario import sleeper, talker

BRISK = {"notices.poll_interval": "200ms", "drain.log_reserve": "1s", "drain.margin": "1s"}
DELAY = 30.0


@pytest.fixture(scope="module")
def logind(world_run):
    with Logind(world_run, delay=DELAY) as logind:
        yield logind


@pytest.fixture(scope="module")
def world(make_world):
    return make_world(stop_timeout=2.0)


@pytest.fixture(scope="module")
def agent(world, logind, agent_binary):
    agent = world.host.agent(agent_binary, "shutdown", BRISK)
    agent.environment["DBUS_SYSTEM_BUS_ADDRESS"] = logind.address
    agent.start()
    wait_for("the agent's lock", lambda: logind.held() == ["hakoban-agent"])
    return agent


def drain_of(agent):
    return json.loads(agent.get("/v1/drain"))


def test_a_shutdown_that_is_called_off_brings_the_host_back_and_the_lock_is_taken_again(world, logind, agent):
    scenario = world.scenario
    scenario.service("slow", scenario.define("slow", sleeper("app", stopTimeout=2)))
    task, = world.aws.wait_for_tasks("the service's task", service="slow")
    wait_for("the agent to know the service", lambda: 'service="slow"' in agent.get("/metrics"), timeout=20)
    logind.begin()
    wait_for("DRAINING", lambda: world.host.status() == "DRAINING")
    cause, = drain_of(agent)["drain"]["causes"]
    assert cause["kind"] == "host_shutdown"
    logind.call_off()
    wait_for("ACTIVE again", lambda: world.host.status() == "ACTIVE", timeout=20)
    wait_for("a lock for the next time", lambda: logind.held() == ["hakoban-agent"])
    world.ecs.update_service(cluster="prod", service="slow", desiredCount=0)
    if world.witness.tasks("prod")[task]["lastStatus"] != "STOPPED":
        world.ecs.stop_task(cluster="prod", task=task)


def test_a_shutdown_waits_until_the_tasks_are_out_of_the_balancer_and_stopped(world, logind, agent):
    scenario, aws = world.scenario, world.aws
    group = aws.add_target_group("web", delay=3)
    scenario.service("web", scenario.define("web", talker("app", serve=True, stopTimeout=2)), group=group)
    web, = aws.wait_for_tasks("the web task", service="web")
    job = scenario.batch(scenario.define("job", talker("main")))
    wait_for("a healthy target", lambda: list(world.witness.targets(group).values()) == ["healthy"], timeout=20)
    wait_for("the agent to know both", lambda: all(word in agent.get("/metrics") for word in ('service="web"', 'family="job"')),
             timeout=20)
    wait_for("the lock", lambda: logind.held() == ["hakoban-agent"])
    took = logind.shut_down()
    assert took < DELAY - 1, "it was let go by the drain, not by the end of logind's patience"
    assert world.host.status() == "DRAINING"
    assert "healthy" not in world.witness.targets(group).values()
    assert {task["lastStatus"] for task in world.witness.tasks("prod").values()} == {"STOPPED"}, (web, job)
    drain = drain_of(agent)
    assert (drain["phase"], drain["drain"]["summary"]["missed"]) == ("drained", False)
    assert drain["drain"]["causes"][0]["kind"] == "host_shutdown"
    calls = [c for c in world.calls_of_agents() if c.status == 200]
    out = min(c.time for c in calls if c.action == "DeregisterTargets")
    stopped = min(c.time for c in calls if c.action == "StopTask" and c.parameters["task"] == web)
    assert stopped - out >= 3, "the web task went on serving what it had while it was taken out"
    world.wait_shipped()
