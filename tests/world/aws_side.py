"""What the tests of the world's AWS side share: one AWS a module, a cluster a test."""

import pytest
from hakoban_world.aws import Aws
from hakoban_world.ledger import Behaviour
from hakoban_world.witness import Witness

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
