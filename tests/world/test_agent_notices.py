"""Notices that come and go: rebalance recommendations, scheduled maintenance, and each form of spot notice, as boto3 sees the
host. Instance metadata is AWS's own mock where it can say it, else the world's fake."""

from datetime import datetime, timedelta, timezone

import pytest

from hakoban_world.run import wait_for
from hakoban_world.scenario import sleeper

QUICK = {"notices.poll_interval": "200ms", "drain.maintenance_lead": "1m", "drain.log_reserve": "1s",
         "drain.service_grace": "1s"}


@pytest.fixture(scope="module")
def world(make_world):
    world = make_world(stop_timeout=2.0)
    world.scenario.service("web", world.scenario.define("web", sleeper("app")))
    world.aws.wait_for_tasks("the service's task", service="web")
    return world


@pytest.fixture
def make_agent(world, agent_binary):
    """A fresh agent on an ACTIVE host where nothing is announced; killed at the end."""
    agents = []

    def make(name, **settings):
        agent = world.host.agent(agent_binary, name, {**QUICK, **settings}).start()
        agents.append(agent)
        wait_for("the agent to know the service", lambda: agent.scrape().all(
            "container_start_time_seconds", ecs_service="web"), timeout=20)
        return agent
    yield make
    for agent in agents:
        agent.close()
    world.host.imds.withdraw()
    if world.host.status() != "ACTIVE":
        world.ecs.update_container_instances_state(cluster="prod", containerInstances=[world.host.arn], status="ACTIVE")
    world.aws.wait_for_tasks("the service's task", service="web")


def running(world):
    return [t for t in world.witness.tasks("prod").values() if t["lastStatus"] == "RUNNING"]


def stops(world):
    return len(world.calls_of_agents(action="StopTask"))


def changes(world):
    return len(world.calls_of_agents(action="UpdateContainerInstancesState"))


def wait_polled(world, times=4):
    """Until metadata was asked so many times more."""
    path = "/latest/meta-data/events/recommendations/rebalance"
    begun = len(world.host.imds.asked(path))
    wait_for("some polls", lambda: len(world.host.imds.asked(path)) >= begun + times)


def test_a_rebalance_recommendation_is_ignored_unless_told_otherwise(world, make_agent):
    make_agent("ignores")
    before = changes(world)
    world.host.imds.rebalance()
    wait_polled(world)
    assert (changes(world), world.host.status()) == (before, "ACTIVE")


def test_a_rebalance_recommendation_marks_and_a_withdrawn_one_returns_the_host(world, make_agent):
    make_agent("marks", **{"notices.rebalance": "mark"})
    before = stops(world)
    world.host.imds.rebalance()
    wait_for("DRAINING", lambda: world.host.status() == "DRAINING")
    wait_polled(world)
    assert stops(world) == before, "a mark stops nothing"
    assert running(world)
    world.host.imds.withdraw()
    wait_for("ACTIVE again", lambda: world.host.status() == "ACTIVE", timeout=20)


def test_what_another_has_set_draining_stays_so_when_maintenance_is_canceled(world, make_agent):
    agent = make_agent("leaves")
    world.ecs.update_container_instances_state(cluster="prod", containerInstances=[world.host.arn], status="DRAINING")
    world.host.imds.schedule_maintenance("system-reboot", datetime.now(timezone.utc) + timedelta(seconds=50))
    wait_for("the drain", lambda: agent.events("drain step", step="draining_set"), timeout=20)
    world.host.imds.maintenance[0]["State"] = "canceled"
    wait_for("the drain to be called off", lambda: agent.events("drain step", step="called_off"), timeout=20)
    wait_polled(world)
    assert world.host.status() == "DRAINING"


def test_maintenance_drains_near_its_time_and_a_canceled_one_returns_the_host(world, make_agent):
    make_agent("maintains")
    before, stopped = changes(world), stops(world)
    world.host.imds.schedule_maintenance("system-reboot", datetime.now(timezone.utc) + timedelta(days=7))
    wait_polled(world)
    assert changes(world) == before, "it is told weeks ahead"
    world.host.imds.maintenance[0]["NotBefore"] = (
        datetime.now(timezone.utc) + timedelta(seconds=50)).strftime("%-d %b %Y %H:%M:%S GMT")
    wait_for("DRAINING", lambda: world.host.status() == "DRAINING")
    assert stops(world) == stopped, "gentle: ECS moves the services"
    world.host.imds.maintenance[0]["State"] = "canceled"
    wait_for("ACTIVE again", lambda: world.host.status() == "ACTIVE", timeout=20)


@pytest.mark.parametrize("action", ["stop", "hibernate"])
def test_stop_and_hibernate_are_drained_as_terminate_is(world, make_agent, action):
    agent = make_agent(action)
    world.host.imds.spot_notice(action=action, seconds=60)
    wait_for("the end of the drain", lambda: agent.events("drain step", step="drain_finished"), timeout=40)
    assert world.host.status() == "DRAINING"
    assert running(world) == []
    assert agent.scrape().sum("hakoban_drain_missed_total") == 0


def test_a_spot_notice_overtakes_a_gentle_drain(world, make_agent):
    agent = make_agent("overtaken", **{"notices.rebalance": "drain"})
    world.host.imds.rebalance()
    wait_for("DRAINING", lambda: world.host.status() == "DRAINING")
    assert running(world)
    world.host.imds.spot_notice(seconds=60)
    wait_for("the end of the drain", lambda: agent.events("drain step", step="drain_finished"), timeout=40)
    assert running(world) == []
