"""What ECS knows: container instances, tasks and services. The truth behind every answer of the overlay."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .model import ContainerHost, ContainerReport, WorldTask

T = TypeVar("T")


@dataclass
class Behaviour:
    """How slow and how helpful this AWS is. Times in seconds of AWS; `speed` divides all of them."""

    speed: float = 1.0
    target_healthy_after: float = 2.0
    deregister_lag_after_stop: float = 3.0
    """After a StopTask the containers get SIGTERM at once, their targets leave this much later, as on real ECS."""
    replacement_pause: float = 1.0
    reregister_targets_after: float | None = None
    """Some users saw ECS register a running task's target again after it was taken out by hand; None: it does not."""

    def scaled(self, seconds: float) -> float:
        return seconds / self.speed


@dataclass(frozen=True)
class Needs:
    """cpu in 1/1024 vCPU, memory in MiB, fixed host ports."""

    cpu: int
    memory: int
    ports: frozenset[int] = frozenset()


@dataclass
class Instance:
    arn: str
    ec2_instance_id: str
    cluster: str
    cpu: int
    memory: int
    status: str = "ACTIVE"
    host: ContainerHost | None = None
    attributes: dict[str, str] = field(default_factory=dict)
    """Put by PutAttributes, beside those that moto knows."""


@dataclass
class TaskRecord:
    task: WorldTask
    definition_arn: str
    needs: Needs
    containers: dict[str, ContainerReport]
    service: str | None = None
    last_status: str = "PENDING"
    desired_status: str = "RUNNING"
    stop_code: str | None = None
    stopped_reason: str | None = None
    created_at: float = field(default_factory=time.time)
    started_at: float | None = None
    stopping_at: float | None = None
    stopped_at: float | None = None
    stop_after_draining: bool = False
    """The scheduler has taken its targets out and stops it when they have drained."""
    deregister_targets_at: float | None = None
    """Monotonic; set by StopTask."""
    targets: list[tuple[str, str, int]] = field(default_factory=list)
    """Registered by ECS: (target group, target id, port)."""
    private_ip: str = ""
    """Of its network interface (awsvpc)."""
    overrides: dict[str, Any] = field(default_factory=dict)
    tags: list[dict[str, str]] = field(default_factory=list)
    protected: bool = False

    @property
    def live(self) -> bool:
        return self.last_status != "STOPPED"

    @property
    def wanted(self) -> bool:
        return self.live and self.desired_status == "RUNNING"


@dataclass
class ServiceRecord:
    name: str
    arn: str
    cluster: str
    definition_arn: str
    deployment_id: str
    desired: int
    daemon: bool = False
    minimum_percent: int = 100
    maximum_percent: int = 200
    load_balancers: Sequence[dict[str, Any]] = ()
    network: dict[str, Any] | None = None
    active: bool = True
    events: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=100))

    def event(self, text: str) -> None:
        """Events are newest first, as ECS lists them; the same words again and again are one event."""
        message = f"(service {self.name}) {text}"
        if not self.events or self.events[0]["message"] != message:
            self.events.appendleft({"id": f"{time.time_ns():x}", "createdAt": time.time(), "message": message})


class Ledger:
    """Guarded by `changed` (re-entrant): hold it to read or write the records, notify_all after a change."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.instances: dict[str, Instance] = {}
        self.tasks: dict[str, TaskRecord] = {}
        self.services: dict[tuple[str, str], ServiceRecord] = {}

    def find_task(self, cluster: str, name: str) -> TaskRecord | None:
        task_id = name.rpartition("/")[2]
        return next((t for t in self.tasks.values() if t.task.id == task_id and t.task.cluster == cluster), None)

    def find_instance(self, cluster: str, name: str) -> Instance | None:
        instance_id = name.rpartition("/")[2]
        return next((i for i in self.instances.values()
                     if i.arn.rpartition("/")[2] == instance_id and i.cluster == cluster), None)

    def tasks_on(self, instance_arn: str) -> Iterator[TaskRecord]:
        return (t for t in self.tasks.values() if t.live and t.task.container_instance_arn == instance_arn)

    def tasks_of(self, service: ServiceRecord) -> list[TaskRecord]:
        return [t for t in self.tasks.values()
                if t.live and t.service == service.name and t.task.cluster == service.cluster]

    def task_changed(self, task_arn: str, last_status: str, containers: Sequence[ContainerReport]) -> None:
        """A host's report. What comes after STOPPED, or of a task nobody knows, is nothing new."""
        with self.changed:
            record = self.tasks.get(task_arn)
            if record is None or not record.live:
                return
            for report in containers:
                record.containers[report.name] = report
            if not (record.stop_after_draining and last_status in ("PENDING", "RUNNING")):
                record.last_status = last_status
            now = time.time()
            if last_status == "RUNNING" and record.started_at is None:
                record.started_at = now
            if last_status == "STOPPED":
                _close(record, now)
            self.changed.notify_all()

    def wait_for(self, what: str, check: Callable[[], T], timeout: float = 30.0) -> T:
        """Waits until `check` answers something true, looking after each change of the ledger."""
        with self.changed:
            value = self.changed.wait_for(check, timeout)
        if not value:
            raise TimeoutError(f"waited {timeout:g} s for {what}; tasks: {self.summary()}")
        return value

    def summary(self) -> str:
        return ", ".join(f"{t.service or t.task.family}/{t.task.id[:8]}={t.last_status}>{t.desired_status}"
                         for t in self.tasks.values())


def _close(record: TaskRecord, now: float) -> None:
    """A task came to its end: of its own, if nobody had asked for it."""
    reasons = [c.reason for c in record.containers.values() if c.reason]
    if record.desired_status == "RUNNING":
        started = record.started_at is not None
        record.stop_code = "EssentialContainerExited" if started else "TaskFailedToStart"
        record.stopped_reason = "Essential container in task exited" if started or not reasons else reasons[0]
    record.desired_status = "STOPPED"
    record.stopping_at = record.stopping_at or now
    record.stopped_at = now
