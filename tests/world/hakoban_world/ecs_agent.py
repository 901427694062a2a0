"""The host side of ECS: what amazon-ecs-agent does on a container instance, as recorded from version 1.105.1.

Starts tasks below their cgroup, under its names and labels; StopTask sends SIGTERM to all containers of a task at
once and kills each after its own stop timeout; an essential container's end stops the task; stopped containers
stay until the clean-up wait is over. Learns of every end from Docker's event stream, also across engine restarts.
"""

import json
import threading
import time

import docker

from .engine import IMAGE
from .host_task import HostTask, bindings_of, create_arguments, pause_container
from .introspection import Introspection
from .run import WorldError

STOP_TIMEOUT = 30.0  # ECS_CONTAINER_STOP_TIMEOUT
CLEANUP_WAIT = 3 * 3600.0  # ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION


class EcsAgentHost:
    """One container instance; a model.ContainerHost. `identity` is the instance identity document as a dict."""

    def __init__(self, engine, cluster, identity, *, default_stop_timeout=STOP_TIMEOUT, cleanup_wait=CLEANUP_WAIT,
                 introspection_port=0):
        self.engine = engine
        self.cluster = cluster
        self.identity = identity
        self.ec2_instance_id = identity["instanceId"]
        self.container_instance_arn = None
        self.task_changed = None
        self.default_stop_timeout = default_stop_timeout
        self.cleanup_wait = cleanup_wait
        self._tasks = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._events = None
        self.introspection = Introspection(self, introspection_port)
        self._watcher = threading.Thread(target=self._watch, daemon=True, name="ecs-agent-events")
        self._watcher.start()
        threading.Thread(target=self._clean_up, daemon=True, name="ecs-agent-cleanup").start()

    def register(self, ecs, **more):
        """RegisterContainerInstance through a boto3 client, as the agent does at its start."""
        answer = ecs.register_container_instance(
            cluster=self.cluster, instanceIdentityDocument=json.dumps(self.identity),
            instanceIdentityDocumentSignature="signed-by-the-world", **more)
        self.container_instance_arn = answer["containerInstance"]["containerInstanceArn"]
        return self.container_instance_arn

    def tasks(self):
        with self._lock:
            return list(self._tasks.values())

    def find(self, task_arn):
        with self._lock:
            return self._tasks.get(task_arn)

    def start(self, task):
        host_task = HostTask(task, self.engine.cgroups.parent_of(task.id))
        with self._lock:
            if task.arn in self._tasks:
                return
            self._tasks[task.arn] = host_task
        self._in_background(self._start, host_task)

    def stop(self, task_arn, reason):
        host_task = self.find(task_arn)
        if host_task:
            self._stop(host_task)

    def close(self):
        """Ends the watching and the server; the containers are the engine's to remove."""
        self._ended.set()
        self.introspection.close()
        if self._events:
            self._events.close()
        for host_task in self.tasks():
            self.engine.cgroups.remove(host_task.cgroup_parent)

    def _in_background(self, work, *arguments):
        threading.Thread(target=work, args=arguments, daemon=True, name=f"ecs-agent{work.__name__}").start()

    def _start(self, host_task):
        task = host_task.task
        self.engine.run.on_sweep("cgroup", host_task.cgroup_parent)
        self.engine.cgroups.make(host_task.cgroup_parent, task.task_cpu, task.task_memory,
                                 sum(c.cpu for c in task.containers))
        self._report(host_task)
        try:
            if task.network_mode == "awsvpc":
                self._start_pause(host_task)
            for container in host_task.containers:
                self._create(host_task, container)
            for container in host_task.containers:
                self._start_container(host_task, container)
        except (docker.errors.APIError, OSError) as error:
            self._give_up(host_task, error)
        self._report(host_task)

    def _create(self, host_task, container):
        api = self.engine.client.api
        made = api.create_container(**create_arguments(api, host_task, container, self.identity["region"]))
        seen = api.inspect_container(made["Id"])
        with host_task.lock:
            container.docker_id = made["Id"]
            container.image_id = seen["Image"]
            container.created_at = seen["Created"]

    def _start_pause(self, host_task):
        api = self.engine.client.api
        pause = pause_container(host_task.task, IMAGE)
        made = api.create_container(**create_arguments(api, host_task, pause, self.identity["region"]))
        api.start(made["Id"])
        host_task.pause_id = made["Id"]

    def _end_pause(self, host_task):
        try:
            self.engine.client.api.stop(host_task.pause_id, timeout=5)
        except (docker.errors.DockerException, OSError):
            pass  # gone, or the engine with it

    def _start_container(self, host_task, container):
        with host_task.lock:
            if host_task.desired == "STOPPED":
                container.status = "STOPPED"
                return
        self.engine.client.api.start(container.docker_id)
        self._refresh(host_task, container)

    def _give_up(self, host_task, error):
        for container in host_task.containers:
            with host_task.lock:
                if container.status == "PENDING":
                    container.status, container.reason = "STOPPED", f"CannotStartContainerError: {error}"
        self._stop(host_task)

    def _stop(self, host_task):
        with host_task.lock:
            if host_task.desired == "STOPPED":
                return
            host_task.desired = "STOPPED"
            running = [c for c in host_task.containers if c.status == "RUNNING"]
        self._report(host_task)
        for container in running:
            self._in_background(self._stop_container, host_task, container)

    def _stop_container(self, host_task, container):
        patience = container.definition.stop_timeout
        patience = self.default_stop_timeout if patience is None else patience
        deadline = time.monotonic() + patience
        while container.status == "RUNNING" and not self._ended.is_set():
            try:
                self.engine.client.api.stop(container.docker_id, timeout=max(0, round(deadline - time.monotonic())))
                self._refresh(host_task, container)
            except docker.errors.NotFound:
                self._mark_stopped(host_task, container, None)
            except (docker.errors.DockerException, OSError):
                self._ended.wait(0.3)  # the engine is restarting

    def _refresh(self, host_task, container):
        """Takes over what Docker says of the container, and draws the consequences for the task."""
        try:
            seen = self.engine.client.api.inspect_container(container.docker_id)
        except docker.errors.NotFound:
            self._mark_stopped(host_task, container, None)
            return
        state = seen["State"]
        if state["Running"]:
            with host_task.lock:
                changed = container.status != "RUNNING"
                container.status, container.started_at = "RUNNING", state["StartedAt"]
                container.bindings = bindings_of(seen, host_task.task, container.definition)
                late_stop = changed and host_task.desired == "STOPPED"
            if late_stop:
                self._in_background(self._stop_container, host_task, container)
            if changed:
                self._report(host_task)
        elif not state["StartedAt"].startswith("0001-"):
            with host_task.lock:
                container.started_at = state["StartedAt"]
            reason = "OutOfMemoryError: Container killed due to memory usage" if state["OOMKilled"] else None
            self._mark_stopped(host_task, container, state["ExitCode"], reason)

    def _mark_stopped(self, host_task, container, exit_code, reason=None):
        with host_task.lock:
            if container.status == "STOPPED":
                return
            container.status, container.exit_code, container.reason = "STOPPED", exit_code, reason
        self._report(host_task)
        if container.definition.essential:
            self._stop(host_task)

    def _report(self, host_task):
        with host_task.lock:
            if host_task.known == "STOPPED" and host_task.stopped_at is None:
                host_task.desired, host_task.stopped_at = "STOPPED", time.monotonic()
                if host_task.pause_id:
                    self._in_background(self._end_pause, host_task)
            said = (host_task.task.arn, host_task.last_status(), tuple(c.report() for c in host_task.containers))
            news = said != host_task.said
            host_task.said = said
        if news and self.task_changed:
            self.task_changed(*said)

    def _watch(self):
        """Docker's events, for ever; after each connection everything is looked at once, for what was missed."""
        while not self._ended.is_set():
            try:
                self._events = self.engine.client.api.events(decode=True, filters={"type": "container"})
                for host_task, container in self._known_containers():
                    self._refresh(host_task, container)
                for event in self._events:
                    self._on_event(event)
            except (docker.errors.DockerException, OSError, ValueError, AttributeError, WorldError):
                pass  # no engine for now, or the stream was closed under the reader
            self._ended.wait(0.2)

    def _known_containers(self):
        return [(t, c) for t in self.tasks() for c in t.containers if c.docker_id and c.status != "STOPPED"]

    def _on_event(self, event):
        if event.get("Action") not in ("start", "die", "destroy"):
            return
        for host_task, container in self._known_containers():
            if container.docker_id == event["Actor"]["ID"]:
                self._refresh(host_task, container)

    def _clean_up(self):
        while not self._ended.wait(0.5):
            now = time.monotonic()
            for host_task in self.tasks():
                if host_task.stopped_at is not None and now - host_task.stopped_at >= self.cleanup_wait:
                    self._forget(host_task)

    def _forget(self, host_task):
        for docker_id in filter(None, [*(c.docker_id for c in host_task.containers), host_task.pause_id]):
            try:
                self.engine.client.api.remove_container(docker_id, v=True)
            except (docker.errors.DockerException, OSError):
                continue
        self.engine.cgroups.remove(host_task.cgroup_parent)
        with self._lock:
            self._tasks.pop(host_task.task.arn, None)
