"""ECS in the world: tasks, services, task protection and lifecycle actions, as boto3 sees them."""

import time

import boto3
import pytest
from aws_side import aws, cluster, code_of, define, drain, ecs, serve, witness  # noqa: F401
from botocore.exceptions import ClientError
from hakoban_world.moto import client
from hakoban_world.run import wait_for
from memory_host import MemoryHost


# Tasks.
def test_a_batch_task_goes_from_pending_to_running_to_stopped(aws, ecs, cluster, witness):
    host = MemoryHost(aws, cluster)
    host.slow_start = True
    answer = ecs.run_task(cluster=cluster, taskDefinition=define(ecs, "batch"), startedBy="hako",
                          overrides={"containerOverrides": [{"name": "app", "command": ["x"],
                                                             "environment": [{"name": "A", "value": "1"}]}]})
    arn = answer["tasks"][0]["taskArn"]
    assert (answer["tasks"][0]["lastStatus"], answer["tasks"][0]["group"]) == ("PENDING", "family:batch")
    started = host.started[arn].containers[0]
    assert (started.command, started.environment) == (("x",), {"A": "1"})
    host.run(arn)
    running = witness.tasks(cluster)[arn]
    assert (running["lastStatus"], running["startedBy"]) == ("RUNNING", "hako")
    assert running["containers"][0]["networkBindings"][0]["containerPort"] == 80
    host.end(arn, 3)
    stopped = witness.tasks(cluster)[arn]
    assert (stopped["lastStatus"], stopped["stopCode"]) == ("STOPPED", "EssentialContainerExited")
    assert stopped["stoppedReason"] == "Essential container in task exited"
    assert stopped["containers"][0]["exitCode"] == 3


def test_stop_task_waits_for_the_host(aws, ecs, cluster, witness):
    host = MemoryHost(aws, cluster)
    host.slow_stop = True
    arn = ecs.run_task(cluster=cluster, taskDefinition=define(ecs, "batch"))["tasks"][0]["taskArn"]
    ecs.stop_task(cluster=cluster, task=arn, reason="spot")
    ecs.stop_task(cluster=cluster, task=arn, reason="again")
    task = witness.tasks(cluster)[arn]
    assert (task["lastStatus"], task["desiredStatus"], task["stoppedReason"]) == ("STOPPING", "STOPPED", "spot")
    host.end(arn, 0)
    assert witness.tasks(cluster)[arn]["stopCode"] == "UserInitiated"
    ecs.stop_task(cluster=cluster, task=arn)
    with pytest.raises(ClientError) as caught:
        ecs.stop_task(cluster=cluster, task="0" * 32)
    assert code_of(caught) == "InvalidParameterException"


def test_run_task_without_room_says_so_for_each_instance(aws, ecs, cluster):
    hosts = [MemoryHost(aws, cluster, memory=250) for _ in range(2)]
    answer = ecs.run_task(cluster=cluster, taskDefinition=define(ecs, "batch"), count=5)
    assert len(answer["tasks"]) == 4
    assert sorted(answer["failures"], key=lambda f: f["arn"]) == sorted(
        ({"arn": h.container_instance_arn, "reason": "RESOURCE:MEMORY"} for h in hosts), key=lambda f: f["arn"])
    for host in hosts:
        drain(ecs, cluster, host)
    with pytest.raises(ClientError) as caught:
        ecs.run_task(cluster=cluster, taskDefinition="batch")
    assert "No Container Instances were found" in str(caught.value)


def test_list_tasks_pages_and_filters(aws, ecs, cluster):
    MemoryHost(aws, cluster, cpu=100_000, memory=100_000)
    arn = define(ecs, "many", memory=4)
    for _ in range(12):
        ecs.run_task(cluster=cluster, taskDefinition=arn, count=10, startedBy="page")
    pages = list(ecs.get_paginator("list_tasks").paginate(cluster=cluster, startedBy="page"))
    assert [len(p["taskArns"]) for p in pages] == [100, 20]
    assert ecs.list_tasks(cluster=cluster, family="other")["taskArns"] == []


# Services.
def test_a_service_comes_up_behind_its_target_group(aws, ecs, cluster, witness):
    host = MemoryHost(aws, cluster)
    group = aws.add_target_group("comes-up")
    serve(aws, ecs, cluster, "web", 2, group)
    wait_for("two healthy targets", lambda: list(witness.targets(group).values()) == ["healthy", "healthy"])
    task = next(iter(witness.tasks(cluster).values()))
    assert task["group"] == "service:web" and task["startedBy"].startswith("ecs-svc/")
    port = task["containers"][0]["networkBindings"][0]["hostPort"]
    assert (host.ec2_instance_id, port) in witness.targets(group)
    wait_for("a steady state", lambda: "steady" in witness.service(cluster, "web")["events"][0]["message"])
    service = witness.service(cluster, "web")
    assert (service["desiredCount"], service["runningCount"], service["pendingCount"]) == (2, 2, 0)
    assert service["deployments"][0]["id"] == task["startedBy"]


def test_a_task_that_dies_is_replaced(aws, ecs, cluster):
    host = MemoryHost(aws, cluster)
    serve(aws, ecs, cluster, "worker", 1)
    first = aws.wait_for_tasks("the first task", cluster=cluster)[0]
    host.end(first, 1)
    second = aws.wait_for_tasks("its replacement", cluster=cluster)[0]
    assert second != first


def test_draining_moves_service_tasks_and_leaves_batch_alone(aws, ecs, cluster, witness):
    old = MemoryHost(aws, cluster)
    serve(aws, ecs, cluster, "worker", 2)
    aws.wait_for_tasks("both tasks", cluster=cluster, count=2)
    batch = ecs.run_task(cluster=cluster, taskDefinition=define(ecs, "batch"))["tasks"][0]["taskArn"]
    new = MemoryHost(aws, cluster)
    drain(ecs, cluster, old)
    aws.ledger.wait_for("both to run elsewhere", lambda: len(new.started) == 2 and len(old.stops) == 2)
    assert witness.tasks(cluster)[batch]["lastStatus"] == "RUNNING"
    assert witness.instance(cluster, old.container_instance_arn)["status"] == "DRAINING"


def test_draining_without_room_elsewhere_moves_nothing(aws, ecs, cluster, witness):
    host = MemoryHost(aws, cluster)
    serve(aws, ecs, cluster, "worker", 2)
    aws.wait_for_tasks("both tasks", cluster=cluster, count=2)
    drain(ecs, cluster, host)
    events = wait_for("the event of no room", lambda: [
        e["message"] for e in witness.service(cluster, "worker")["events"] if "unable to place" in e["message"]])
    assert events[0].startswith("(service worker) was unable to place a task because no container instance met all")
    assert host.stops == []


def test_draining_goes_down_to_the_minimum_healthy_percent(aws, ecs, cluster):
    host = MemoryHost(aws, cluster)
    serve(aws, ecs, cluster, "worker", 4, deploymentConfiguration={"minimumHealthyPercent": 50, "maximumPercent": 200})
    aws.wait_for_tasks("four tasks", cluster=cluster, count=4)
    drain(ecs, cluster, host)
    aws.ledger.wait_for("two of four to be stopped", lambda: len(host.stops) == 2)
    time.sleep(0.5)  # whether a third goes is known only after a few rounds of the scheduler
    assert len(host.stops) == 2


def test_a_daemon_stays_until_the_replicas_have_left(aws, ecs, cluster):
    host = MemoryHost(aws, cluster)
    host.slow_stop = True
    serve(aws, ecs, cluster, "watch", 0, schedulingStrategy="DAEMON")
    serve(aws, ecs, cluster, "worker", 1, deploymentConfiguration={"minimumHealthyPercent": 0, "maximumPercent": 100})
    daemon = aws.wait_for_tasks("the daemon", cluster=cluster, service="watch")[0]
    worker = aws.wait_for_tasks("the worker", cluster=cluster, service="worker")[0]
    drain(ecs, cluster, host)
    aws.ledger.wait_for("the worker to be stopped", lambda: worker in host.stops)
    assert daemon not in host.stops
    host.end(worker, 0)
    aws.ledger.wait_for("the daemon to be stopped", lambda: daemon in host.stops)


def test_a_new_deployment_replaces_the_tasks(aws, ecs, cluster, witness):
    MemoryHost(aws, cluster)
    serve(aws, ecs, cluster, "worker", 2)
    old = set(aws.wait_for_tasks("both tasks", cluster=cluster, count=2))
    ecs.update_service(cluster=cluster, service="worker", taskDefinition=define(ecs, "newer"))
    aws.ledger.wait_for("two new tasks alone", lambda: {
        t.task.arn for t in aws.ledger.tasks.values() if t.task.cluster == cluster and t.live} and all(
        t.task.arn not in old for t in aws.ledger.tasks.values() if t.task.cluster == cluster and t.live))
    assert witness.service(cluster, "worker")["deployments"][0]["taskDefinition"].endswith("newer:1")


def test_lifecycle_actions_and_task_protection_are_answered(aws, ecs, cluster):
    MemoryHost(aws, cluster)
    asg = aws.client("autoscaling")
    action = {"AutoScalingGroupName": "pool", "LifecycleHookName": "drain", "InstanceId": "i-1"}
    asg.record_lifecycle_action_heartbeat(**action)
    asg.complete_lifecycle_action(**action, LifecycleActionResult="CONTINUE")
    serve(aws, ecs, cluster, "worker", 1)
    task = aws.wait_for_tasks("the task", cluster=cluster)[0]
    protected = ecs.update_task_protection(cluster=cluster, tasks=[task], protectionEnabled=True)["protectedTasks"]
    assert protected[0]["protectionEnabled"]
    assert ecs.get_task_protection(cluster=cluster, tasks=[task])["protectedTasks"] == protected
    stranger = client(boto3.Session("AKIAUNKNOWN", "x", region_name=aws.region), "autoscaling", aws.url)
    with pytest.raises(ClientError):
        stranger.complete_lifecycle_action(**action, LifecycleActionResult="CONTINUE")
