"""hakoban-coordinator in trouble: nonsense in the queue, AWS that throttles or fails, two coordinators, a cluster that
vanishes. Nothing shrinks on bad data, and what is needed is still done."""

import json
import time
import uuid

import pytest

JOB = (512, 1500)


def changes(fleet, coordinator):
    """What it did to instances and pools."""
    names = {"SetDesiredCapacity", "TerminateInstanceInAutoScalingGroup", "UpdateContainerInstancesState", "TerminateInstances",
             "ModifySpotFleetRequest", "StopTask"}
    return [c for c in fleet.calls(coordinator) if c.action in names and c.error_code is None]


def looks(coordinator, part="instances"):
    return coordinator.scrape().sum("hakoban_cluster_observations_total", part=part)


def test_nonsense_in_the_queue_is_told_and_removed_and_what_has_sense_is_heard(fleet):
    pool = fleet.asg(desired=1)
    fleet.wait_registered(pool, 1)
    coordinator = fleet.coordinator()
    for body in ("hello", "{}", "[1]", '{"hako_task_id": 7}', '{"TopicArn":"a","Message":"x"}',
                 json.dumps({"hako_task_id": "x", "cluster": fleet.cluster, "cpu": -1, "memory": 1})):
        fleet.send(body)
    fleet.send({"hako_task_id": "f", "cluster": "another", "cpu": 1024, "memory": 1024, "group_name": ""})
    old = {"Type": "Notification", "TopicArn": "arn:aws:sns:x:1:t", "Timestamp": "2026-01-01T00:00:00.000Z", "Message": json.dumps(
        {"hako_task_id": "o", "cluster": fleet.cluster, "cpu": 1024, "memory": 1024, "group_name": ""})}
    fleet.send(old)
    fleet.event("aws.ec2", "EC2 Instance Rebalance Recommendation", {"instance-id": "i-0123456789abcdef0"})
    full = (2000, 7000)
    fleet.run_task(fleet.definition(*full))
    job = str(uuid.uuid4())
    for _ in range(5):
        fleet.waits(JOB, job)

    def seen():
        page = coordinator.scrape()
        return {kind: page.sum("hakoban_queue_messages_total", kind=kind) for kind in ("garbage", "foreign", "old", "other", "job")}
    fleet.wait("all of them", lambda: seen() == {"garbage": 6, "foreign": 1, "old": 1, "other": 1, "job": 5})
    fleet.wait("a host for the job", lambda: fleet.target(pool) == 2)
    time.sleep(2)
    assert fleet.target(pool) == 2, "told five times, one job"
    waiting = fleet.sqs.get_queue_attributes(QueueUrl=fleet.queue, AttributeNames=["All"])["Attributes"]
    assert (waiting["ApproximateNumberOfMessages"], waiting["ApproximateNumberOfMessagesNotVisible"]) == ("0", "0")
    assert len(coordinator.events("message not understood, and removed")) >= 3


def test_a_throttled_coordinator_waits_and_then_does_what_is_needed(fleet):
    pool = fleet.asg()
    rules = [fleet.aws.faults.add("throttle", service="autoscaling", action="SetDesiredCapacity", times=2),
             fleet.aws.faults.add("throttle", service="ecs", action="ListContainerInstances", times=3)]
    coordinator = fleet.coordinator()
    job = fleet.waits(JOB)
    fleet.wait("a host", lambda: fleet.waits(JOB, job) and fleet.target(pool) == 1)
    assert [rule.hits for rule in rules] == [2, 3]
    page = coordinator.scrape()
    assert page.sum("hakoban_aws_throttles_total") == 5
    assert page.sum("hakoban_aws_budget_throttles_total") == 5


@pytest.mark.parametrize("fault", [{"kind": "html_500"}, {"kind": "garbage"}])
def test_a_region_that_fails_lets_nothing_shrink_and_is_used_again_afterwards(fleet, fault):
    pool = fleet.asg(desired=3, least=1)
    fleet.wait_registered(pool, 3)
    coordinator = fleet.coordinator({"policy.stale_after": "5s", "policy.on_demand.in_after": "3s"})
    fleet.wait("a look", lambda: looks(coordinator) >= 1)
    rules = [fleet.aws.faults.add(**fault, service=service) for service in ("ecs", "autoscaling", "ec2")]
    try:
        fleet.wait("it to hold", lambda: any("not seen for" in e["why"] for e in coordinator.events("sizing holds")), 25)
        before = len(changes(fleet, coordinator))
        fleet.waits(JOB)
        time.sleep(4)
        assert coordinator.health() == 200, "trouble outside is no reason to be restarted"
        assert len(changes(fleet, coordinator)) == before
    finally:
        for rule in rules:
            fleet.aws.faults.remove(rule)
    assert fleet.killed() == []
    fleet.wait("the job's host to be bought or kept, and then the rest to leave", lambda: fleet.target(pool) == 1, 60)
    assert fleet.killed() == []


def test_a_cluster_that_vanishes_lets_nothing_shrink(fleet):
    pool = fleet.asg(desired=4)
    fleet.wait_registered(pool, 4)
    fleet.service("web", 200, 500, 4)
    fleet.wait("four tasks", lambda: fleet.counts("web") == (4, 0))
    rule = fleet.aws.faults.add("error", service="ecs", action="ListContainerInstances", code="ClusterNotFoundException",
                                status=400)
    try:
        coordinator = fleet.coordinator()
        fleet.wait("it to be told", lambda: coordinator.events("not seen", part="instances"))
        time.sleep(4)
        assert (fleet.target(pool), changes(fleet, coordinator)) == (4, [])
    finally:
        fleet.aws.faults.remove(rule)


def test_hosts_that_all_lose_their_agent_are_not_taken_for_gone(fleet):
    pool = fleet.asg(desired=4)
    fleet.wait_registered(pool, 4)
    coordinator = fleet.coordinator({"policy.on_demand.in_after": "5s"})
    fleet.wait("a look", lambda: looks(coordinator) >= 1)
    hosts = {arn: i for arn, i in fleet.aws.ledger.instances.items() if i.cluster == fleet.cluster}
    with fleet.aws.ledger.changed:
        lost = {arn: instance.host for arn, instance in hosts.items()}
        for instance in hosts.values():
            instance.host = None
    time.sleep(8)
    assert (fleet.target(pool), changes(fleet, coordinator)) == (4, [])
    with fleet.aws.ledger.changed:
        for arn, instance in hosts.items():
            instance.host = lost[arn]


@pytest.mark.parametrize("store", ["dynamodb", "s3", "file"])
def test_of_two_coordinators_one_acts_and_the_other_follows_when_it_dies(fleet, store, tmp_path):
    pool = fleet.asg()
    place = {"dynamodb": "dynamodb://hakoban-leases", "s3": f"s3://fleet-objects/leases/{fleet.cluster}",
             "file": f"file://{tmp_path}/lease.json"}[store]
    lease = {"lease.store": place, "lease.duration": "3s"}
    first = fleet.coordinator(lease)
    fleet.wait("the first to hold it", lambda: first.scrape().value("hakoban_lease_held") == 1)
    second = fleet.coordinator(lease)
    job = fleet.waits(JOB)
    fleet.wait("a host", lambda: fleet.waits(JOB, job) and fleet.target(pool) == 1)
    assert second.scrape().value("hakoban_lease_held") == 0
    assert changes(fleet, second) == [] and fleet.calls(second, service="sqs") == []
    first.kill9()
    died = time.monotonic()
    fleet.wait("the second to follow", lambda: second.scrape().value("hakoban_lease_held") == 1)
    assert time.monotonic() - died > 1.0, "not before the first must have stopped"
    fleet.run_task(fleet.definition(2000, 7000))
    job = fleet.waits(JOB)
    fleet.wait("a second host", lambda: fleet.waits(JOB, job) and fleet.target(pool) == 2)
    third = fleet.coordinator(lease)
    second.terminate()
    fleet.wait("the third to follow at once", lambda: third.scrape().value("hakoban_lease_held") == 1, 2.5)


def test_a_coordinator_that_loses_its_lease_store_stops_acting(fleet):
    pool = fleet.asg()
    coordinator = fleet.coordinator({"lease.store": "dynamodb://hakoban-leases", "lease.duration": "3s"})
    fleet.wait("it to hold the lease", lambda: coordinator.scrape().value("hakoban_lease_held") == 1)
    rule = fleet.aws.faults.add("html_500", service="dynamodb")
    try:
        fleet.wait("it to let go", lambda: coordinator.scrape().value("hakoban_lease_held") == 0)
        fleet.waits(JOB)
        time.sleep(2)
        assert fleet.target(pool) == 0
    finally:
        fleet.aws.faults.remove(rule)
    job = fleet.waits(JOB)
    fleet.wait("it to act again", lambda: fleet.waits(JOB, job) and fleet.target(pool) == 1)
