"""The layer before moto keeps AWS's promises: it has to, before it may judge anyone. Signatures, policies, faults, records."""

import gzip
import json
import time
import urllib.request

import boto3
import pytest
from aws_side import BUCKET, aws, cluster, code_of, drain, ecs, witness  # noqa: F401
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError
from hakoban_world.run import ROOT
from hakoban_world.witness import Witness
from memory_host import MemoryHost


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
