"""Requests over a spot drain: none fails with hakoban, and some do when only DRAINING is set, as the ECS agent does it.

wrk → a load balancer that follows the targets' states → real containers that end at once on SIGTERM. The service keeps
all its tasks while it moves (minimum and maximum 100 %), as a service whose cluster has no room does.
"""

from contextlib import ExitStack

import pytest

from hakoban_world.engine import Engine
from hakoban_world.engine import IMAGE
from hakoban_world.load import Load, web_server
from hakoban_world.load_balancer import LoadBalancer
from hakoban_world.run import wait_for

DELAY = 4  # deregistration delay in seconds
PROPAGATION = 1.0
NO_SPARE = {"minimumHealthyPercent": 100, "maximumPercent": 100}


@pytest.fixture(scope="module")
def other_engine(world_run):
    with Engine(world_run, name="engine-2") as engine:
        yield engine


@pytest.fixture
def fleet(make_world, engine, other_engine):
    """Two hosts, each with an engine of its own, and two tasks of the web service on each."""
    world = make_world(hosts=2, engines=[engine, other_engine])
    group = world.aws.add_target_group("web", delay=DELAY)
    app = {"name": "app", "image": IMAGE, "command": web_server(), "cpu": 64, "memory": 64, "essential": True,
           "stopTimeout": 5, "portMappings": [{"containerPort": 80, "protocol": "tcp"}]}
    world.scenario.service("web", world.scenario.define("web", app), count=4, group=group, deploymentConfiguration=NO_SPARE)
    world.aws.wait_for_tasks("four web tasks", count=4)
    wait_for("four healthy targets", lambda: list(world.witness.targets(group).values()) == ["healthy"] * 4, timeout=20)
    assert [len(host.ecs_agent.tasks()) for host in world.hosts] == [2, 2]
    yield world, group
    world.close()


def told(balancer, report, name):
    print(f"{name}: {report.requests} requests, {report.failed} failed "
          f"(balancer: {len(balancer.failed)}; first {balancer.failed[:2]}; by target {balancer.served})")


def test_no_request_fails_over_a_spot_drain(fleet, agent_binary):
    world, group = fleet
    with ExitStack() as stack:
        balancer = stack.enter_context(LoadBalancer(world.aws.balancers.states, group, PROPAGATION))
        agent = world.host.agent(agent_binary, "load").start()
        wait_for("the service's name on the page", lambda: {
            s.labels.get("ecs_service") for s in agent.scrape().all("container_start_time_seconds")} >= {"web"})
        leaving = [target for target in world.witness.targets(group) if target[0] == world.host.instance_id]
        load = Load(world.run, balancer.url, seconds=14)
        wait_for("requests at every target", lambda: len(balancer.served) == 4)
        world.host.imds.spot_notice(seconds=120)
        wait_for("the end of the drain", lambda: agent.events("drain step", step="drain_finished"), timeout=40)
        ended = {t.task.arn for t in world.host.ecs_agent.tasks() if t.known == "STOPPED"}
        world.host.reclaim()
        report = load.finish()
        told(balancer, report, "with hakoban")
    assert len(ended) == 2 and len(leaving) == 2
    assert {world.witness.target_state(group, *target)[0] for target in leaving} == {"unused"}
    assert report.requests > 500
    assert (report.failed, balancer.failed) == (0, []), report.text


def test_requests_fail_when_only_draining_is_set(fleet):
    world, group = fleet
    with LoadBalancer(world.aws.balancers.states, group, PROPAGATION) as balancer:
        load = Load(world.run, balancer.url, seconds=9)
        wait_for("requests at every target", lambda: len(balancer.served) == 4)
        world.ecs.update_container_instances_state(cluster=world.cluster, containerInstances=[world.host.arn],
                                                   status="DRAINING")
        wait_for("DRAINING", lambda: world.host.status() == "DRAINING")
        with pytest.raises(TimeoutError):  # two minutes in little: nothing moves
            wait_for("a target that leaves", lambda: len(world.witness.targets(group)) != 4, timeout=3)
        world.host.reclaim()
        report = load.finish()
        told(balancer, report, "with DRAINING alone")
    assert report.requests > 300
    assert report.failed > 0, "without this the load above would prove nothing"
