"""Makes tasks out of task definitions, puts them on hosts and has hosts stop them."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Any

from .ledger import Instance, Ledger, TaskRecord
from .model import ContainerReport, PortMapping, WorldContainer, WorldTask
from .placement import needs_of


class Launcher:
    """`moto_ecs` is a boto3 client that speaks to moto itself: it gives tasks their ARNs."""

    def __init__(self, ledger: Ledger, moto_ecs: Any) -> None:
        self._ledger = ledger
        self._ecs = moto_ecs
        self._definitions: dict[str, dict[str, Any]] = {}

    def definition(self, name: str) -> dict[str, Any]:
        """By ARN, family:revision or family (its newest)."""
        if name not in self._definitions:
            found = self._ecs.describe_task_definition(taskDefinition=name)["taskDefinition"]
            if not re.search(r":\d+$", name):
                return found
            self._definitions[name] = found
        return self._definitions[name]

    def mint(self, cluster: str, definition: Mapping[str, Any], instance: Instance, group: str, started_by: str,
             network: Mapping[str, Any] | None) -> dict[str, Any]:
        """A new task in moto; nothing runs yet."""
        wanted: dict[str, Any] = {"cluster": cluster, "taskDefinition": definition["taskDefinitionArn"],
                                  "group": group, "startedBy": started_by}
        if definition.get("networkMode") == "awsvpc":
            return self._ecs.run_task(**wanted, networkConfiguration=network, launchType="FARGATE")["tasks"][0]
        return self._ecs.start_task(**wanted, containerInstances=[instance.arn])["tasks"][0]

    def launch(self, minted: Mapping[str, Any], definition: Mapping[str, Any], instance: Instance, *, group: str,
               started_by: str, service: str | None = None, overrides: Mapping[str, Any] | None = None,
               tags: list[dict[str, str]] | None = None) -> TaskRecord:
        arn = minted["taskArn"]
        containers = [_container(c, overrides or {}) for c in definition["containerDefinitions"]]
        task = WorldTask(
            arn=arn, id=arn.rpartition("/")[2], cluster=instance.cluster, family=definition["family"],
            revision=definition["revision"], group=group, started_by=started_by, container_instance_arn=instance.arn,
            containers=containers, task_cpu=_number(definition.get("cpu")),
            task_memory=_number(definition.get("memory")), network_mode=definition.get("networkMode") or "bridge")
        record = TaskRecord(
            task, definition["taskDefinitionArn"], needs_of(definition), service=service,
            overrides=dict(overrides or {}), tags=tags or [], private_ip=_private_ip(minted),
            containers={c.name: ContainerReport(c.name, "PENDING") for c in containers})
        with self._ledger.changed:
            self._ledger.tasks[arn] = record
            self._ledger.changed.notify_all()
        if instance.host is not None:
            instance.host.start(task)
        return record

    def stop(self, record: TaskRecord, code: str, reason: str) -> None:
        """Asks the host to stop it; the task is STOPPED when the host says so. A second call changes nothing."""
        with self._ledger.changed:
            if not record.live:
                return
            if record.stop_code is None:
                record.stop_code, record.stopped_reason = code, reason
            record.desired_status = "STOPPED"
            record.stop_after_draining = False
            record.stopping_at = record.stopping_at or time.time()
            instance = self._ledger.instances.get(record.task.container_instance_arn)
            self._ledger.changed.notify_all()
        if instance is not None and instance.host is not None:
            instance.host.stop(record.task.arn, reason)

    def discard(self, minted: Mapping[str, Any]) -> None:
        """A task of moto's for which the world has no room."""
        self._ecs.stop_task(cluster=minted["clusterArn"], task=minted["taskArn"], reason="no room in the world")


def _container(definition: Mapping[str, Any], overrides: Mapping[str, Any]) -> WorldContainer:
    override: Mapping[str, Any] = next(
        (o for o in overrides.get("containerOverrides", []) if o.get("name") == definition["name"]), {})
    environment = {e["name"]: e["value"] for e in definition.get("environment", [])}
    environment |= {e["name"]: e["value"] for e in override.get("environment", [])}
    log = definition.get("logConfiguration") or {}
    return WorldContainer(
        name=definition["name"], image=definition["image"],
        command=tuple(override.get("command") or definition.get("command") or ()), environment=environment,
        cpu=override.get("cpu", definition.get("cpu", 0)), memory=definition.get("memory"),
        memory_reservation=definition.get("memoryReservation"),
        port_mappings=[PortMapping(m["containerPort"], m.get("hostPort") or 0, m.get("protocol") or "tcp")
                       for m in definition.get("portMappings", [])],
        stop_timeout=definition.get("stopTimeout"), essential=definition.get("essential", True),
        docker_labels=definition.get("dockerLabels") or {}, log_driver=log.get("logDriver"),
        log_options=log.get("options") or {})


def _private_ip(minted: Mapping[str, Any]) -> str:
    details = [d for a in minted.get("attachments", []) for d in a.get("details", [])]
    return next((d["value"] for d in details if d["name"] == "privateIPv4Address"), "")


def _number(text: str | None) -> int | None:
    return int(text) if text else None
