"""The parts of the world together: a service on real containers, seen by boto3 with the agent's own credentials."""

import pytest
from botocore.exceptions import ClientError

from hakoban_world.run import wait_for
from hakoban_world.scenario import talker


def test_a_service_lives_on_real_containers_and_the_agents_role_may_just_what_its_policy_says(make_world):
    world = make_world(agent_calls=[])  # what is tried here is not the agent's doing
    group = world.aws.add_target_group("web", delay=1)
    scenario = world.scenario
    scenario.service("web", scenario.define("web", talker("app", serve=True), talker("proxy")), count=2, group=group)
    job = scenario.batch(scenario.define("job", talker("main", count=20)))[0]
    world.aws.wait_for_tasks("two web and the job", count=3)
    wait_for("healthy targets", lambda: list(world.witness.targets(group).values()) == ["healthy"] * 2)

    role = world.aws.session(world.host.credentials())
    ecs, elb = world.aws.client("ecs", role), world.aws.client("elbv2", role)
    assert ecs.describe_tasks(cluster="prod", tasks=[job])["tasks"][0]["group"] == "family:job"
    with pytest.raises(ClientError, match="AccessDenied"):
        ecs.list_tasks(cluster="prod")
    with pytest.raises(ClientError, match="AccessDenied"):
        ecs.describe_tasks(cluster="other", tasks=[job])
    assert [c.action for c in world.calls_of_agents()] == ["DescribeTasks", "ListTasks", "DescribeTasks"]

    target, port = next(iter(world.witness.targets(group)))
    elb.deregister_targets(TargetGroupArn=group, Targets=[{"Id": target, "Port": port}])
    assert world.witness.target_state(group, target, port)[0] == "draining"
    wait_for("the target to be out", lambda: world.witness.target_state(group, target, port)[0] == "unused")
    ecs.update_container_instances_state(cluster="prod", containerInstances=[world.host.arn], status="DRAINING")
    assert world.host.status() == "DRAINING"
    ecs.stop_task(cluster="prod", task=job)
    world.aws.wait_for_tasks("the job to stop", ["STOPPED"])
    assert world.witness.tasks("prod")[job]["containers"][0]["exitCode"] == 0
    assert {key[:2] for key in world.spoken()} == {("web", "app"), ("web", "proxy"), ("job", "main")}
