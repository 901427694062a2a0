"""One task on a host, as the ECS agent keeps it: what is asked for, what is known, and how it tells of it."""

import secrets
import threading
import uuid
from dataclasses import dataclass, field

from .model import Binding, ContainerReport, WorldContainer, WorldTask

DEFAULT_CPU_SHARES = 2  # what the agent gives a container that names no cpu
MIB = 1 << 20


@dataclass
class HostContainer:
    definition: WorldContainer
    docker_name: str
    docker_id: str | None = None
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    image_id: str = ""
    created_at: str = ""
    started_at: str = ""
    bindings: list[Binding] = field(default_factory=list)
    endpoint_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def report(self):
        return ContainerReport(name=self.definition.name, last_status=self.status, exit_code=self.exit_code,
                               runtime_id=self.docker_id, bindings=tuple(self.bindings), reason=self.reason)

    def introspection(self):
        shown = {"DockerId": self.docker_id, "DockerName": self.docker_name, "Name": self.definition.name,
                 "Image": self.definition.image, "ImageID": self.image_id, "CreatedAt": self.created_at}
        if self.started_at:
            shown["StartedAt"] = self.started_at
        # A published port is listed twice: once for 0.0.0.0 and once for ::, without telling which is which.
        ports = [{"ContainerPort": b.containerPort, "Protocol": b.protocol, "HostPort": b.hostPort}
                 for b in self.bindings for _ in range(2)]
        if ports:
            shown["Ports"] = ports
        return shown


class HostTask:
    """Fields change under `lock` only."""

    def __init__(self, task: WorldTask, cgroup_parent: str):
        self.task = task
        self.lock = threading.RLock()
        self.desired = "RUNNING"
        self.cgroup_parent = cgroup_parent
        self.stopped_at = None  # monotonic seconds
        self.said = None  # the last report, so that each is made once
        self.pause_id = None  # docker's id of the container that holds an awsvpc task's network
        self.containers = [HostContainer(c, docker_name(task, c)) for c in task.containers]

    @property
    def known(self):
        states = {c.status for c in self.containers}
        if states == {"STOPPED"}:
            return "STOPPED"
        return "NONE" if "PENDING" in states else "RUNNING"

    def last_status(self):
        """ECS's word for the task."""
        if self.known == "STOPPED":
            return "STOPPED"
        if self.desired == "STOPPED":
            return "STOPPING"
        return "PENDING" if self.known == "NONE" else "RUNNING"

    def introspection(self):
        with self.lock:
            return {"Arn": self.task.arn, "DesiredStatus": self.desired, "KnownStatus": self.known,
                    "Family": self.task.family, "Version": str(self.task.revision),
                    "Containers": [c.introspection() for c in self.containers if c.docker_id]}


def docker_name(task, container):
    return f"ecs-{task.family}-{task.revision}-{container.name}-{secrets.token_hex(10)}"


def pause_container(task, image):
    """What the agent starts first for network mode awsvpc; ECS and the introspection never speak of it."""
    definition = WorldContainer(name="~internal~ecs~pause", image=image,
                                command=["sh", "-c", "trap 'exit 0' TERM; while true; do sleep 0.2; done"])
    return HostContainer(definition, f"ecs-{task.family}-{task.revision}-internalecspause-{secrets.token_hex(10)}")


def create_arguments(api, host_task, container, region):
    """The arguments of docker's create call, as the agent fills them."""
    task, wanted = host_task.task, container.definition
    link_local = "http://169.254.170.2"
    environment = {
        **wanted.environment,
        "ECS_CONTAINER_METADATA_URI": f"{link_local}/v3/{container.endpoint_id}",
        "ECS_CONTAINER_METADATA_URI_V4": f"{link_local}/v4/{container.endpoint_id}",
        "ECS_AGENT_URI": f"{link_local}/api/{container.endpoint_id}",
        "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
    }
    labels = {
        **wanted.docker_labels,
        "com.amazonaws.ecs.cluster": task.cluster,
        "com.amazonaws.ecs.container-name": wanted.name,
        "com.amazonaws.ecs.task-arn": task.arn,
        "com.amazonaws.ecs.task-definition-family": task.family,
        "com.amazonaws.ecs.task-definition-version": str(task.revision),
    }
    published = task.network_mode == "bridge"
    network = task.network_mode
    if network == "awsvpc":  # the pause container stands on the bridge in place of the interface
        network = f"container:{host_task.pause_id}" if host_task.pause_id else "bridge"
    ports = {f"{p.container_port}/{p.protocol}": ("127.0.0.1", p.host_port or None)
             for p in wanted.port_mappings if published}
    host_config = api.create_host_config(
        cgroup_parent=host_task.cgroup_parent,
        cpu_shares=wanted.cpu or DEFAULT_CPU_SHARES,
        mem_limit=wanted.memory * MIB if wanted.memory else None,
        mem_reservation=wanted.memory_reservation * MIB if wanted.memory_reservation else None,
        network_mode=network,
        port_bindings=ports,
        log_config={"Type": wanted.log_driver or "json-file", "Config": dict(wanted.log_options)})
    return {"image": wanted.image, "command": list(wanted.command) or None, "name": container.docker_name,
            "environment": environment, "labels": labels, "host_config": host_config,
            "ports": [(p.container_port, p.protocol) for p in wanted.port_mappings if published]}


def bindings_of(inspected, task, definition):
    """networkBindings: what docker published; with host networking the container's own ports."""
    if task.network_mode == "host":
        return [Binding(p.container_port, p.container_port, "0.0.0.0", p.protocol) for p in definition.port_mappings]
    found = []
    for port, published in (inspected["NetworkSettings"]["Ports"] or {}).items():
        number, protocol = port.split("/")
        if published:
            found.append(Binding(int(number), int(published[0]["HostPort"]), "0.0.0.0", protocol))
    return found
