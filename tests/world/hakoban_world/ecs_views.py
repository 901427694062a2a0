"""How ECS describes its instances, tasks and services (ECS API Reference, AWS JSON 1.1)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from .ledger import Instance, Ledger, ServiceRecord, TaskRecord
from .model import ContainerReport, WorldContainer
from .placement import remaining

Json = dict[str, Any]


def task_view(record: TaskRecord, *, with_tags: bool = False) -> Json:
    task = record.task
    times = {"createdAt": record.created_at, "startedAt": record.started_at, "stoppingAt": record.stopping_at,
             "stoppedAt": record.stopped_at}
    reasons = {"stopCode": record.stop_code, "stoppedReason": record.stopped_reason}
    view: Json = {
        "taskArn": task.arn, "clusterArn": cluster_arn(task.arn, task.cluster),
        "taskDefinitionArn": record.definition_arn, "containerInstanceArn": task.container_instance_arn,
        "overrides": {"containerOverrides": [], "inferenceAcceleratorOverrides": []} | record.overrides,
        "lastStatus": record.last_status, "desiredStatus": record.desired_status, "group": task.group,
        "launchType": "EC2", "cpu": str(record.needs.cpu), "memory": str(record.needs.memory),
        "connectivity": "CONNECTED", "healthStatus": "UNKNOWN", "enableExecuteCommand": False, "version": 1,
        "availabilityZone": "", "attachments": _attachments(record), "attributes": [],
        "tags": record.tags if with_tags else [],
        "containers": [_container_view(record, c, record.containers[c.name]) for c in task.containers],
    }
    if task.started_by:
        view["startedBy"] = task.started_by
    return view | {key: value for key, value in (times | reasons).items() if value is not None}


def _container_view(record: TaskRecord, container: WorldContainer, report: ContainerReport) -> Json:
    task_arn = record.task.arn
    cluster = record.task.cluster
    container_id = uuid.uuid5(uuid.NAMESPACE_URL, f"{task_arn}/{container.name}")
    view: Json = {
        "containerArn": f"{task_arn.partition(':task/')[0]}:container/{cluster}/{record.task.id}/{container_id}",
        "taskArn": task_arn, "name": container.name, "image": container.image, "lastStatus": report.last_status,
        "networkBindings": [{"bindIP": b.bindIP, "containerPort": b.containerPort, "hostPort": b.hostPort,
                             "protocol": b.protocol} for b in report.bindings],
        "networkInterfaces": [], "healthStatus": "UNKNOWN", "cpu": str(container.cpu),
    }
    if record.private_ip:
        view["networkInterfaces"] = [{"attachmentId": str(container_id), "privateIpv4Address": record.private_ip}]
    optional = {"runtimeId": report.runtime_id, "exitCode": report.exit_code, "reason": report.reason,
                "memory": _text(container.memory), "memoryReservation": _text(container.memory_reservation)}
    return view | {key: value for key, value in optional.items() if value is not None}


def _attachments(record: TaskRecord) -> list[Json]:
    if not record.private_ip:
        return []
    return [{"id": str(uuid.uuid5(uuid.NAMESPACE_URL, record.task.arn)), "type": "ElasticNetworkInterface",
             "status": "ATTACHED", "details": [{"name": "privateIPv4Address", "value": record.private_ip}]}]


def instance_view(ledger: Ledger, instance: Instance, base: Mapping[str, Any]) -> Json:
    """`base`: moto's view, for what the world does not decide."""
    tasks = list(ledger.tasks_on(instance.arn))
    left = remaining(ledger, instance)
    own = [{"name": name, "value": value} for name, value in instance.attributes.items()]
    known = [a for a in base.get("attributes", []) if a.get("name", "").startswith(("ecs.", "com.amazonaws."))]
    return {**base, "attributes": known + own, "status": instance.status, "agentConnected": instance.host is not None,
            "runningTasksCount": sum(t.last_status != "PENDING" for t in tasks),
            "pendingTasksCount": sum(t.last_status == "PENDING" for t in tasks),
            "registeredResources": _resources(instance.cpu, instance.memory, [22, 2375, 2376, 51678, 51679]),
            "remainingResources": _resources(left.cpu, left.memory, sorted(left.ports))}


def _resources(cpu: int, memory: int, ports: list[int]) -> list[Json]:
    def integer(name: str, value: int) -> Json:
        return {"name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value}
    def ports_of(name: str, values: list[str]) -> Json:
        return {"name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0,
                "stringSetValue": values}
    return [integer("CPU", cpu), integer("MEMORY", memory), ports_of("PORTS", [str(p) for p in ports]),
            ports_of("PORTS_UDP", [])]


def service_view(ledger: Ledger, service: ServiceRecord, base: Mapping[str, Any]) -> Json:
    tasks = ledger.tasks_of(service)
    counts = _counts(tasks)
    view = {**base, **counts, "desiredCount": service.desired, "events": list(service.events),
            "schedulingStrategy": "DAEMON" if service.daemon else "REPLICA",
            "deploymentConfiguration": {"maximumPercent": service.maximum_percent,
                                        "minimumHealthyPercent": service.minimum_percent},
            "deployments": [_deployment(service, base, tasks)]}
    view["deployments"] += _older_deployments(service, base, tasks)
    return view


def _deployment(service: ServiceRecord, base: Mapping[str, Any], tasks: list[TaskRecord]) -> Json:
    current = [t for t in tasks if t.task.started_by == service.deployment_id]
    counts = _counts(current)
    done = counts["runningCount"] >= service.desired and len(current) == len(tasks)
    known = (base.get("deployments") or [{}])[0]
    return {**known, **counts, "id": service.deployment_id, "status": "PRIMARY", "desiredCount": service.desired,
            "taskDefinition": service.definition_arn, "failedTasks": 0, "launchType": "EC2",
            "rolloutState": "COMPLETED" if done else "IN_PROGRESS"}


def _older_deployments(service: ServiceRecord, base: Mapping[str, Any], tasks: list[TaskRecord]) -> list[Json]:
    known = (base.get("deployments") or [{}])[0]
    ids = sorted({t.task.started_by for t in tasks if t.task.started_by != service.deployment_id})
    views = []
    for deployment_id in ids:
        own = [t for t in tasks if t.task.started_by == deployment_id]
        views.append({**known, **_counts(own), "id": deployment_id, "status": "ACTIVE", "desiredCount": 0,
                      "taskDefinition": own[0].definition_arn, "launchType": "EC2"})
    return views


def _counts(tasks: list[TaskRecord]) -> Json:
    return {"runningCount": sum(t.last_status in ("RUNNING", "DEACTIVATING") for t in tasks),
            "pendingCount": sum(t.last_status in ("PENDING", "ACTIVATING") for t in tasks)}


def cluster_arn(any_arn: str, cluster: str) -> str:
    return ":".join(any_arn.split(":")[:5]) + f":cluster/{cluster}"


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
