"""What tells a host to go besides the spot notice, each seen from AWS's side: the group's lifecycle hook, an operator's word, a host
that leaves a classic load balancer and service discovery, and who is told of it."""

import json
import subprocess
from datetime import datetime, timedelta, timezone

import pytest

from hakoban_world.run import wait_for
from hakoban_world.scenario import sleeper, talker

INSTANT = {"notices.poll_interval": "200ms", "notices.rebalance": "mark", "drain.log_reserve": "1s", "drain.margin": "1s", "drain.discovery_grace": "1s", "drain.service_grace": "1s"}


@pytest.fixture(scope="module")
def world(make_world):
    return make_world(stop_timeout=2.0)


@pytest.fixture(scope="module")
def told(world):
    """A queue that hears what the topic is told."""
    sns, sqs = world.aws.client("sns"), world.aws.client("sqs")
    topic = sns.create_topic(Name="hakoban-drains")["TopicArn"]
    queue = sqs.create_queue(QueueName="drains")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})

    said = []

    def heard():
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
            said.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        return said
    return topic, heard


@pytest.fixture(scope="module")
def agent(world, told, agent_binary):
    return world.host.agent(agent_binary, "events", {**INSTANT, "drain.announce_topic": told[0]}).start()


def hakoban(agent, *arguments):
    """The operator's command, at this agent's socket."""
    command = [agent.binary.parent / "hakoban", *arguments, "--socket", agent.state / "agent.sock"]
    return subprocess.run(command, capture_output=True, text=True, timeout=30)


def drain_of(agent):
    return json.loads(agent.get("/v1/drain"))


def calls(world, action):
    return [call for call in world.calls_of_agents(action=action) if call.status == 200]


def hold_by_hook(world):
    """The host's instance in an Auto Scaling group whose hook holds what terminates."""
    scaling, instance = world.aws.client("autoscaling"), world.host.instance_id
    ec2 = world.aws.client("ec2")
    zone = ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"][0]["Placement"]["AvailabilityZone"]
    scaling.create_auto_scaling_group(AutoScalingGroupName="hosts", MinSize=0, MaxSize=2, InstanceId=instance,
                                      AvailabilityZones=[zone], DesiredCapacity=0)
    scaling.attach_instances(AutoScalingGroupName="hosts", InstanceIds=[instance])
    scaling.put_lifecycle_hook(AutoScalingGroupName="hosts", LifecycleHookName="drain", HeartbeatTimeout=30,
                               LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING")


def test_the_groups_termination_is_answered_at_its_hook_and_undone_when_it_is_called_off(world, agent):
    hold_by_hook(world)
    world.scenario.batch(world.scenario.define("job", sleeper("main", dockerLabels={"hakoban.on-interruption": "stop"})))
    world.aws.wait_for_tasks("the job")
    wait_for("the agent to know the job", lambda: agent.scrape().all("container_start_time_seconds", ecs_family="job")
             or "job" in agent.get("/metrics"), timeout=20)
    world.host.imds.target_lifecycle_state = "Terminated"
    completed = wait_for("the hook to be completed", lambda: calls(world, "CompleteLifecycleAction"), timeout=40)
    parameters = completed[0].parameters
    assert parameters["LifecycleActionResult"] == "CONTINUE" and parameters["LifecycleHookName"] == "drain"
    assert parameters["InstanceId"] == world.host.instance_id
    assert calls(world, "RecordLifecycleActionHeartbeat"), "it was renewed while the job ended"
    assert {task["lastStatus"] for task in world.witness.tasks("prod").values()} == {"STOPPED"}
    assert world.host.status() == "DRAINING"
    wait_for("the drain's end", lambda: drain_of(agent)["phase"] == "drained")
    world.host.imds.target_lifecycle_state = "InService"
    wait_for("the host to be ACTIVE again", lambda: world.host.status() == "ACTIVE", timeout=20)
    wait_for("the agent to say so", lambda: drain_of(agent)["phase"] == "returned")


def test_an_operator_drains_gently_around_a_protected_task_and_takes_it_back(world, agent):
    scenario = world.scenario
    scenario.service("kept", scenario.define("kept", sleeper("app", stopTimeout=2)))
    task, = world.aws.wait_for_tasks("the service's task", service="kept")
    world.ecs.update_task_protection(cluster="prod", tasks=[task], protectionEnabled=True)
    wait_for("the agent to know the service", lambda: "kept" in agent.get("/metrics"), timeout=20)
    asked = hakoban(agent, "drain", "--deadline", "10s", "--reason", "a test")
    assert (asked.returncode, asked.stdout) == (0, "accepted: drain\n"), asked.stderr
    wait_for("DRAINING", lambda: world.host.status() == "DRAINING")
    wait_for("the question whether it is protected", lambda: calls(world, "GetTaskProtection"), timeout=20)
    wait_for("the agent to spare it", lambda: any(t["protected"] for t in drain_of(agent)["drain"]["tasks"]))
    status = hakoban(agent, "status")
    assert "draining" in status.stdout and "protected" in status.stdout, status.stdout
    assert not [call for call in calls(world, "StopTask") if call.parameters["task"] == task]
    back = hakoban(agent, "undrain", "--wait", "15s")
    assert back.returncode == 0 and "returned" in back.stdout, back.stderr
    assert world.host.status() == "ACTIVE"
    assert world.witness.tasks("prod")[task]["lastStatus"] == "RUNNING"
    assert hakoban(agent, "undrain").returncode == 1, "there is nothing to take back"
    world.ecs.update_service(cluster="prod", service="kept", desiredCount=0)
    world.ecs.update_task_protection(cluster="prod", tasks=[task], protectionEnabled=False)
    world.ecs.stop_task(cluster="prod", task=task)


def test_maintenance_and_rebalance_take_the_host_out_and_their_cancellation_brings_it_back(world, agent):
    imds, begun = world.host.imds, len(calls(world, "StopTask"))
    imds.schedule_maintenance("instance-stop", datetime.now(timezone.utc) + timedelta(days=7))
    wait_for("a drain that waits for its time", lambda: drain_of(agent)["phase"] == "waiting", timeout=20)
    assert world.host.status() == "ACTIVE", "it is a week ahead"
    imds.schedule_maintenance("instance-stop", datetime.now(timezone.utc) + timedelta(minutes=20))
    wait_for("DRAINING for the maintenance", lambda: world.host.status() == "DRAINING", timeout=20)
    cause, = drain_of(agent)["drain"]["causes"]
    assert (cause["kind"], cause["action"], cause["manner"], cause["final"]) == ("maintenance", "instance-stop", "gentle", True)
    imds.withdraw()
    wait_for("ACTIVE after the cancellation", lambda: world.host.status() == "ACTIVE", timeout=20)

    imds.rebalance()
    wait_for("DRAINING for the rebalance", lambda: world.host.status() == "DRAINING", timeout=20)
    wait_for("the mark to be all", lambda: drain_of(agent)["phase"] == "drained")
    assert drain_of(agent)["drain"]["manner"] == "mark"
    imds.withdraw()
    wait_for("ACTIVE without it", lambda: world.host.status() == "ACTIVE", timeout=20)
    assert len(calls(world, "StopTask")) == begun, "nothing was stopped for either"


def discovery_service(world):
    """A Cloud Map service, for ECS to keep a service's tasks in."""
    discovery = world.aws.client("servicediscovery")
    namespace = discovery.create_http_namespace(Name="local")["OperationId"]
    wait_for("a namespace", lambda: discovery.get_operation(OperationId=namespace)["Operation"]["Status"] == "SUCCESS")
    spaces = discovery.list_namespaces()["Namespaces"]
    service = discovery.create_service(Name="old", NamespaceId=spaces[0]["Id"])["Service"]
    return discovery, service


def test_a_spot_notice_leaves_classic_load_balancers_and_service_discovery_and_is_announced(world, told, agent):
    elb, scenario = world.aws.client("elb"), world.scenario
    zone = f"{world.aws.region}a"
    elb.create_load_balancer(LoadBalancerName="old", AvailabilityZones=[zone], Listeners=[
        {"Protocol": "http", "LoadBalancerPort": 80, "InstancePort": 80}])
    elb.register_instances_with_load_balancer(LoadBalancerName="old", Instances=[{"InstanceId": world.host.instance_id}])
    discovery, registry = discovery_service(world)
    definition = scenario.define("old", talker("app", serve=True, stopTimeout=2))
    world.ecs.create_service(
        cluster="prod", serviceName="old", taskDefinition=definition, launchType="EC2", desiredCount=1,
        loadBalancers=[{"loadBalancerName": "old", "containerName": "app", "containerPort": 80}],
        serviceRegistries=[{"registryArn": registry["Arn"]}])
    task, = world.aws.wait_for_tasks("the service's task", service="old")
    instance = task.rpartition("/")[2]
    discovery.register_instance(ServiceId=registry["Id"], InstanceId=instance, Attributes={"AWS_INSTANCE_IPV4": "10.0.0.10"})
    wait_for("the agent to know the service", lambda: 'service="old"' in agent.get("/metrics"), timeout=20)

    world.host.imds.spot_notice(seconds=40)
    wait_for("the end of the drain", lambda: drain_of(agent)["phase"] == "drained", timeout=40)
    described = elb.describe_load_balancers(LoadBalancerNames=["old"])["LoadBalancerDescriptions"][0]
    assert described["Instances"] == []
    assert discovery.list_instances(ServiceId=registry["Id"])["Instances"] == []
    assert world.witness.tasks("prod")[task]["lastStatus"] == "STOPPED"
    left = min(call.time for call in calls(world, "DeregisterInstance"))
    stopped = min(call.time for call in calls(world, "StopTask") if call.parameters["task"] == task)
    assert left < stopped, "out of discovery first"
    refused = hakoban(agent, "undrain")
    assert refused.returncode == 1 and "spot_interruption" in refused.stderr
    assert not drain_of(agent)["drain"]["summary"]["missed"]
    wait_for("the announcements", lambda: [e["event"] for e in told[1]() if "spot_interruption" in e["kinds"]]
             == ["drain_began", "drain_finished"])
    page = agent.scrape()
    assert page.sum("hakoban_drains_total", kind="spot_interruption", result="done") == 1
    assert page.sum("hakoban_drain_announcements_total", result="sent") >= 2
