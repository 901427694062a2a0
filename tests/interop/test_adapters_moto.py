"""The AWS adapters against moto's server with signature checks and IAM on; boto3 is the witness."""

import hashlib
import json
import os
import subprocess

import pytest

from moto_account import REGION, Account, container_endpoint, moto_server


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    with open(tmp_path_factory.mktemp("moto") / "log", "w") as log, moto_server(log) as url:
        yield Account(url)


@pytest.fixture(scope="module")
def role(account):
    """The environment of a program that has the role through a container endpoint."""
    with container_endpoint(account.role_credentials) as url:
        yield {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": account.url, "AWS_CONTAINER_CREDENTIALS_FULL_URI": url,
               "AWS_CONTAINER_AUTHORIZATION_TOKEN": "let-me-in", "AWS_EC2_METADATA_DISABLED": "true", "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def ask(tool, role):
    def run(*arguments, body=b"", **more):
        environment = {"PATH": os.environ["PATH"], **role, **more}
        done = subprocess.run([tool("aws_calls"), *arguments], input=body, capture_output=True, env=environment, timeout=60)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_describes_tasks_with_tags(ask, account):
    answer = ask("tasks", "prod", account.task)
    assert [(one["arn"], one["group"], one["tags"]) for one in answer["found"]] == [(account.task, "family:web", {"team": "web"})]


def test_describes_definitions_and_services(ask, account):
    assert ask("task-definition", "web:1") == {"arn": account.definition, "stop_timeouts": {"app": 20.0, "sidecar": None}}
    assert ask("task-definition", "nope:1")["error"] == "not_found"
    services = ask("services", "prod", "web", "nope")
    assert services["found"] == [{"name": "web", "strategy": "REPLICA", "groups": [account.group]}]
    assert len(services["missing"]) == 1


def test_sees_the_whole_fleet(ask, account):
    assert ask("fleet-instances", "prod") == [{"arn": account.container_instance, "ec2": account.instance_id, "status": "ACTIVE", "cpu": 4094}]
    assert ask("fleet-services", "prod") == [{"name": "web", "desired": 3}]


def test_drains_an_instance_and_takes_it_back(ask, account):
    ecs = account.client("ecs")
    for status in ("DRAINING", "ACTIVE"):
        assert ask("set-status", "prod", account.container_instance, status) == {}
        seen = ecs.describe_container_instances(cluster="prod", containerInstances=[account.container_instance])
        assert seen["containerInstances"][0]["status"] == status
        assert ask("status", "prod", account.container_instance) == status


def test_deregisters_targets_and_sees_them_out(ask, account):
    target, other = f"{account.instance_id}:32768", f"{account.instance_id}:40000"
    assert ask("groups", account.group, account.group[:-4] + "0000") == {account.group: {"type": "instance", "delay": 7.0}}
    assert [one["state"] for one in ask("health", account.group, target)] != ["unused"]
    assert ask("deregister", account.group, target) == {}
    assert ask("deregister", account.group, target, other) == {}, "already gone is success"
    assert [one["state"] for one in ask("health", account.group, target)] == ["unused"]
    assert account.client("elbv2").describe_target_health(TargetGroupArn=account.group)["TargetHealthDescriptions"] == []


def test_stops_a_task(ask, account):
    assert ask("stop-task", "prod", account.task) == {}
    seen = account.client("ecs").describe_tasks(cluster="prod", tasks=[account.task])["tasks"][0]
    assert (seen["desiredStatus"], seen["stoppedReason"]) == ("STOPPED", "a test")
    assert ask("stop-task", "nope", account.task)["error"] == "not_found"


@pytest.mark.parametrize("key", ["web/app/dt=2026-11-23/0001/a.ndjson.gz", "a b+c~d", "é/ホ/🗃", "a//b/../c/.", "%2F?x=1&y#z", "(a)!*'@:,$;"])
def test_puts_objects_under_awkward_keys(ask, account, key):
    body = os.urandom(1000)
    assert ask("put", "logs", "allowed", key, body=body) == {}
    s3 = account.client("s3")
    seen = s3.get_object(Bucket="logs", Key=f"allowed/{key}")
    assert hashlib.sha256(seen["Body"].read()).digest() == hashlib.sha256(body).digest()
    assert (seen["ContentType"], seen["ContentEncoding"]) == ("application/x-ndjson", "gzip")


def test_errors_are_told_apart(ask, account):
    assert ask("put", "logs", "forbidden", "key", body=b"x")["error"] == "denied"
    wrong = {"AWS_ACCESS_KEY_ID": account.role_credentials["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": "wrong",
             "AWS_SESSION_TOKEN": account.role_credentials["SessionToken"]}
    signature = ask("status", "prod", account.container_instance, **wrong)
    assert signature["error"] == "denied" and "SignatureDoesNotMatch" in signature["what"]
    unknown = ask("status", "prod", account.container_instance, **{**wrong, "AWS_ACCESS_KEY_ID": "AKIANOBODY"})
    assert unknown["error"] == "denied"
    assert ask("status", "prod", account.container_instance, AWS_CONTAINER_AUTHORIZATION_TOKEN="no")["error"] == "denied"
    assert ask("status", "prod", "x", AWS_ENDPOINT_URL="http://127.0.0.1:1")["error"] == "unavailable"


def test_a_page_of_html_where_json_was_due_is_a_clear_error(ask, account):
    """What moto answers about a task that it does not know."""
    answer = ask("stop-task", "prod", account.task[:-4] + "0000")
    assert answer["error"] == "unavailable"
    assert "ecs StopTask: 500 without an error code of AWS: '<!doctype html>" in answer["what"]
    assert "\n" not in answer["what"]
