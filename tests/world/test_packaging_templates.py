"""packaging/ecs and packaging/cloudformation: what they say is valid, current, and makes the stack that it describes."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from hakoban_world.aws import Aws
from hakoban_world.run import ROOT

PACKAGING = ROOT / "packaging"
TEMPLATE = PACKAGING / "cloudformation/hakoban.template.json"


@pytest.fixture(scope="module")
def aws(world_run):
    with Aws(world_run) as aws:
        yield aws


@pytest.fixture(scope="module")
def stack(aws):
    """The template's resources, by logical name → physical id."""
    aws.client("ecs").create_cluster(clusterName="prod")
    ec2 = aws.client("ec2")
    values = {"Cluster": "prod", "Image": "registry.example/hakoban:1", "Pools": "workers,sfr-1",
              "Subnets": ec2.describe_subnets()["Subnets"][0]["SubnetId"],
              "SecurityGroups": ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]}
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(
        StackName="hakoban", TemplateBody=TEMPLATE.read_text(), Capabilities=["CAPABILITY_IAM"],
        Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()])
    made = cloudformation.describe_stacks(StackName="hakoban")["Stacks"][0]
    assert made["StackStatus"] == "CREATE_COMPLETE", made.get("StackStatusReason")
    return {r["LogicalResourceId"]: r["PhysicalResourceId"]
            for r in cloudformation.list_stack_resources(StackName="hakoban")["StackResourceSummaries"]}


def test_the_template_is_current_and_clean():
    printed = subprocess.run([sys.executable, TEMPLATE.with_name("generate.py")], capture_output=True, text=True, check=True).stdout
    assert printed == TEMPLATE.read_text(), "python3 packaging/cloudformation/generate.py > packaging/cloudformation/hakoban.template.json"
    lint = Path(sys.executable).with_name("cfn-lint")
    checked = subprocess.run([lint, TEMPLATE], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("part", ["agent", "coordinator"])
def test_ecs_takes_the_task_definition(aws, part):
    wanted = json.loads((PACKAGING / f"ecs/hakoban-{part}.json").read_text())
    made = aws.client("ecs").register_task_definition(**wanted)["taskDefinition"]
    assert made["status"] == "ACTIVE" and made["networkMode"] == wanted["networkMode"]
    assert made["containerDefinitions"][0]["command"] == [f"hakoban-{part}"]


def test_each_role_has_the_packaged_policy(aws, stack):
    iam = aws.client("iam")
    for part in ("agent", "coordinator"):
        role = stack[f"{part.capitalize()}Role"]
        given = iam.get_role_policy(RoleName=role, PolicyName=f"hakoban-{part}")["PolicyDocument"]
        given = ast.literal_eval(given) if isinstance(given, str) else given  # as moto keeps a template's object
        wanted = json.loads((PACKAGING / f"iam/hakoban-{part}.json").read_text())
        assert [s["Action"] for s in given["Statement"]] == [s["Action"] for s in wanted["Statement"]]
        assert "${" not in json.dumps(given), "every placeholder is filled"


def test_the_tasks_are_told_what_the_stack_made(aws, stack):
    ecs = aws.client("ecs")

    def environment(part):
        task = ecs.describe_task_definition(taskDefinition=stack[f"{part}Task"])["taskDefinition"]
        return {item["name"]: item["value"] for item in task["containerDefinitions"][0]["environment"]}
    assert environment("Agent")["HAKOBAN_LOGS_DESTINATION"] == f"s3://{stack['LogBucket']}/containers"
    coordinator = environment("Coordinator")
    assert coordinator["HAKOBAN_QUEUE_URL"] == stack["Queue"]
    assert coordinator["HAKOBAN_LEASE_STORE"] == f"dynamodb://{stack['LeaseTable']}"
    assert coordinator["HAKOBAN_POOLS"] == "workers,sfr-1"


def test_a_notice_of_hako_reaches_the_queue(aws, stack):
    notice = {"group_name": "batch", "cluster": "prod", "cpu": 256, "memory": 128, "hako_task_id": "f00"}
    aws.client("sns").publish(TopicArn=stack["HakoTopic"], Message=json.dumps(notice))
    got = aws.client("sqs").receive_message(QueueUrl=stack["Queue"], WaitTimeSeconds=2)["Messages"]
    assert json.loads(json.loads(got[0]["Body"])["Message"]) == notice


def test_an_event_of_a_task_reaches_the_queue(aws, stack):
    task = {"clusterArn": "arn:aws:ecs:ap-northeast-1:123456789012:cluster/prod", "taskArn": "t", "lastStatus": "STOPPED"}
    aws.client("events").put_events(Entries=[{"Source": "aws.ecs", "DetailType": "ECS Task State Change", "Detail": json.dumps(task)}])
    got = aws.client("sqs").receive_message(QueueUrl=stack["Queue"], WaitTimeSeconds=2)["Messages"]
    assert json.loads(got[0]["Body"])["detail"] == task
