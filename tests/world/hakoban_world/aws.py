"""AWS as the world has it: moto behind the recording layer, keys and roles, and what a cluster needs to exist."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import boto3

from . import policies
from .balancers import Balancers
from .ecs_services import ServiceCalls
from .ecs_tasks import TaskCalls
from .launcher import Launcher
from .ledger import Behaviour, Ledger
from .model import ContainerHost
from .moto import Moto, client
from .overlay import Overlay
from .pools import UNKNOWN_TO_MOTO, Pools
from .recorder import Recorder
from .run import ROOT, Run
from .scheduler import Scheduler
from .targets import TargetStates

ACCOUNT = "123456789012"
REGION = "ap-northeast-1"
AGENT_POLICY = ROOT / "packaging/iam/hakoban-agent.json"
_ANYTHING = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
_READING = json.dumps({"Version": "2012-10-17", "Statement": [{
    "Effect": "Allow", "Resource": "*",
    "Action": ["ecs:Describe*", "ecs:List*", "elasticloadbalancing:Describe*", "s3:Get*", "s3:List*", "s3:Head*",
               "autoscaling:Describe*", "ec2:Describe*", "sqs:Get*"]}]})


@dataclass(frozen=True)
class Role:
    arn: str
    statements: list[policies.Statement]


class Aws:
    """Everything runs once this is made; close() ends it. `url` is what programs under test are told."""

    def __init__(self, run: Run, behaviour: Behaviour | None = None, region: str = REGION) -> None:
        self.region = region
        self.behaviour = behaviour or Behaviour()
        self.ledger = Ledger()
        self._roles: dict[str, Role] = {}
        self._image = ""
        self._clients: dict[tuple[boto3.Session, str, str], Any] = {}
        self._moto = Moto(run, region)
        try:
            self.admin = self._user("world", _ANYTHING)
            self.reader = self._user("witness", _READING)
            self._moto.turn_auth_on()
            self.balancers = Balancers(TargetStates(self.behaviour), self._direct("elbv2"))
            launcher = Launcher(self.ledger, self._direct("ecs"))
            tasks = TaskCalls(self.ledger, launcher, self.behaviour)
            self.overlay = Overlay(tasks, ServiceCalls(self.ledger, launcher), self.balancers, ACCOUNT)
            self.pools = Pools(self.ledger, self._direct, tasks)
            self.overlay.add(self.pools.calls(), unknown_to_moto=UNKNOWN_TO_MOTO, around=self.pools.around())
            self.call_log = run.folder / "log" / f"aws-calls-{self._moto.url.rpartition(':')[2]}.jsonl"
            self.recorder = Recorder(self._moto.url, self.overlay, self.call_log)
            self.recorder.start()
            self._scheduler = Scheduler(self.ledger, launcher, self.balancers, self.behaviour)
            self._scheduler.start()
            self.pools.start()
        except BaseException:
            self._moto.close()
            raise

    def __enter__(self) -> Aws:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.pools.stop()
        self._scheduler.stop()
        self.recorder.stop()
        self._moto.close()

    @property
    def url(self) -> str:
        return self.recorder.url

    @property
    def faults(self):
        return self.recorder.faults

    def calls(self, **which: str):
        return self.recorder.calls(**which)

    def client(self, service: str, session: boto3.Session | None = None) -> Any:
        """Through the layer, with the world's own keys unless another session is given; never retries."""
        return self._client(session or self.admin, service, self.url)

    def session(self, credentials: dict[str, str]) -> boto3.Session:
        """For credentials in the form of role_credentials()."""
        return self._moto.session(credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["Token"])

    def add_role(self, name: str, policy: Path = AGENT_POLICY, **placeholders: str) -> None:
        """A role with just this policy; ${Account}, ${Region} and ${Partition} are known."""
        values = {"Account": ACCOUNT, "Region": self.region, "Partition": "aws", **placeholders}
        statements = policies.load(policy, values)
        iam = self._direct("iam")
        trust = {"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/world"}}]}
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]
        iam.put_role_policy(RoleName=name, PolicyName=policy.stem, PolicyDocument=policies.for_moto(statements))
        self._roles[name] = Role(role["Arn"], statements)

    def role_credentials(self, name: str, seconds: int = 3600) -> dict[str, str]:
        """New credentials of the role, as instance metadata serves them below iam/security-credentials/NAME."""
        role = self._roles[name]
        given = self._direct("sts").assume_role(RoleArn=role.arn, RoleSessionName="i-world",
                                                DurationSeconds=seconds)["Credentials"]
        self.overlay.holds_to(given["AccessKeyId"], role.statements)
        now = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"Code": "Success", "LastUpdated": now, "Type": "AWS-HMAC", "AccessKeyId": given["AccessKeyId"],
                "SecretAccessKey": given["SecretAccessKey"], "Token": given["SessionToken"],
                "Expiration": given["Expiration"].strftime("%Y-%m-%dT%H:%M:%SZ")}

    def launch_instance(self) -> str:
        """A new EC2 instance's id, for a host to register with."""
        ec2 = self._direct("ec2")
        if not self._image:  # moto takes a second to list its images
            self._image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = ec2.run_instances(ImageId=self._image, MinCount=1, MaxCount=1, InstanceType="m5.large")
        return made["Instances"][0]["InstanceId"]

    def add_host(self, host: ContainerHost) -> None:
        """Connects a registered container instance's agent: from here on tasks are placed on it."""
        with self.ledger.changed:
            host.task_changed = self.ledger.task_changed
            self.ledger.instances[host.container_instance_arn].host = host
            self.ledger.changed.notify_all()

    def add_target_group(self, name: str, *, target_type: str = "instance", delay: float | None = None) -> str:
        """An HTTP target group behind a listener of a load balancer of its own; `delay`: deregistration, in s."""
        elb, ec2 = self.client("elbv2"), self._direct("ec2")
        subnets = ec2.describe_subnets()["Subnets"]
        group = elb.create_target_group(Name=name, Protocol="HTTP", Port=80, TargetType=target_type,
                                        VpcId=subnets[0]["VpcId"])["TargetGroups"][0]["TargetGroupArn"]
        if delay is not None:
            elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[
                {"Key": "deregistration_delay.timeout_seconds", "Value": str(round(delay))}])
        balancer = elb.create_load_balancer(Name=name, Subnets=[s["SubnetId"] for s in subnets[:2]])
        elb.create_listener(LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"], Protocol="HTTP", Port=80,
                            DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
        return group

    def wait_for_tasks(self, what: str, statuses: Iterable[str] = ("RUNNING",), *, cluster: str | None = None,
                       service: str | None = None, count: int = 1, timeout: float = 60.0) -> list[str]:
        """Task ARNs, once `count` of the service (any, if None) have one of these states."""
        wanted = set(statuses)

        def found() -> list[str]:
            arns = [t.task.arn for t in self.ledger.tasks.values()
                    if t.last_status in wanted and service in (None, t.service) and cluster in (None, t.task.cluster)]
            return arns if len(arns) >= count else []
        return self.ledger.wait_for(what, found, timeout)

    def _user(self, name: str, policy: str) -> boto3.Session:
        iam = client(self._moto.session("setup", "setup"), "iam", self._moto.url)
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="all", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self._moto.session(key["AccessKeyId"], key["SecretAccessKey"])

    def _direct(self, service: str) -> Any:
        """Past the layer: the world's own doing is not recorded."""
        return self._client(self.admin, service, self._moto.url)

    def _client(self, session: boto3.Session, service: str, url: str) -> Any:
        """Made once: making one is slow, and they may be shared by threads."""
        key = session, service, url
        if key not in self._clients:
            self._clients[key] = client(session, service, url)
        return self._clients[key]
