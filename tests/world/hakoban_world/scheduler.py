"""ECS's service scheduler: keeps the desired count running, moves tasks off draining instances, minds the targets."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from .balancers import Balancers
from .launcher import Launcher
from .ledger import Behaviour, Instance, Ledger, ServiceRecord, TaskRecord
from .placement import EVENT_WORDS, active_instances, choose, needs_of, why_not

_SEE = "For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
_UNASKED = ("EssentialContainerExited", "TaskFailedToStart")


@dataclass
class Plan:
    start: int = 0
    start_on: list[Instance] = field(default_factory=list)
    stop: list[TaskRecord] = field(default_factory=list)


def plan_replicas(service: ServiceRecord, tasks: Iterable[TaskRecord], active: Collection[str]) -> Plan:
    """Starts up to maximumPercent, stops what has to go down to minimumHealthyPercent. `active`: instance ARNs."""
    wanted = [t for t in tasks if t.wanted]
    good = [t for t in wanted
            if t.task.container_instance_arn in active and t.task.started_by == service.deployment_id]
    moving = [t for t in wanted if t not in good]
    ceiling = max(service.desired * service.maximum_percent // 100, 1)
    floor = math.ceil(service.desired * service.minimum_percent / 100)
    plan = Plan(max(0, min(service.desired - len(good), ceiling - len(wanted))))
    running = sum(t.last_status == "RUNNING" for t in wanted)
    youngest = sorted(good, key=lambda t: (t.last_status == "RUNNING", -t.created_at))
    spare = youngest[:max(0, len(good) - service.desired)]
    for task in [*spare, *sorted(moving, key=lambda t: t.last_status == "RUNNING")]:
        if task.protected or (task.last_status == "RUNNING" and running <= floor):
            continue
        plan.stop.append(task)
        running -= task.last_status == "RUNNING"
    return plan


def plan_daemons(service: ServiceRecord, tasks: Iterable[TaskRecord], active: Collection[Instance],
                 busy: Collection[str]) -> Plan:
    """One on each active instance; on a draining one it stays while replicas run there (`busy`: instance ARNs)."""
    wanted = [t for t in tasks if t.wanted]
    current = {t.task.container_instance_arn for t in wanted if t.task.started_by == service.deployment_id}
    arns = {i.arn for i in active}
    stale = [t for t in wanted if t.task.started_by != service.deployment_id
             or (t.task.container_instance_arn not in arns and t.task.container_instance_arn not in busy)]
    taken = current | {t.task.container_instance_arn for t in stale}
    return Plan(start_on=[i for i in active if i.arn not in taken], stop=stale)


class Scheduler:
    """A thread that looks after every change of the ledger, and a few times a second for what time brings."""

    def __init__(self, ledger: Ledger, launcher: Launcher, balancers: Balancers, behaviour: Behaviour) -> None:
        self._ledger = ledger
        self._launcher = launcher
        self._balancers = balancers
        self._behaviour = behaviour
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._ledger.changed:
            self._stopping = True
            self._ledger.changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(10)

    def _run(self) -> None:
        while not self._stopping:
            try:
                self._tick()
            except Exception:  # a world that stands still must at least say why
                logging.exception("the world's service scheduler failed")
            with self._ledger.changed:
                self._ledger.changed.wait(0.2)

    def _tick(self) -> None:
        with self._ledger.changed:
            services = list(self._ledger.services.values())
            tasks = list(self._ledger.tasks.values())
        by_name = {(s.cluster, s.name): s for s in services}
        for task in tasks:
            service = by_name.get((task.task.cluster, task.service or ""))
            if service is not None:
                self._mind_targets(service, task)
        for service in services:
            self._mind_count(service)

    def _mind_count(self, service: ServiceRecord) -> None:
        with self._ledger.changed:
            active = active_instances(self._ledger, service.cluster)
            tasks = self._ledger.tasks_of(service)
            if not service.active:
                plan = Plan(stop=[t for t in tasks if t.wanted])
            elif service.daemon:
                plan = plan_daemons(service, tasks, active, self._busy_with_replicas(service.cluster))
                service.desired = len(active)
            else:
                plan = plan_replicas(service, tasks, {i.arn for i in active})
            if self._pausing(service):
                plan.start, plan.start_on = 0, []
        self._start(service, plan, active)
        for task in plan.stop:
            self._stop(service, task)
        self._tell_steady(service)

    def _start(self, service: ServiceRecord, plan: Plan, active: list[Instance]) -> None:
        if not plan.start and not plan.start_on:
            return
        definition = self._launcher.definition(service.definition_arn)
        needs, started = needs_of(definition), []
        for wished in [*([None] * plan.start), *plan.start_on]:
            with self._ledger.changed:
                instance = choose(self._ledger, [wished] if wished else active, needs, service.name)
                obstacle = None if instance else self._no_room(active, service)
            if instance is None:
                service.event(str(obstacle))
                break
            group = f"service:{service.name}"
            minted = self._launcher.mint(service.cluster, definition, instance, group, service.deployment_id,
                                         service.network)
            self._launcher.launch(minted, definition, instance, group=group, started_by=service.deployment_id,
                                  service=service.name)
            started.append(f"(task {minted['taskArn'].rpartition('/')[2]})")
        if started:
            service.event(f"has started {len(started)} tasks: {' '.join(started)}.")

    def _no_room(self, active: list[Instance], service: ServiceRecord) -> str:
        begin = "was unable to place a task because no container instance met all of its requirements."
        if not active:
            return f"{begin} Reason: No Container Instances were found in your cluster. {_SEE}"
        needs = needs_of(self._launcher.definition(service.definition_arn))
        words = EVENT_WORDS[why_not(self._ledger, active[0], needs) or "AGENT"]
        closest = active[0].arn.rpartition("/")[2]
        return f"{begin} The closest matching (container-instance {closest}) {words}. {_SEE}"

    def _stop(self, service: ServiceRecord, task: TaskRecord) -> None:
        """Out of the load balancer first; the SIGTERM comes when its targets have drained."""
        with self._ledger.changed:
            if not task.wanted:
                return
            if task.targets:
                task.desired_status, task.last_status, task.stop_after_draining = "STOPPED", "DEACTIVATING", True
                task.stop_code, task.stopped_reason = "ServiceSchedulerInitiated", self._why(service)
                self._ledger.changed.notify_all()
        if task.targets:
            self._leave(service, task)
            service.event("has begun draining connections on 1 tasks.")
        else:
            self._stop_now(service, task)

    def _stop_now(self, service: ServiceRecord, task: TaskRecord) -> None:
        self._launcher.stop(task, "ServiceSchedulerInitiated", self._why(service))
        service.event(f"has stopped 1 running tasks: (task {task.task.id}).")

    @staticmethod
    def _why(service: ServiceRecord) -> str:
        return f"Scaling activity initiated by (deployment {service.deployment_id})"

    def _mind_targets(self, service: ServiceRecord, task: TaskRecord) -> None:
        now = time.monotonic()
        if not task.live or (task.deregister_targets_at is not None and now >= task.deregister_targets_at):
            task.deregister_targets_at = None
            self._leave(service, task)
            task.targets = []
        elif task.stop_after_draining:
            states = [self._balancers.states.health(g, [(i, p)])[0].state for g, i, p in task.targets]
            if all(state == "unused" for state in states):
                self._stop_now(service, task)
        elif task.wanted and task.last_status == "RUNNING":
            self._join(service, task, now)

    def _join(self, service: ServiceRecord, task: TaskRecord, now: float) -> None:
        if not task.targets:
            task.targets = self._targets_of(service, task)
            for group, target_id, port in task.targets:
                self._balancers.register(group, [(target_id, port)])
                service.event(f"registered 1 targets in (target-group {group})")
        elif self._behaviour.reregister_targets_after is not None:
            for group, target_id, port in task.targets:
                if self._balancers.states.missing_for(group, (target_id, port)) >= self._behaviour.scaled(
                        self._behaviour.reregister_targets_after):
                    self._balancers.register(group, [(target_id, port)])

    def _leave(self, service: ServiceRecord, task: TaskRecord) -> None:
        for group, target_id, port in task.targets:
            if self._balancers.states.registered(group, (target_id, port)):
                self._balancers.deregister(group, [(target_id, port)])
                service.event(f"deregistered 1 targets in (target-group {group})")

    def _targets_of(self, service: ServiceRecord, task: TaskRecord) -> list[tuple[str, str, int]]:
        found = []
        for balancer in service.load_balancers:
            group, wanted_port = balancer.get("targetGroupArn"), balancer.get("containerPort")
            if not group:
                continue
            if task.private_ip:
                found.append((group, task.private_ip, int(wanted_port or 0)))
                continue
            report = task.containers.get(balancer.get("containerName", ""))
            port = next((b.hostPort for b in report.bindings if b.containerPort == wanted_port), 0) if report else 0
            if port:
                found.append((group, self._ledger.instances[task.task.container_instance_arn].ec2_instance_id, port))
        return found

    def _busy_with_replicas(self, cluster: str) -> set[str]:
        daemons = {s.name for s in self._ledger.services.values() if s.daemon and s.cluster == cluster}
        return {t.task.container_instance_arn for t in self._ledger.tasks.values()
                if t.live and t.service and t.service not in daemons}

    def _pausing(self, service: ServiceRecord) -> bool:
        """A task that ended of its own is not replaced in the same instant."""
        since = time.time() - self._behaviour.scaled(self._behaviour.replacement_pause)
        return any(t.service == service.name and t.task.cluster == service.cluster and t.stop_code in _UNASKED
                   and (t.stopped_at or 0) > since for t in self._ledger.tasks.values())

    def _tell_steady(self, service: ServiceRecord) -> None:
        with self._ledger.changed:
            tasks = self._ledger.tasks_of(service)
            steady = len(tasks) == service.desired and all(t.wanted and t.last_status == "RUNNING" for t in tasks)
            told = bool(service.events) and "steady state" in service.events[0]["message"]
            if service.active and steady and not told:
                service.event("has reached a steady state.")
