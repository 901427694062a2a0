"""Hosts that leave without an agent of their own: hakoban-coordinator drains them and lets them go. And what callers of
RunTask poll: the states of tasks on S3."""

import json
import time

import pytest


def status(fleet, ec2_id):
    return fleet.instances()[ec2_id]["status"]


def test_a_reclaimed_host_without_an_agent_is_drained_and_its_batch_job_told(fleet):
    pool = fleet.asg(desired=2, least=2)
    fleet.wait_registered(pool, 2)
    job = fleet.run_task(fleet.definition(64, 128))[0][0]
    ec2_id, host = next((i, h) for i, h in pool.hosts.items() if job in h.started)
    coordinator = fleet.coordinator({"departures.spot_grace": "1s"})
    fleet.wait("a look", lambda: coordinator.scrape().sum("hakoban_cluster_observations_total", part="instances") >= 1)
    fleet.event("aws.ec2", "EC2 Spot Instance Interruption Warning", {"instance-id": ec2_id, "instance-action": "terminate"})
    fleet.wait("DRAINING", lambda: status(fleet, ec2_id) == "DRAINING")
    fleet.wait("its job stopped", lambda: host.stops == [job])
    [drain] = fleet.calls(coordinator, action="UpdateContainerInstancesState")
    assert drain.parameters["containerInstances"] == [host.container_instance_arn]


def test_a_reclaimed_host_whose_agent_drains_it_is_left_to_it(fleet):
    pool = fleet.asg(desired=2, least=2)
    fleet.wait_registered(pool, 2)
    ec2_id, host = next(iter(pool.hosts.items()))
    coordinator = fleet.coordinator({"departures.spot_grace": "3s"})
    fleet.wait("a look", lambda: coordinator.scrape().sum("hakoban_cluster_observations_total", part="instances") >= 1)
    fleet.ecs.update_container_instances_state(cluster=fleet.cluster, containerInstances=[host.container_instance_arn],
                                               status="DRAINING")
    fleet.event("aws.ec2", "EC2 Spot Instance Interruption Warning", {"instance-id": ec2_id, "instance-action": "terminate"})
    fleet.wait("it to be heard", lambda: coordinator.scrape().sum("hakoban_queue_messages_total", kind="reclaimed") >= 1)
    time.sleep(4)
    assert fleet.calls(coordinator, action="UpdateContainerInstancesState") == []
    assert fleet.calls(coordinator, action="StopTask") == []


def test_a_host_that_a_hook_holds_is_drained_kept_and_let_go(fleet):
    pool = fleet.asg(desired=2, hook="drain-first")
    fleet.wait_registered(pool, 2)
    job = fleet.run_task(fleet.definition(64, 128))[0][0]
    ec2_id, host = next((i, h) for i, h in pool.hosts.items() if job in h.started)
    coordinator = fleet.coordinator({"departures.spot_grace": "1s", "departures.hook_grace": "2s", "policy.on_demand.min": "1"})
    fleet.aws.pools.hold(pool, ec2_id)
    fleet.wait("DRAINING", lambda: status(fleet, ec2_id) == "DRAINING")
    time.sleep(3)
    assert ec2_id in fleet.aws.pools.held(), "its job runs: it is not let go"
    fleet.wait("a heartbeat", lambda: ec2_id in fleet.aws.pools.heartbeats)
    assert fleet.calls(coordinator, action="CompleteLifecycleAction") == []
    host.end(job, 0)
    fleet.wait("it to be let go", lambda: ec2_id not in fleet.aws.pools.held())
    fleet.wait("it to be gone", lambda: ec2_id not in fleet.instances())
    assert fleet.killed() == []


def test_what_it_terminates_itself_passes_the_hook_too(fleet):
    pool = fleet.asg(desired=2, least=1, hook="drain-first")
    fleet.wait_registered(pool, 2)
    fleet.coordinator({"departures.spot_grace": "1s", "departures.hook_grace": "1s"})
    fleet.wait("one host left", lambda: len(fleet.instances()) == 1 and fleet.aws.pools.held() == [], timeout=30)
    assert fleet.target(pool) == 1
    assert fleet.killed() == []


def test_tasks_states_stand_on_s3_as_hako_looks_for_them(fleet):
    fleet.asg()
    fleet.coordinator({"task_status.destination": "s3://fleet-objects/tasks"})
    arn = f"arn:aws:ecs:ap-northeast-1:123456789012:task/{fleet.cluster}/0123456789abcdef"

    def change(last_status, *containers):
        fleet.event("aws.ecs", "ECS Task State Change", {
            "clusterArn": fleet.arn, "taskArn": arn, "lastStatus": last_status,
            "containers": [{"name": f"c{n}", "lastStatus": one} for n, one in enumerate(containers)]})
    s3 = fleet.aws.client("s3")

    def found():
        keys = s3.list_objects_v2(Bucket="fleet-objects", Prefix=f"tasks/{arn}/").get("Contents", [])
        return sorted(k["Key"].rpartition("/")[2] for k in keys)
    change("RUNNING", "RUNNING", "PENDING")
    change("RUNNING", "RUNNING", "RUNNING")
    fleet.wait("started.json", lambda: found() == ["started.json"])
    change("STOPPED", "STOPPED", "STOPPED")
    fleet.wait("stopped.json", lambda: found() == ["started.json", "stopped.json"])
    event = json.loads(s3.get_object(Bucket="fleet-objects", Key=f"tasks/{arn}/stopped.json")["Body"].read())
    assert event["detail-type"] == "ECS Task State Change" and event["detail"]["lastStatus"] == "STOPPED"
    waiting = fleet.sqs.get_queue_attributes(QueueUrl=fleet.queue, AttributeNames=["All"])["Attributes"]
    fleet.wait("the queue to be empty", lambda: waiting["ApproximateNumberOfMessages"] == "0")


@pytest.mark.parametrize("fault", ["error", "reset"])
def test_a_tasks_state_that_cannot_be_written_is_written_later(fleet, fault):
    fleet.asg()
    more = {"code": "InternalError", "status": 500} if fault == "error" else {}
    rule = fleet.aws.faults.add(fault, service="s3", action="PutObject", times=1, **more)
    fleet.coordinator({"task_status.destination": "s3://fleet-objects/tasks"})
    arn = f"arn:aws:ecs:ap-northeast-1:123456789012:task/{fleet.cluster}/{fault}"
    fleet.event("aws.ecs", "ECS Task State Change", {"clusterArn": fleet.arn, "taskArn": arn, "lastStatus": "STOPPED"})
    s3 = fleet.aws.client("s3")
    fleet.wait("stopped.json", lambda: s3.list_objects_v2(Bucket="fleet-objects", Prefix=f"tasks/{arn}/")["KeyCount"] == 1)
    assert rule.hits == 1
