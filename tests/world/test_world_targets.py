"""Load-balancer targets in the world: draining, unused, registered again."""

import time

from aws_side import SPEED, aws, cluster, define, drain, ecs, serve, witness  # noqa: F401
from hakoban_world.run import wait_for
from memory_host import MemoryHost


def test_a_target_taken_out_by_hand_drains_and_is_then_unused(aws, ecs, cluster, witness):
    host = MemoryHost(aws, cluster)
    group = aws.add_target_group("by-hand", delay=20)
    serve(aws, ecs, cluster, "web", 1, group)
    wait_for("a healthy target", lambda: "healthy" in witness.targets(group).values())
    (target_id, port), = witness.targets(group)
    begun = time.monotonic()
    aws.client("elbv2").deregister_targets(TargetGroupArn=group, Targets=[{"Id": target_id, "Port": port}])
    assert witness.target_state(group, target_id, port) == ("draining", "Target.DeregistrationInProgress")
    wait_for("the target to be unused", lambda: witness.target_state(group, target_id, port) == (
        "unused", "Target.NotRegistered"))
    assert time.monotonic() - begun >= 20 / SPEED
    assert witness.targets(group) == {} and host.stops == []


def test_targets_leave_port_by_port_and_an_unknown_one_is_no_error(aws, ecs, cluster, witness):
    MemoryHost(aws, cluster)
    group = aws.add_target_group("port-by-port", delay=1)
    serve(aws, ecs, cluster, "web", 2, group)
    wait_for("two healthy targets", lambda: list(witness.targets(group).values()) == ["healthy"] * 2)
    elb = aws.client("elbv2")
    for target_id, port in [*witness.targets(group), ("i-0123456789abcdef0", 80)]:
        elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": target_id, "Port": port}])
    wait_for("no target to be left", lambda: witness.targets(group) == {})


def test_an_awsvpc_task_is_a_target_by_its_own_address(aws, ecs, cluster, witness):
    MemoryHost(aws, cluster)
    group = aws.add_target_group("by-address", target_type="ip")
    ec2 = aws.client("ec2")
    network = {"awsvpcConfiguration": {
        "subnets": [ec2.describe_subnets()["Subnets"][0]["SubnetId"]],
        "securityGroups": [ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]]}}
    ecs.create_service(
        cluster=cluster, serviceName="web", taskDefinition=define(ecs, "awsvpc-web", networkMode="awsvpc"),
        desiredCount=1, networkConfiguration=network,
        loadBalancers=[{"targetGroupArn": group, "containerName": "app", "containerPort": 80}])
    wait_for("a healthy target", lambda: "healthy" in witness.targets(group).values())
    task = next(iter(witness.tasks(cluster).values()))
    details = {d["name"]: d["value"] for d in task["attachments"][0]["details"]}
    assert list(witness.targets(group)) == [(details["privateIPv4Address"], 80)]


def test_ecs_takes_the_target_out_before_it_stops_a_drained_task(aws, ecs, cluster, witness):
    old = MemoryHost(aws, cluster)
    group = aws.add_target_group("before", delay=20)
    serve(aws, ecs, cluster, "web", 1, group)
    wait_for("a healthy target", lambda: "healthy" in witness.targets(group).values())
    new = MemoryHost(aws, cluster)
    drain(ecs, cluster, old)
    wait_for("the old target to drain", lambda: "draining" in witness.targets(group).values())
    assert old.stops == []
    aws.ledger.wait_for("the old task's stop", lambda: old.stops)
    assert [key[0] for key in witness.targets(group)] == [new.ec2_instance_id]


def test_after_stop_task_the_target_leaves_late(aws, ecs, cluster, witness):
    host = MemoryHost(aws, cluster)
    host.slow_stop = True
    group = aws.add_target_group("late", delay=20)
    serve(aws, ecs, cluster, "web", 1, group)
    wait_for("a healthy target", lambda: "healthy" in witness.targets(group).values())
    task = aws.wait_for_tasks("the task", cluster=cluster)[0]
    ecs.stop_task(cluster=cluster, task=task)
    assert host.stops == [task]
    wait_for("ECS to take it out", lambda: "draining" in witness.targets(group).values(), interval=0.02)


def test_ecs_may_register_a_target_again(aws, ecs, cluster, witness):
    MemoryHost(aws, cluster)
    group = aws.add_target_group("again", delay=1)
    serve(aws, ecs, cluster, "web", 1, group)
    wait_for("a healthy target", lambda: "healthy" in witness.targets(group).values())
    aws.behaviour.reregister_targets_after = 5
    try:
        (target_id, port), = witness.targets(group)
        aws.client("elbv2").deregister_targets(TargetGroupArn=group, Targets=[{"Id": target_id, "Port": port}])
        wait_for("the target to be back", lambda: "healthy" in witness.targets(group).values())
    finally:
        aws.behaviour.reregister_targets_after = None
