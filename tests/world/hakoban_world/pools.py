"""What moto lacks of the pools that feed a cluster: instances that boot and register late, weights, hosts held by a
lifecycle hook, fleets whose instances somebody else terminated; and of ECS, attributes put on container instances."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from .ecs_tasks import TaskCalls, cluster_name
from .ledger import Instance, Ledger
from .overlay import lifecycle_answer
from .wire import Answer, Request, error_answer, json_answer, xml_answer

UNKNOWN_TO_MOTO = {"PutAttributes", "DeleteAttributes"}
_LIVE = ("pending", "running")

Handler = Callable[[Request, Answer], Answer]


@dataclass(frozen=True)
class Size:
    """What an instance of a type registers: CPU units and MiB."""

    cpu: int
    memory: int


@dataclass
class Pool:
    """`make_host(ec2_instance_id, size)` registers a container instance with the cluster and returns its host."""

    name: str
    sizes: dict[str, Size]
    make_host: Callable[[str, Size], Any]
    boot_after: float
    weights: dict[str, int] = field(default_factory=dict)
    cluster: str = "prod"
    hooks: set[str] = field(default_factory=set)
    booting: dict[str, float] = field(default_factory=dict)
    hosts: dict[str, Any] = field(default_factory=dict)
    dead_weight: int = 0
    """Of a fleet: units of instances that moto counts as fulfilled although they are gone."""

    @property
    def is_fleet(self) -> bool:
        return self.name.startswith("sfr-")


@dataclass(frozen=True)
class Killed:
    """A task that ended because its host was terminated under it."""

    task_arn: str
    service: str | None
    ec2_instance_id: str


class Pools:
    """A thread of its own boots what pools launch, and ends what is terminated. `direct(service)`: a client past the layer."""

    def __init__(self, ledger: Ledger, direct: Callable[[str], Any], tasks: TaskCalls) -> None:
        self._ledger = ledger
        self._direct = direct
        self._lock = threading.RLock()
        self._pools: dict[str, Pool] = {}
        self._held: dict[str, ElementTree.Element] = {}
        """Members in Terminating:Wait by EC2 id, as their group showed them last; moto has terminated them."""
        self._held_group: dict[str, str] = {}
        self._terminating: set[str] = set()
        """Members that moto is terminating: one is gone from its group before it is known to be held by a hook, and moto
        replaces half of one that weighs two."""
        self._tags: dict[str, dict[str, str]] = {}
        self.killed: list[Killed] = []
        self.heartbeats: list[str] = []
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pools", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(10)

    def watch(self, pool: Pool) -> Pool:
        with self._lock:
            self._pools[pool.name] = pool
        return pool

    def forget(self, pool: Pool) -> None:
        """Nobody looks at it any more."""
        with self._lock:
            self._pools.pop(pool.name, None)

    def held(self) -> list[str]:
        with self._lock:
            return sorted(self._held)

    def reclaim(self, ec2_instance_id: str) -> None:
        """EC2 takes the instance, whatever runs there."""
        self._direct("ec2").terminate_instances(InstanceIds=[ec2_instance_id])

    def calls(self) -> dict[tuple[str, str], Handler]:
        return {
            ("autoscaling", "DescribeAutoScalingGroups"): self._describe_groups,
            ("autoscaling", "TerminateInstanceInAutoScalingGroup"): self._terminate_in_group,
            ("autoscaling", "CompleteLifecycleAction"): self._complete,
            ("autoscaling", "RecordLifecycleActionHeartbeat"): self._heartbeat,
            ("ec2", "DescribeSpotFleetRequests"): self._describe_fleets,
            ("ec2", "DescribeSpotFleetInstances"): self._describe_fleet_instances,
            ("ec2", "ModifySpotFleetRequest"): self._modify_fleet,
            ("ec2", "CreateTags"): self._create_tags,
            ("ecs", "PutAttributes"): self._put_attributes,
            ("ecs", "DeleteAttributes"): self._delete_attributes,
        }

    def around(self) -> dict[tuple[str, str], Callable[[Request], AbstractContextManager[None]]]:
        return {("autoscaling", "TerminateInstanceInAutoScalingGroup"): self._while_terminating}

    # Auto Scaling groups.

    @contextmanager
    def _while_terminating(self, request: Request) -> Iterator[None]:
        instance_id = request.parameters.get("InstanceId", "")
        self._terminating.add(instance_id)
        try:
            yield
        finally:
            self._terminating.discard(instance_id)

    def _describe_groups(self, request: Request, upstream: Answer) -> Answer:
        tree = _parsed(upstream)
        with self._lock:
            for group in tree.iter("member"):
                name = group.findtext("AutoScalingGroupName")
                members = group.find("Instances")
                if name is None or members is None or group.find("DesiredCapacity") is None:
                    continue
                self._weigh(self._pools.get(name), members)
                members.extend(m for i, m in self._held.items() if self._held_group[i] == name)
        return _printed(tree)

    def _weigh(self, pool: Pool | None, members: ElementTree.Element) -> None:
        for member in members if pool and pool.weights else ():
            member.find("ProtectedFromScaleIn").text = "false"  # the world's own doing: see _mind
            weight = ElementTree.SubElement(member, "WeightedCapacity")
            weight.text = str(pool.weights[member.findtext("InstanceType")])

    def _terminate_in_group(self, request: Request, upstream: Answer) -> Answer:
        """moto has terminated it, and taken one off the desired capacity."""
        instance_id = request.parameters["InstanceId"]
        with self._lock:
            pool = next((p for p in self._pools.values() if instance_id in p.hosts or instance_id in p.booting), None)
            if pool is None:
                return upstream
            details = self._direct("ec2").describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
            weight = pool.weights.get(details["InstanceType"], 1)
            if weight > 1 and request.parameters.get("ShouldDecrementDesiredCapacity") == "true":
                groups = self._direct("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[pool.name])
                now = groups["AutoScalingGroups"][0]["DesiredCapacity"]
                self._direct("autoscaling").set_desired_capacity(AutoScalingGroupName=pool.name,
                                                                 DesiredCapacity=now - weight + 1)
            if pool.hooks:
                self._hold(pool, instance_id, details, weight)
        return upstream

    def _hold(self, pool: Pool, instance_id: str, details: dict[str, Any], weight: int) -> None:
        member = ElementTree.Element("member")
        texts = {"InstanceId": instance_id, "InstanceType": details["InstanceType"], "HealthStatus": "Healthy",
                 "AvailabilityZone": details["Placement"]["AvailabilityZone"], "LifecycleState": "Terminating:Wait",
                 "ProtectedFromScaleIn": "false"}
        for name, text in (texts | ({"WeightedCapacity": str(weight)} if pool.weights else {})).items():
            ElementTree.SubElement(member, name).text = text
        self._held[instance_id], self._held_group[instance_id] = member, pool.name

    def hold(self, pool: Pool, instance_id: str) -> None:
        """The group itself takes this instance out (a zone to balance, an operator), and its hook holds it."""
        with self._lock:
            details = self._direct("ec2").describe_instances(InstanceIds=[instance_id])["Reservations"][0]["Instances"][0]
            self._hold(pool, instance_id, details, pool.weights.get(details["InstanceType"], 1))
            self._direct("autoscaling").terminate_instance_in_auto_scaling_group(
                InstanceId=instance_id, ShouldDecrementDesiredCapacity=True)

    def _complete(self, request: Request, upstream: Answer) -> Answer:
        return self._lifecycle(request, lambda instance: self._held.pop(instance))

    def _heartbeat(self, request: Request, upstream: Answer) -> Answer:
        return self._lifecycle(request, lambda instance: self.heartbeats.append(instance))

    def _lifecycle(self, request: Request, act: Callable[[str], Any]) -> Answer:
        instance = request.parameters.get("InstanceId", "")
        with self._lock:
            if request.parameters.get("AutoScalingGroupName") not in self._pools:
                return lifecycle_answer(request, Answer(200, {}, b""))  # for the test to play
            if instance not in self._held:
                return error_answer("autoscaling", "ValidationError",
                                    f"No active Lifecycle Action found with instance ID {instance}")
            act(instance)
        return lifecycle_answer(request, Answer(200, {}, b""))

    # Spot Fleets.

    def _describe_fleets(self, request: Request, upstream: Answer) -> Answer:
        tree = _parsed(upstream)
        with self._lock:
            for item in tree.iter("item"):
                fleet = item.findtext("spotFleetRequestId")
                if fleet not in self._pools:
                    continue
                target = item.find("spotFleetRequestConfig/targetCapacity")
                target.text = str(int(float(target.text)) - self._pools[fleet].dead_weight)
                tags = item.find("tagSet")
                tags = ElementTree.SubElement(item, "tagSet") if tags is None else tags
                for key, value in self._tags.get(fleet, {}).items():
                    tag = ElementTree.SubElement(tags, "item")
                    ElementTree.SubElement(tag, "key").text = key
                    ElementTree.SubElement(tag, "value").text = value
        return _printed(tree)

    def _describe_fleet_instances(self, request: Request, upstream: Answer) -> Answer:
        live = self._live_in_fleet(request.parameters.get("SpotFleetRequestId", ""))
        tree = _parsed(upstream)
        members = tree.find("activeInstanceSet")
        for item in list(members if members is not None else ()):
            if item.findtext("instanceId") not in live:
                members.remove(item)
        return _printed(tree)

    def _modify_fleet(self, request: Request, upstream: Answer) -> Answer:
        with self._lock:
            pool = self._pools.get(request.parameters.get("SpotFleetRequestId", ""))
            if pool is not None and pool.dead_weight:
                self._set_fleet_target(pool.name, int(request.parameters["TargetCapacity"]) + pool.dead_weight)
        return upstream

    def _set_fleet_target(self, fleet: str, target: int) -> None:
        self._direct("ec2").modify_spot_fleet_request(SpotFleetRequestId=fleet, TargetCapacity=target,
                                                      ExcessCapacityTerminationPolicy="noTermination")

    def _create_tags(self, request: Request, upstream: Answer) -> Answer:
        p = request.parameters
        with self._lock:
            for name, key in p.items():
                if name.startswith("Tag.") and name.endswith(".Key"):
                    self._tags.setdefault(p["ResourceId.1"], {})[key] = p[name[:-3] + "Value"]
        return upstream

    # Attributes of container instances: moto deletes none by its name.

    def _put_attributes(self, request: Request, upstream: Answer) -> Answer:
        return self._attributes(request, lambda i, a: i.attributes.__setitem__(a["name"], a.get("value", "")))

    def _delete_attributes(self, request: Request, upstream: Answer) -> Answer:
        return self._attributes(request, lambda i, a: i.attributes.pop(a["name"], None))

    def _attributes(self, request: Request, act: Callable[[Instance, dict[str, Any]], Any]) -> Answer:
        given = request.parameters.get("attributes") or []
        with self._ledger.changed:
            for attribute in given:
                found = self._ledger.find_instance(cluster_name(request.parameters), attribute.get("targetId", ""))
                if found is None or found.status == "INACTIVE":
                    return error_answer("ecs", "TargetNotFoundException", f"Could not find {attribute.get('targetId')}")
                act(found, attribute)
            self._ledger.changed.notify_all()
        return json_answer("ecs", {"attributes": given})

    # The thread: what boots, registers; what is terminated, is gone.

    def _run(self) -> None:
        while not self._stopping.wait(0.2):
            try:
                with self._lock:
                    for pool in list(self._pools.values()):
                        self._mind(pool)
            except Exception:  # a world that stands still must at least say why
                logging.exception("the world's pools failed")

    def _mind(self, pool: Pool) -> None:
        now, live = time.monotonic(), self._members(pool)
        if self._terminating:
            return  # moto's answer is not put right yet, which needs the lock that is held here: the next round sees it
        for instance_id in live:
            if instance_id not in pool.hosts:
                pool.booting.setdefault(instance_id, now + pool.boot_after)
        for instance_id in [i for i in {**pool.booting, **pool.hosts} if i not in live and i not in self._held]:
            pool.booting.pop(instance_id, None)
            if host := pool.hosts.pop(instance_id, None):
                self._end(pool, instance_id, host)
        for instance_id, due in list(pool.booting.items()):
            if now >= due:
                del pool.booting[instance_id]
                pool.hosts[instance_id] = pool.make_host(instance_id, pool.sizes[live[instance_id]])
                if pool.weights and not pool.is_fleet:
                    # moto takes one unit off for an instance of two, replaces half of it, and would let any other go when
                    # it is put right: so it has to be the replacement.
                    self._direct("autoscaling").set_instance_protection(
                        AutoScalingGroupName=pool.name, InstanceIds=[instance_id], ProtectedFromScaleIn=True)

    def _members(self, pool: Pool) -> dict[str, str]:
        """Types by id of all that live; those of a fleet that died have its weight made up for."""
        if not pool.is_fleet:
            groups = self._direct("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[pool.name])
            return {i["InstanceId"]: i["InstanceType"] for g in groups["AutoScalingGroups"] for i in g["Instances"]}
        live = self._live_in_fleet(pool.name)
        gone = [i for i in {**pool.booting, **pool.hosts} if i not in live]
        if gone:
            dead = sum(pool.weights.get(self._type_of(i), 1) for i in gone)
            config = self._direct("ec2").describe_spot_fleet_requests(SpotFleetRequestIds=[pool.name])
            target = config["SpotFleetRequestConfigs"][0]["SpotFleetRequestConfig"]["TargetCapacity"]
            pool.dead_weight += dead
            self._set_fleet_target(pool.name, target + dead)
        return live

    def _live_in_fleet(self, fleet: str) -> dict[str, str]:
        ec2 = self._direct("ec2")
        ids = [i["InstanceId"] for i in ec2.describe_spot_fleet_instances(SpotFleetRequestId=fleet)["ActiveInstances"]]
        found = ec2.describe_instances(InstanceIds=ids)["Reservations"] if ids else []
        return {i["InstanceId"]: i["InstanceType"] for r in found for i in r["Instances"] if i["State"]["Name"] in _LIVE}

    def _type_of(self, instance_id: str) -> str:
        found = self._direct("ec2").describe_instances(InstanceIds=[instance_id])
        return found["Reservations"][0]["Instances"][0]["InstanceType"]

    def _end(self, pool: Pool, instance_id: str, host: Any) -> None:
        arn = host.container_instance_arn
        with self._ledger.changed:
            victims = list(self._ledger.tasks_on(arn))
            self.killed += [Killed(t.task.arn, t.service, instance_id) for t in victims]
            self._ledger.instances[arn].host = None
            self._ledger.instances[arn].status = "INACTIVE"
            self._ledger.changed.notify_all()
        for task in victims:
            host.end(task.task.arn, 137)
        self._direct("ecs").deregister_container_instance(cluster=pool.cluster, containerInstance=arn, force=True)


def _parsed(answer: Answer) -> ElementTree.Element:
    """Names without their namespace; the root keeps it for the way back."""
    tree = ElementTree.fromstring(answer.body)
    namespace = tree.tag.partition("}")[0].removeprefix("{")
    for element in tree.iter():
        element.tag = element.tag.rpartition("}")[2]
    tree.set("xmlns", namespace)
    return tree


def _printed(tree: ElementTree.Element) -> Answer:
    return xml_answer(ElementTree.tostring(tree, encoding="unicode"))
