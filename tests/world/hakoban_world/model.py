"""The seam between the AWS side of the world and its hosts.

The AWS side decides which tasks run where and hands each to a ContainerHost; the host runs it and
reports back every change it sees. Neither side waits for the other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class PortMapping:
    """One entry of a container definition's portMappings. `host_port` 0 asks for a dynamic one."""

    container_port: int
    host_port: int = 0
    protocol: str = "tcp"


@dataclass(frozen=True)
class WorldContainer:
    """One container definition. `cpu` in 1/1024 vCPU, memory in MiB (None = not given), times in seconds."""

    name: str
    image: str
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    cpu: int = 0
    memory: int | None = None
    memory_reservation: int | None = None
    port_mappings: Sequence[PortMapping] = ()
    stop_timeout: int | None = None
    essential: bool = True
    docker_labels: Mapping[str, str] = field(default_factory=dict)
    log_driver: str | None = None
    log_options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class WorldTask:
    """A task as a host receives it. `cluster` is the cluster's name, `id` the last part of `arn`."""

    arn: str
    id: str
    cluster: str
    family: str
    revision: int
    group: str
    started_by: str
    container_instance_arn: str
    containers: Sequence[WorldContainer]
    task_cpu: int | None = None
    task_memory: int | None = None
    network_mode: str = "bridge"


@dataclass(frozen=True)
class Binding:
    """One published port, under the names that ECS gives its networkBindings."""

    containerPort: int  # noqa: N815
    hostPort: int  # noqa: N815
    bindIP: str = "0.0.0.0"  # noqa: N815
    protocol: str = "tcp"


@dataclass(frozen=True)
class ContainerReport:
    """What a host says of one container. `last_status` is PENDING, RUNNING or STOPPED."""

    name: str
    last_status: str
    exit_code: int | None = None
    runtime_id: str | None = None
    bindings: Sequence[Binding] = ()
    reason: str | None = None


TaskChanged = Callable[[str, str, Sequence[ContainerReport]], None]
"""`task_changed(task_arn, last_status, containers)`: called from any thread of the host, returns at once.

`last_status` of the task is PENDING, RUNNING, DEACTIVATING, STOPPING or STOPPED; STOPPED comes once and last.
"""


class ContainerHost(Protocol):
    """One container instance. Both methods return at once; what came of them arrives by `task_changed`."""

    container_instance_arn: str
    ec2_instance_id: str
    task_changed: TaskChanged | None
    """Set by the AWS side when the host is added to it, before the first start()."""

    def start(self, task: WorldTask) -> None:
        """Pull, create and start the task's containers."""

    def stop(self, task_arn: str, reason: str) -> None:
        """SIGTERM to all containers, SIGKILL after each one's own stop timeout. Unknown or stopped: nothing."""
