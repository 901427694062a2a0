"""hakoban-coordinator lets fleets shrink: gently, one way in for each kind of pool, as boto3 sees what came of it."""

import time

import pytest


def drained(fleet):
    return [i for i in fleet.instances().values() if i["status"] == "DRAINING"]


@pytest.fixture(params=["asg", "spot_fleet", "mixed"])
def pool_of_three(request, fleet):
    """(fleet, pool with three hosts, its units)."""
    if request.param == "asg":
        pool, units = fleet.asg(desired=3), 3
    elif request.param == "mixed":
        pool, units = fleet.asg(desired=6, mixed={"m5.xlarge": 2, "m5.large": 1}), 6
    else:
        pool, units = fleet.spot_fleet(target=6, weights={"m5.xlarge": 2}), 6
    fleet.wait_registered(pool, 3)
    return fleet, pool, units


def test_empty_hosts_leave_down_to_the_minimum(pool_of_three):
    fleet, pool, units = pool_of_three
    weight = units // 3
    fleet.service("web", 400, 1000, 2)
    fleet.wait("two tasks", lambda: fleet.counts("web") == (2, 0))
    fleet.coordinator({"policy.on_demand.min": str(weight), "policy.spot.min": str(weight)})
    fleet.wait("one host left", lambda: len(fleet.members(pool)) == 1, timeout=60)
    fleet.wait("nothing drains", lambda: len(fleet.instances()) == 1 and not drained(fleet))
    assert fleet.target(pool) == weight
    fleet.wait("both tasks", lambda: fleet.counts("web") == (2, 0))
    assert fleet.killed() == []


def test_a_batch_job_is_waited_for_and_its_host_goes_when_it_ended(fleet):
    pool = fleet.asg(desired=2, least=1)
    fleet.wait_registered(pool, 2)
    jobs = [fleet.run_task(fleet.definition(64, 128))[0][0] for _ in range(2)]
    fleet.coordinator()
    fleet.wait("a host to drain", lambda: len(drained(fleet)) == 1)
    time.sleep(2)
    assert fleet.target(pool) == 2, "its job still runs"
    host = next(h for h in pool.hosts.values() if h.container_instance_arn == drained(fleet)[0]["containerInstanceArn"])
    assert len(host.started) == 1
    host.end(next(iter(host.started)), 0)
    fleet.wait("the host to be gone", lambda: fleet.target(pool) == 1 and len(fleet.members(pool)) == 1)
    assert fleet.killed() == []
    assert len(jobs) == 2


def test_nothing_leaves_whose_tasks_have_no_room_elsewhere(fleet):
    pool = fleet.asg(desired=3)
    fleet.wait_registered(pool, 3)
    fleet.service("web", 1100, 1000, 3)  # 54 % of a host each, and no two fit on one
    fleet.wait("three tasks", lambda: fleet.counts("web") == (3, 0))
    coordinator = fleet.coordinator()
    fleet.wait("some turns", lambda: coordinator.scrape().sum("hakoban_cluster_observations_total", part="instances") > 6)
    assert (fleet.target(pool), drained(fleet)) == (3, [])
    assert fleet.calls(coordinator, action="UpdateContainerInstancesState") == []


def test_demand_that_returns_calls_a_draining_host_back_before_buying(fleet):
    pool = fleet.asg(desired=2)
    fleet.wait_registered(pool, 2)
    definition = fleet.definition(64, 128)
    for _ in range(2):
        fleet.run_task(definition)
    coordinator = fleet.coordinator()
    fleet.wait("a host to drain", lambda: len(drained(fleet)) == 1)
    fleet.service("web", 1500, 3000, 2)
    fleet.wait("both tasks", lambda: fleet.counts("web") == (2, 0))
    assert drained(fleet) == []
    assert fleet.calls(coordinator, action="SetDesiredCapacity") == [], "called back, not bought"
    fleet.wait("no mark of the drain", lambda: "hakoban.drained-at" not in [
        a["name"] for i in fleet.instances().values() for a in i["attributes"]])


def test_a_coordinator_that_follows_ends_what_another_began(fleet):
    pool = fleet.asg(desired=2, least=1)
    fleet.wait_registered(pool, 2)
    for _ in range(2):
        fleet.run_task(fleet.definition(64, 128))
    first = fleet.coordinator()
    fleet.wait("a host to drain", lambda: len(drained(fleet)) == 1)
    first.kill9()
    host = next(h for h in pool.hosts.values() if h.container_instance_arn == drained(fleet)[0]["containerInstanceArn"])
    host.end(next(iter(host.started)), 0)
    fleet.coordinator({"policy.on_demand.in_after": "1h"})  # it begins nothing of its own
    fleet.wait("the host to be gone", lambda: fleet.target(pool) == 1 and len(fleet.members(pool)) == 1)
    tags = {t["Key"] for t in fleet.group(pool)["Tags"]}
    assert "hakoban:shrunk-at" in tags


def test_a_host_that_somebody_else_drains_is_left_alone(fleet):
    pool = fleet.asg(desired=2)
    fleet.wait_registered(pool, 2)
    arn = next(iter(fleet.instances().values()))["containerInstanceArn"]
    fleet.ecs.update_container_instances_state(cluster=fleet.cluster, containerInstances=[arn], status="DRAINING")
    coordinator = fleet.coordinator({"policy.on_demand.min": "2"})
    fleet.wait("some turns", lambda: coordinator.scrape().sum("hakoban_cluster_observations_total", part="instances") > 5)
    assert [i["containerInstanceArn"] for i in drained(fleet)] == [arn]
    assert fleet.target(pool) == 2
