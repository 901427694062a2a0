"""Clusters with pools, and hakoban-coordinators that size them. One AWS serves a whole session; each test has a cluster,
pools and a queue of its own, so that tests do not see one another."""

import itertools
import json
import time
import uuid

from hakoban_world.agent import HakobanAgent
from hakoban_world.aws import ACCOUNT
from hakoban_world.pools import Pool, Size
from hakoban_world.run import ROOT, wait_for
from memory_host import MemoryHost

COORDINATOR_POLICY = ROOT / "packaging/iam/hakoban-coordinator.json"
BUCKET = "fleet-objects"
LEASES = "hakoban-leases"
SIZES = {"m5.large": Size(2048, 7600), "m5.xlarge": Size(4096, 15400), "c5.large": Size(2048, 3700)}
BUILT = [ROOT / "build" / preset / "hakoban-coordinator" for preset in ("release", "dev")]
# Times that make an operator's minutes a test's seconds.
FAST = {"observe.interval": "1s", "observe.services_interval": "1s", "aws.quota_share": "1", "policy.short_grace": "1s",
        **{f"policy.{kind}.{key}": value for kind in ("on_demand", "spot")
           for key, value in (("in_after", "2s"), ("in_cooldown", "1s"))}}
_numbers = itertools.count(1)


def coordinator_binary():
    return max((p for p in BUILT if p.exists()), key=lambda p: p.stat().st_mtime, default=BUILT[0])


class Coordinator(HakobanAgent):
    """A hakoban-coordinator as its operator runs it. `keys`: credentials of its role."""

    def __init__(self, fleet, settings, keys, *, name=None, arguments=()):
        environment = {"AWS_ENDPOINT_URL": fleet.aws.url, "AWS_REGION": fleet.aws.region,
                       "AWS_ACCESS_KEY_ID": keys["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
                       "AWS_SESSION_TOKEN": keys["Token"], "AWS_EC2_METADATA_DISABLED": "true"}
        super().__init__(fleet.run, coordinator_binary(), settings, environment,
                         name=name or f"coordinator-{fleet.cluster}-{next(_numbers)}", arguments=arguments)
        self.settings.pop("state_directory")
        self.access_key = keys["AccessKeyId"]


class Fleet:
    """One cluster. `asg()` and `spot_fleet()` make its pools, `coordinator()` what sizes it."""

    def __init__(self, run, aws, stack, calls):
        self.run, self.aws, self._stack, self._calls = run, aws, stack, calls
        self.cluster = f"c{next(_numbers)}"
        self.ecs, self.asgs, self.ec2 = (aws.client(name) for name in ("ecs", "autoscaling", "ec2"))
        self.sqs = aws.client("sqs")
        self.ecs.create_cluster(clusterName=self.cluster)
        self.arn = f"arn:aws:ecs:{aws.region}:{ACCOUNT}:cluster/{self.cluster}"
        self.queue = self.sqs.create_queue(QueueName=self.cluster, Attributes={"VisibilityTimeout": "3"})["QueueUrl"]
        self.pools = []
        aws.add_role(f"coordinator-{self.cluster}", COORDINATOR_POLICY, Cluster=self.cluster, Groups=f"{self.cluster}-*",
                     Queue=self.cluster, LeaseTable=LEASES, Bucket=BUCKET, LeaseKey=f"leases/{self.cluster}",
                     TaskStatusPrefix="tasks", DecisionsPrefix="decisions")

    # What an operator makes.

    def asg(self, name="pool", *, desired=0, least=0, most=20, kind="m5.large", mixed=None, boot_after=1.0, hook=None,
            zones=("a",)):
        """`mixed`: weights by type, in the order of preference."""
        group = f"{self.cluster}-{name}"
        template = self._template(group, next(iter(mixed)) if mixed else kind)  # moto launches the template's type
        capacity = {"MinSize": least, "MaxSize": most, "DesiredCapacity": desired,
                    "AvailabilityZones": [self.aws.region + zone for zone in zones]}
        if mixed:
            overrides = [{"InstanceType": t, "WeightedCapacity": str(w)} for t, w in mixed.items()]
            source = {"MixedInstancesPolicy": {
                "LaunchTemplate": {"LaunchTemplateSpecification": template, "Overrides": overrides},
                "InstancesDistribution": {"OnDemandPercentageAboveBaseCapacity": 0}}}
        else:
            source = {"LaunchTemplate": template}
        self.asgs.create_auto_scaling_group(AutoScalingGroupName=group, **source, **capacity)
        if hook:
            self.asgs.put_lifecycle_hook(LifecycleHookName=hook, AutoScalingGroupName=group, HeartbeatTimeout=4,
                                         LifecycleTransition="autoscaling:EC2_INSTANCE_TERMINATING")
        return self._watch(group, mixed or {}, boot_after, {hook} if hook else set())

    def spot_fleet(self, *, target=0, weights=None, boot_after=1.0):
        weights = weights or {"m5.large": 1}
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        fleet = self.ec2.request_spot_fleet(SpotFleetRequestConfig={
            "TargetCapacity": target, "IamFleetRole": f"arn:aws:iam::{ACCOUNT}:role/fleet", "AllocationStrategy": "diversified" if target else "lowestPrice",
            "LaunchSpecifications": [{"ImageId": image, "InstanceType": t, "WeightedCapacity": w} for t, w in weights.items()],
        })["SpotFleetRequestId"]
        return self._watch(fleet, weights, boot_after, set())

    def definition(self, cpu, memory, **more):
        made = self.ecs.register_task_definition(
            family=f"{self.cluster}-{next(_numbers)}",
            containerDefinitions=[{"name": "app", "image": "busybox", "cpu": cpu, "memory": memory, "essential": True, **more}])
        return made["taskDefinition"]["taskDefinitionArn"]

    def service(self, name, cpu, memory, count, **more):
        self.ecs.create_service(cluster=self.cluster, serviceName=name, taskDefinition=self.definition(cpu, memory),
                                desiredCount=count, launchType="EC2", **more)

    def scale(self, name, count):
        self.ecs.update_service(cluster=self.cluster, service=name, desiredCount=count)

    def run_task(self, definition, count=1):
        """(ARNs started, failures); as a caller sees it."""
        try:
            answer = self.ecs.run_task(cluster=self.cluster, taskDefinition=definition, count=count, launchType="EC2")
        except self.ecs.exceptions.InvalidParameterException as error:
            return [], [str(error)]
        return [t["taskArn"] for t in answer["tasks"]], answer["failures"]

    def coordinator(self, settings=None, *, start=True, arguments=(), pools=True, queue=True, name=None):
        keys = self.aws.role_credentials(f"coordinator-{self.cluster}")
        made = {"cluster": self.cluster, **FAST, **({"queue.url": self.queue} if queue else {}),
                **({"pools": ",".join(pool.name for pool in self.pools)} if pools else {}), **(settings or {})}
        coordinator = Coordinator(self, made, keys, arguments=arguments, name=name)
        self._stack.callback(self._closed, coordinator)
        return coordinator.start() if start else coordinator

    # What others send.

    def send(self, body):
        self.sqs.send_message(QueueUrl=self.queue, MessageBody=body if isinstance(body, str) else json.dumps(body))

    def waits(self, definition_needs, job=None, group=""):
        """hako's notice of a RunTask that found no room."""
        cpu, memory = definition_needs
        job = job or str(uuid.uuid4())
        self.send({"group_name": group, "cluster": self.cluster, "cpu": cpu, "memory": memory, "hako_task_id": job})
        return job

    def event(self, source, kind, detail, resources=()):
        self.send({"version": "0", "id": str(uuid.uuid4()), "detail-type": kind, "source": source, "account": ACCOUNT,
                   "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "region": self.aws.region,
                   "resources": list(resources), "detail": detail})

    # What the witness sees.

    def target(self, pool):
        if pool.is_fleet:
            found = self._reader("ec2").describe_spot_fleet_requests(SpotFleetRequestIds=[pool.name])
            return found["SpotFleetRequestConfigs"][0]["SpotFleetRequestConfig"]["TargetCapacity"]
        return self.group(pool)["DesiredCapacity"]

    def members(self, pool):
        """(id, type) of its instances that live."""
        if pool.is_fleet:
            found = self._reader("ec2").describe_spot_fleet_instances(SpotFleetRequestId=pool.name)["ActiveInstances"]
        else:
            found = [i for i in self.group(pool)["Instances"] if not i["LifecycleState"].startswith("Terminating")]
        return sorted((i["InstanceId"], i["InstanceType"]) for i in found)

    def group(self, pool):
        found = self._reader("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[pool.name])
        return found["AutoScalingGroups"][0]

    def instances(self):
        """Container instances by EC2 id."""
        reader = self._reader("ecs")
        arns = reader.list_container_instances(cluster=self.cluster)["containerInstanceArns"]
        found = reader.describe_container_instances(cluster=self.cluster, containerInstances=arns) if arns else {}
        return {i["ec2InstanceId"]: i for i in found.get("containerInstances", [])}

    def counts(self, name):
        """(running, pending) of a service."""
        found = self._reader("ecs").describe_services(cluster=self.cluster, services=[name])["services"][0]
        return found["runningCount"], found["pendingCount"]

    def killed(self):
        """Tasks that ended because their host was terminated under them."""
        return [k for k in self.aws.pools.killed if f"/{self.cluster}/" in k.task_arn]

    def calls(self, coordinator, **which):
        return self.aws.recorder.calls(access_key=coordinator.access_key, **which)

    def wait(self, what, check, timeout=20.0):
        return wait_for(f"{what} ({self.cluster})", check, timeout, interval=0.1)

    def wait_registered(self, pool, count, timeout=20.0):
        self.wait(f"{count} hosts of {pool.name}", lambda: len(pool.hosts) == count, timeout)

    def _template(self, name, kind):
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        made = self.ec2.create_launch_template(LaunchTemplateName=name,
                                               LaunchTemplateData={"ImageId": image, "InstanceType": kind})
        return {"LaunchTemplateId": made["LaunchTemplate"]["LaunchTemplateId"], "Version": "$Latest"}

    def _watch(self, name, weights, boot_after, hooks):
        def make_host(instance_id, size):
            return MemoryHost(self.aws, self.cluster, cpu=size.cpu, memory=size.memory, ec2_instance_id=instance_id)
        pool = self.aws.pools.watch(Pool(name, SIZES, make_host, boot_after, weights, self.cluster, hooks))
        self.pools.append(pool)
        self._stack.callback(self.aws.pools.forget, pool)
        return pool

    def _reader(self, service):
        return self.aws.client(service, self.aws.reader)

    def _closed(self, coordinator):
        coordinator.close()
        self._calls.extend(self.calls(coordinator))
