"""The AWS side of the world keeps AWS's promises: it has to, before it may judge anyone."""

import gzip
import json
import time
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from hakoban_world.aws import Aws
from hakoban_world.ledger import Behaviour
from hakoban_world.moto import client
from hakoban_world.run import ROOT, wait_for
from hakoban_world.witness import Witness
from memory_host import MemoryHost

BUCKET, SPEED = "hakoban-logs", 20.0


@pytest.fixture(scope="module")
def aws(world_run):
    with Aws(world_run, Behaviour(speed=SPEED)) as aws:
        aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.region})
        aws.add_role("agent", LogBucket=BUCKET, Cluster="prod")
        aws.client("ecs").create_cluster(clusterName="prod")
        yield aws


@pytest.fixture
def cluster(aws, request):
    name = request.node.name.replace("_", "-")[:60].strip("-")
    aws.client("ecs").create_cluster(clusterName=name)
    yield name
    ecs = aws.client("ecs")
    for arn in ecs.list_services(cluster=name)["serviceArns"]:
        ecs.delete_service(cluster=name, service=arn, force=True)
    aws.faults.clear()


@pytest.fixture
def ecs(aws):
    return aws.client("ecs")


@pytest.fixture
def witness(aws):
    return Witness(aws)


def define(ecs, family, memory=100, **more):
    web = {"name": "app", "image": "world", "cpu": 10, "memory": memory, "essential": True,
           "portMappings": [{"containerPort": 80, "hostPort": 0, "protocol": "tcp"}]}
    made = ecs.register_task_definition(family=family, containerDefinitions=[web], **more)
    return made["taskDefinition"]["taskDefinitionArn"]


def serve(aws, ecs, cluster, name, desired, group=None, **more):
    balancers = [{"targetGroupArn": group, "containerName": "app", "containerPort": 80}] if group else []
    ecs.create_service(cluster=cluster, serviceName=name, taskDefinition=define(ecs, f"{cluster}-{name}"[:200]),
                       desiredCount=desired, loadBalancers=balancers, **more)


def drain(ecs, cluster, host):
    ecs.update_container_instances_state(cluster=cluster, containerInstances=[host.container_instance_arn],
                                         status="DRAINING")


def code_of(caught):
    return caught.value.response["Error"]["Code"]


# Who may do what.
def test_a_wrong_secret_is_refused_through_the_layer(aws):
    right = aws.role_credentials("agent")
    wrong = aws.session({**right, "SecretAccessKey": "x" * 40})
    with pytest.raises(ClientError) as caught:
        aws.client("ecs", wrong).describe_services(cluster="prod", services=["web"])
    assert code_of(caught) == "InvalidSignatureException"
    with pytest.raises(ClientError) as caught:
        aws.client("elbv2", wrong).describe_target_groups()
    assert code_of(caught) == "SignatureDoesNotMatch"
    with pytest.raises(ClientError) as caught:
        aws.client("s3", wrong).put_object(Bucket=BUCKET, Key="a/b", Body=b"x")
    assert code_of(caught) == "SignatureDoesNotMatch"


def test_an_unknown_key_is_refused(aws):
    stranger = boto3.Session("AKIAUNKNOWN", "secret", region_name=aws.region)
    with pytest.raises(ClientError) as caught:
        aws.client("ecs", stranger).list_clusters()
    assert code_of(caught) == "UnrecognizedClientException"


def test_the_agents_policy_allows_its_calls_and_nothing_else(aws, ecs):
    host = MemoryHost(aws, "prod")
    agent = aws.session(aws.role_credentials("agent"))
    own, elb, s3 = aws.client("ecs", agent), aws.client("elbv2", agent), aws.client("s3", agent)
    changed = own.update_container_instances_state(
        cluster="prod", containerInstances=[host.container_instance_arn], status="ACTIVE")
    assert changed["containerInstances"][0]["status"] == "ACTIVE"
    s3.put_object(Bucket=BUCKET, Key="logs/a b+c~d=e/1.gz", Body=b"x" * 100_000)
    assert elb.describe_target_groups()["TargetGroups"] is not None
    for refused in (lambda: own.run_task(cluster="prod", taskDefinition="x"),
                    lambda: own.list_clusters(),
                    lambda: own.list_container_instances(cluster="prod"),
                    lambda: s3.get_object(Bucket=BUCKET, Key="logs/a b+c~d=e/1.gz"),
                    lambda: s3.put_object(Bucket="another", Key="x", Body=b""),
                    lambda: elb.register_targets(TargetGroupArn="arn:x", Targets=[{"Id": "i-1", "Port": 1}])):
        with pytest.raises(ClientError) as caught:
            refused()
        assert code_of(caught) in ("AccessDenied", "AccessDeniedException")


def test_the_agents_policy_ends_at_its_own_cluster(aws, ecs, cluster):
    host = MemoryHost(aws, cluster)
    agent = aws.client("ecs", aws.session(aws.role_credentials("agent")))
    with pytest.raises(ClientError) as caught:
        drain(agent, cluster, host)
    assert code_of(caught) == "AccessDeniedException"
    assert aws.ledger.instances[host.container_instance_arn].status == "ACTIVE"


def test_expired_credentials_are_refused_and_new_ones_serve(aws):
    old = aws.role_credentials("agent")
    aws.overlay.expire(old["AccessKeyId"])
    with pytest.raises(ClientError) as caught:
        aws.client("ecs", aws.session(old)).describe_services(cluster="prod", services=["web"])
    assert code_of(caught) == "ExpiredTokenException"
    with pytest.raises(ClientError) as caught:
        aws.client("s3", aws.session(old)).put_object(Bucket=BUCKET, Key="expired", Body=b"")
    assert code_of(caught) == "ExpiredToken"
    assert Witness(aws).log_keys(BUCKET, "expired") == []
    aws.client("ecs", aws.session(aws.role_credentials("agent"))).describe_services(cluster="prod", services=["web"])


def test_a_body_that_calls_itself_gzip_passes_unopened(aws, witness):
    packed = gzip.compress(b"x" * 1000)
    aws.client("s3").put_object(Bucket=BUCKET, Key="packed/1", Body=packed, ContentEncoding="gzip")
    found = aws.client("s3", aws.reader).get_object(Bucket=BUCKET, Key="packed/1")
    assert (found["Body"].read(), found["ContentEncoding"]) == (packed, "gzip")


def test_the_coordinators_policy_ends_at_its_own_cluster(aws):
    aws.add_role("coordinator", ROOT / "packaging/iam/hakoban-coordinator.json", Cluster="prod", Groups="prod-*", Queue="q",
                 LeaseTable="t", Bucket="b", LeaseKey="k", TaskStatusPrefix="s", DecisionsPrefix="d")
    own = aws.client("ecs", aws.session(aws.role_credentials("coordinator")))
    arns = own.list_container_instances(cluster="prod")["containerInstanceArns"]
    found = own.describe_container_instances(cluster="prod", containerInstances=arns)["containerInstances"]
    assert len(found) == len(arns) > 0
    own.list_services(cluster="prod")
    own.describe_services(cluster="prod", services=["web"])
    for refused in (lambda: own.list_services(cluster="other"), lambda: own.list_container_instances(cluster="other"),
                    lambda: own.update_container_instances_state(cluster="other", containerInstances=["x"],
                                                                 status="DRAINING"),
                    lambda: own.stop_task(cluster="other", task="x"), lambda: own.run_task(taskDefinition="web")):
        with pytest.raises(ClientError) as caught:
            refused()
        assert code_of(caught) == "AccessDeniedException"


# What can go wrong.
@pytest.mark.parametrize("fault, service, action, code", [
    ({"kind": "throttle"}, "ecs", "ListClusters", "ThrottlingException"),
    ({"kind": "throttle"}, "elbv2", "DescribeTargetGroups", "ThrottlingException"),
    ({"kind": "throttle"}, "ec2", "DescribeVpcs", "RequestLimitExceeded"),
    ({"kind": "slow_down"}, "s3", "ListBuckets", "SlowDown"),
    ({"kind": "error", "code": "ServerException", "status": 500}, "ecs", "ListClusters", "ServerException"),
])
def test_an_injected_error_has_the_services_own_shape(aws, fault, service, action, code):
    caller = aws.client(service)
    call = getattr(caller, next(m for m, api in caller.meta.method_to_api_mapping.items() if api == action))
    rule = aws.faults.add(**fault, action=action, times=1)
    with pytest.raises(ClientError) as caught:
        call()
    assert code_of(caught) == code
    call()
    assert rule.hits == 1
    aws.faults.clear()


@pytest.mark.parametrize("kind, error", [
    ("reset", ConnectionClosedError), ("garbage", ResponseParserError), ("html_500", ResponseParserError)])
def test_an_injected_break_reaches_the_caller(aws, kind, error):
    elb = aws.client("elbv2")
    aws.faults.add(kind, service="elasticloadbalancing", action="DescribeTargetGroups", times=1)
    with pytest.raises(error):
        elb.describe_target_groups()
    assert "TargetGroups" in elb.describe_target_groups()


def test_a_delay_serves_late_and_a_hang_never(aws):
    hurried = aws.admin.client("ecs", endpoint_url=aws.url,
                               config=Config(read_timeout=0.4, retries={"total_max_attempts": 1}))
    aws.faults.add("delay", service="ecs", action="ListClusters", seconds=0.2, times=1)
    begun = time.monotonic()
    hurried.list_clusters()
    assert time.monotonic() - begun >= 0.2
    aws.faults.add("hang", service="ecs", action="ListClusters", times=1)
    with pytest.raises(ReadTimeoutError):
        hurried.list_clusters()
    hung = aws.recorder.wait_for_call("ecs", "ListClusters", where=lambda c: c.fault == "hang")
    assert hung.status == 0


def test_a_lost_answer_leaves_its_work_done(aws, witness):
    aws.faults.add("reset", service="s3", action="PutObject", times=1, after_call=True)
    with pytest.raises(ConnectionClosedError):
        aws.client("s3").put_object(Bucket=BUCKET, Key="lost/answer", Body=b"kept")
    assert witness.log_keys(BUCKET, "lost/") == ["lost/answer"]


def test_rules_count_skip_and_end(aws, ecs):
    rule = aws.faults.add("throttle", service="ecs", action="List*", skip=1, times=2)
    outcomes = []
    for _ in range(4):
        try:
            ecs.list_clusters()
            outcomes.append("ok")
        except ClientError:
            outcomes.append("throttled")
    aws.faults.remove(rule)
    assert outcomes == ["ok", "throttled", "throttled", "ok"]


# What is recorded.
def test_every_call_is_recorded_with_its_parameters(aws):
    before = len(aws.calls())
    agent = aws.role_credentials("agent")
    aws.client("ecs", aws.session(agent)).describe_services(cluster="prod", services=["nobody"])
    aws.client("s3", aws.session(agent)).put_object(Bucket=BUCKET, Key="dt=2026-11-23/x y", Body=b"z")
    with pytest.raises(ClientError):
        aws.client("elbv2", aws.session(agent)).deregister_targets(
            TargetGroupArn=f"arn:aws:elasticloadbalancing:{aws.region}:123456789012:targetgroup/no/1",
            Targets=[{"Id": "i-1", "Port": 80}])
    ecs, s3, elb = aws.calls()[before:]
    assert (ecs.service, ecs.action, ecs.parameters["services"]) == ("ecs", "DescribeServices", ["nobody"])
    assert (s3.service, s3.action, s3.parameters["Key"]) == ("s3", "PutObject", "dt=2026-11-23/x y")
    assert (elb.action, elb.parameters["Targets.member.1.Id"], elb.error_code) == (
        "DeregisterTargets", "i-1", "TargetGroupNotFound")
    assert {c.access_key for c in (ecs, s3, elb)} == {agent["AccessKeyId"]}
    assert all(0 < c.duration < 10 and abs(c.time - time.time()) < 60 for c in (ecs, s3, elb))
    lines = aws.call_log.read_text().splitlines()
    assert len(lines) == len(aws.calls()) and json.loads(lines[-1])["action"] == "DeregisterTargets"


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


# Targets.
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


# The witness.
def test_the_recount_finds_what_is_missing_doubled_or_misdated(aws, witness):
    def put(key, *records):
        text = "".join(json.dumps({"log": log, "stream": "stdout", "time": when}) + "\n" for log, when in records)
        aws.client("s3").put_object(Bucket=BUCKET, Key=f"count/{key}", Body=gzip.compress(text.encode()))
    put("web/app/dt=2026-11-23/t1/0.ndjson.gz", ("1\n", "2026-11-23T23:59:59.9Z"), ("2\n", "2026-11-23T23:59:59.91Z"))
    put("web/app/dt=2026-11-24/t1/1.ndjson.gz", ("2\n", "2026-11-24T00:00:00Z"), ("3\n", "2026-11-25T00:00:00Z"))
    aws.client("s3").put_object(Bucket=BUCKET, Key="count/web/app/dt=2026-11-24/t1/2.ndjson.gz", Body=b"no gzip")
    recount = witness.recount(BUCKET, "count/")
    key = ("web", "app", "t1")
    assert recount.lines[key] == ["1\n", "2\n", "2\n", "3\n"]
    assert len(recount.faults) == 2 and "2026-11-25" in recount.faults[0]
    differences = recount.differences({key: ["1\n", "2\n", "3\n", "4\n"]})
    assert differences == ["web/app/t1: 1 lines missing, such as '4\\n'",
                           "web/app/t1: 1 lines too many, such as '2\\n'"]
    assert recount.differences({key: ["1\n", "2\n", "2\n", "3\n"]}) == []


def test_the_layer_answers_for_an_unsigned_stranger(aws):
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f"{aws.url}/{BUCKET}/count/web", timeout=5)
