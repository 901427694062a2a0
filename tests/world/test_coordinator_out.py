"""hakoban-coordinator lets fleets grow: each way out, for each kind of pool, as boto3 sees what came of it."""

import json
import time

import pytest

JOB = (512, 1500)  # four to an m5.large


def hako(fleet, definition, needs, patience=30.0):
    """As hako oneshot does it: tries RunTask again and again, and says so each time with the same id."""
    job, deadline = None, time.monotonic() + patience
    while time.monotonic() < deadline:
        started, _ = fleet.run_task(definition)
        if started:
            return started
        job = fleet.waits(needs, job)
        time.sleep(1.0)
    raise AssertionError(f"no room in {patience:g} s")


@pytest.mark.parametrize("kind", ["asg", "spot_fleet"])
def test_a_waiting_job_gets_one_host_from_zero_and_its_own_retries_pass(fleet, kind):
    pool = fleet.asg() if kind == "asg" else fleet.spot_fleet()
    fleet.coordinator()
    started = hako(fleet, fleet.definition(*JOB), JOB)
    assert len(started) == 1
    assert fleet.target(pool) == 1, "one from zero, not two"
    assert len(fleet.members(pool)) == 1


def test_a_mixed_group_grows_by_the_weight_of_what_it_launches(fleet):
    pool = fleet.asg(mixed={"m5.xlarge": 2, "m5.large": 1})
    fleet.coordinator()
    hako(fleet, fleet.definition(2200, 8000), (2200, 8000))
    assert fleet.target(pool) == 2, "an m5.xlarge weighs two"
    assert [kind for _, kind in fleet.members(pool)] == ["m5.xlarge"]
    assert fleet.group(pool)["Instances"][0]["WeightedCapacity"] == "2"


def test_a_service_short_of_room_gets_as_many_hosts_as_it_needs(fleet):
    pool = fleet.asg(desired=1)
    fleet.wait_registered(pool, 1)
    fleet.coordinator()
    fleet.service("web", 900, 3000, 2)
    fleet.wait("two tasks on the first host", lambda: fleet.counts("web") == (2, 0))
    fleet.scale("web", 5)
    fleet.wait("five tasks", lambda: fleet.counts("web") == (5, 0))
    assert fleet.target(pool) in (3, 4), "three hosts hold them; a fourth keeps the reservation"


def test_ecs_saying_so_is_faster_than_looking(fleet):
    pool = fleet.asg(desired=1)
    fleet.wait_registered(pool, 1)
    coordinator = fleet.coordinator({"observe.services_interval": "5m"})
    fleet.service("web", 900, 3000, 2)
    fleet.wait("two tasks on the first host", lambda: fleet.counts("web") == (2, 0))
    fleet.scale("web", 3)
    fleet.event("aws.ecs", "ECS Service Action",
                {"eventType": "ERROR", "eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "clusterArn": fleet.arn,
                 "reason": "RESOURCE:CPU"}, [fleet.arn.replace(":cluster/", ":service/") + "/web"])
    fleet.wait("three tasks", lambda: fleet.counts("web") == (3, 0), timeout=8)
    assert len(fleet.calls(coordinator, action="ListServices")) == 1, "it has not looked at all of them again"
    assert fleet.target(pool) == 2


def test_reservation_above_the_threshold_buys_before_anybody_waits(fleet):
    pool = fleet.asg(desired=2)
    fleet.wait_registered(pool, 2)
    fleet.service("web", 850, 1000, 4)  # 3400 of 4096: 83 %
    fleet.wait("four tasks", lambda: fleet.counts("web") == (4, 0))
    fleet.coordinator()
    fleet.wait("a third host", lambda: fleet.target(pool) == 3)
    fleet.wait_registered(pool, 3)
    assert fleet.target(pool) == 3


def test_what_no_type_can_hold_is_refused_and_says_why(fleet):
    pool = fleet.asg(desired=0)
    coordinator = fleet.coordinator()
    fleet.waits((4096, 100_000))
    fleet.wait("the job to be heard", lambda: coordinator.scrape().sum("hakoban_queue_messages_total", kind="job") == 1)
    time.sleep(1.5)
    assert fleet.target(pool) == 0
    assert fleet.calls(coordinator, action="SetDesiredCapacity") == []


def test_the_first_pool_that_can_grow_does_and_the_next_follows_at_its_limit(fleet):
    spot = fleet.spot_fleet(target=1)
    fleet.asg("backup", most=0)
    backup = fleet.asg("ondemand")
    fleet.wait_registered(spot, 1)
    definition = fleet.definition(1900, 7000)
    fleet.coordinator({"policy.spot.max": "1"})
    hako(fleet, definition, (1900, 7000))
    hako(fleet, definition, (1900, 7000))
    assert fleet.target(spot) == 1
    assert fleet.target(backup) >= 1


def test_a_dry_run_says_what_it_would_do_and_does_nothing(fleet):
    pool = fleet.asg()
    coordinator = fleet.coordinator(arguments=["--dry-run"])
    fleet.waits(JOB)
    fleet.wait("it to be said", lambda: coordinator.scrape().sum("hakoban_fleet_actions_total", outcome="dry_run") > 0)
    assert fleet.target(pool) == 0
    changing = {c.action for c in fleet.calls(coordinator)} - {"ReceiveMessage", "DeleteMessageBatch"}
    assert all(action.startswith(("Describe", "List", "Get")) for action in changing)
