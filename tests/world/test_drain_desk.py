"""A drain's calls by way of the coordinator: one call for many hosts, made with the coordinator's role; and without it the
agent's own."""

import pytest

from fleet_world import COORDINATOR_POLICY, coordinator_binary
from hakoban_world.agent import HakobanAgent
from hakoban_world.run import wait_for
from hakoban_world.scenario import talker

TOKEN = "a shared secret"
SHARED = ("UpdateContainerInstancesState", "DeregisterTargets")


@pytest.fixture(scope="module")
def world(make_world):
    return make_world(stop_timeout=2.0)


@pytest.fixture(scope="module")
def token(world):
    file = world.run.folder / "drain-token"
    file.write_text(TOKEN + "\n")
    return file


@pytest.fixture(scope="module")
def coordinator(world, token, coordinator_calls):
    world.aws.add_role("coordinator", COORDINATOR_POLICY, Cluster="prod", Groups="prod-*", Queue="q", LeaseTable="t", Bucket="b",
                       LeaseKey="l", TaskStatusPrefix="t", DecisionsPrefix="d")
    keys = world.aws.role_credentials("coordinator")
    environment = {"AWS_ENDPOINT_URL": world.aws.url, "AWS_REGION": world.aws.region, "AWS_EC2_METADATA_DISABLED": "true",
                   "AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                   "AWS_SESSION_TOKEN": keys["Token"]}
    coordinator = HakobanAgent(world.run, coordinator_binary(), {"cluster": "prod", "drain_desk.token_file": token}, environment,
                               name="desk")
    coordinator.settings.pop("state_directory")
    coordinator.access_key = keys["AccessKeyId"]
    yield coordinator.start()
    coordinator.close()
    coordinator_calls.extend(world.aws.calls(access_key=coordinator.access_key))


def drain(world, agent_binary, settings, name):
    """One spot drain of a web task; the actions that the host itself called."""
    group = world.aws.add_target_group(name, delay=1)
    world.scenario.service(name, world.scenario.define(name, talker("app", serve=True)), group=group)
    world.aws.wait_for_tasks("the web task", service=name)
    wait_for("a healthy target", lambda: list(world.witness.targets(group).values()) == ["healthy"], timeout=20)
    target = next(iter(world.witness.targets(group)))
    before = len(world.calls_of_agents())
    agent = world.host.agent(agent_binary, name, {"notices.poll_interval": "200ms", **settings}).start()
    wait_for("the target groups to be known", lambda: agent.scrape().all(
        "hakoban_census_refreshed_timestamp_seconds", source="target_groups"), timeout=20)
    world.host.imds.spot_notice(seconds=90)
    wait_for("the end of the drain", lambda: agent.events("drain step", step="drain_finished"), timeout=60)
    assert world.host.status() == "DRAINING"
    assert world.witness.target_state(group, *target)[0] == "unused"
    page = agent.scrape()
    agent.kill9()
    world.host.imds.withdraw()
    world.ecs.update_service(cluster="prod", service=name, desiredCount=0)
    world.ecs.update_container_instances_state(cluster="prod", containerInstances=[world.host.arn], status="ACTIVE")
    return page, [c.action for c in world.calls_of_agents()[before:] if c.action in SHARED]


def test_the_coordinator_makes_the_calls_of_a_draining_host(world, coordinator, token, agent_binary):
    page, own = drain(world, agent_binary, {"drain.coordinator": coordinator.url, "drain.coordinator_token_file": token}, "shared")
    assert own == [], "nothing of it was called by the host"
    made = [c.action for c in world.aws.calls(access_key=coordinator.access_key) if c.action in SHARED and c.status == 200]
    assert sorted(made) == sorted(SHARED)
    assert page.sum("hakoban_drain_shared_calls_total", outcome="done") == 2
    assert coordinator.scrape().sum("hakoban_drain_desk_calls_total", outcome="ok") == 2


def test_a_host_calls_by_itself_when_the_coordinator_does_not_take_its_token(world, coordinator, agent_binary):
    wrong = world.run.folder / "wrong-token"
    wrong.write_text("another secret\n")
    page, own = drain(world, agent_binary, {"drain.coordinator": coordinator.url, "drain.coordinator_token_file": wrong}, "alone")
    assert sorted(set(own)) == ["DeregisterTargets", "UpdateContainerInstancesState"]
    assert page.sum("hakoban_drain_shared_calls_total", outcome="unreachable") >= 1
    log = (world.run.folder / "log" / "desk.log").read_text() + (world.run.folder / "log" / "alone.log").read_text()
    assert "secret" not in log
