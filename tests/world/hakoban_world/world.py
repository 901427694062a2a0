"""The whole world of a test: AWS, one engine, container instances with their ECS agents, instance metadata."""

import re
from contextlib import ExitStack

from .agent import HakobanAgent
from .aws import Aws
from .ecs_agent import EcsAgentHost
from .engine import IMAGE
from .metadata import Imds, identity_document
from .run import wait_for
from .scenario import Scenario
from .witness import Witness

ROLE = "hakoban-agent"
BUCKET = "hakoban-logs"
PREFIX = "logs"


class Host:
    """One container instance: its EC2 instance, its metadata, its ECS agent."""

    def __init__(self, world, cluster, index, engine):
        self.world = world
        self.engine = engine
        self.instance_id = world.aws.launch_instance()
        identity = identity_document(self.instance_id, region=world.aws.region, privateIp=f"10.0.0.{10 + index}")
        self._credentials = None
        self.imds = world.stack.enter_context(Imds(identity, role=ROLE, credentials=self.credentials))
        self.ecs_agent = EcsAgentHost(engine, cluster, identity, default_stop_timeout=world.stop_timeout)
        world.stack.callback(self.ecs_agent.close)
        self.arn = self.ecs_agent.register(world.aws.client("ecs"), totalResources=[
            {"name": name, "type": "INTEGER", "integerValue": amount} for name, amount in (("CPU", 4096), ("MEMORY", 7482))])
        world.aws.add_host(self.ecs_agent)

    def credentials(self):
        """The same until rotated, as instance metadata does it."""
        if self._credentials is None:
            self.rotate_credentials()
        return self._credentials

    def rotate_credentials(self, seconds=3600):
        self._credentials = self.world.aws.role_credentials(ROLE, seconds)
        self.world.agent_keys.add(self._credentials["AccessKeyId"])

    def agent_environment(self):
        return {"AWS_ENDPOINT_URL": self.world.aws.url, "AWS_REGION": self.world.aws.region,
                "AWS_EC2_METADATA_SERVICE_ENDPOINT": self.imds.endpoint, "DOCKER_HOST": self.engine.url}

    def agent(self, binary, name, settings=None, **more):
        """A hakoban-agent of this host, not yet started."""
        settings = {"ecs.introspection_url": self.ecs_agent.introspection.url, "logs.max_age": "1s",
                    "logs.destination": f"s3://{BUCKET}/{PREFIX}", **(settings or {})}
        agent = HakobanAgent(self.world.run, binary, settings, self.agent_environment(), name=name, **more)
        self.world.stack.callback(agent.close)
        return agent

    def reclaim(self):
        """EC2 takes the instance: everything on it is dead at once, and nobody tells ECS of it."""
        self.ecs_agent.close()
        for container in self.engine.client.containers.list():
            container.kill()

    def status(self):
        """ACTIVE or DRAINING, as ECS has it."""
        return self.world.witness.instance(self.world.cluster, self.arn)["status"]


class World:
    """`engines`: one for each host; else all share `engine` (and an agent sees the containers of all).
    `agent_calls` gathers what agents called, over all worlds of a session, for the judgement of the policy."""

    def __init__(self, run, engine, *, cluster="prod", hosts=1, behaviour=None, stop_timeout=30.0, agent_calls=None,
                 engines=None):
        self.run, self.engine, self.cluster, self.stop_timeout = run, engine, cluster, stop_timeout
        self.agent_keys = set()
        self._agent_calls = agent_calls if agent_calls is not None else []
        engines = engines or [engine] * hosts
        self.stack = ExitStack()
        try:
            for each in set(engines):
                self.stack.callback(each.remove_all)
            self.aws = Aws(run, behaviour)
            self.stack.callback(self._close_aws)
            self.s3 = self.aws.client("s3")
            self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": self.aws.region})
            self.ecs = self.aws.client("ecs")
            self.ecs.create_cluster(clusterName=cluster)
            self.aws.add_role(ROLE, Cluster=cluster, LogBucket=BUCKET)
            self.hosts = [Host(self, cluster, index, engines[index]) for index in range(hosts)]
            self.host = self.hosts[0]
            self.witness = Witness(self.aws)
            self.scenario = Scenario(self.aws, cluster)
        except BaseException:
            self.close()
            raise

    def close(self):
        self.stack.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _close_aws(self):
        self._agent_calls.extend(self.calls_of_agents())
        self.aws.close()

    def calls_of_agents(self, service=None, action=None):
        return [c for c in self.aws.calls(service=service, action=action) if c.access_key in self.agent_keys]

    def recount(self):
        return self.witness.recount(BUCKET)

    def spoken(self):
        """What every container of every task said, by Docker's own account: (service or family, container, task id)
        → lines, as LogRecount has them."""
        said = {}
        for host in self.hosts:
            for host_task in host.ecs_agent.tasks():
                task = host_task.task
                owner = task.group.removeprefix("service:") if task.group.startswith("service:") else task.family
                for container in host_task.containers:
                    if container.docker_id:
                        key = (owner, container.definition.name, task.id)
                        said[key] = lines_of(host.engine, container.docker_id)
        return said

    def wait_shipped(self, spoken=None, timeout=20.0):
        """Until the bucket has every line of `spoken` (now, if not given) exactly; AssertionError with what differs."""
        spoken = self.spoken() if spoken is None else spoken
        last = ["nothing looked at"]

        def complete():
            recount = self.recount()
            last[:] = recount.faults + [d for d in recount.differences(spoken) if "missing" in d]
            return not last
        try:
            wait_for("all lines in S3", complete, timeout, interval=0.3)
        except TimeoutError:
            raise AssertionError(f"after {timeout:g} s not all lines are in S3: " + "; ".join(last)) from None


def lines_of(engine, container_id):
    """stdout and stderr of a container as Docker's API gives them back, one record a line."""
    said = []
    for out in (True, False):
        text = engine.client.api.logs(container_id, stdout=out, stderr=not out).decode(errors="replace")
        said += [line + "\n" for line in re.split("\n", text) if line]
    return said


__all__ = ["BUCKET", "IMAGE", "PREFIX", "ROLE", "Host", "World", "lines_of"]
