"""ECS's task calls as the ledger answers them, after moto has authenticated each."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .ecs_views import cluster_arn, task_view
from .launcher import Launcher
from .ledger import Behaviour, Instance, Ledger, TaskRecord
from .placement import active_instances, choose, needs_of, why_not
from .wire import Answer, Request, error_answer, json_answer

Json = dict[str, Any]


def cluster_name(parameters: Mapping[str, Any]) -> str:
    return str(parameters.get("cluster") or "default").rpartition("/")[2]


class TaskCalls:
    """One method a call: (request, moto's answer) → answer. moto's is a success or a failure of its own (5xx)."""

    def __init__(self, ledger: Ledger, launcher: Launcher, behaviour: Behaviour) -> None:
        self._ledger = ledger
        self._launcher = launcher
        self._behaviour = behaviour

    def run_task(self, request: Request, upstream: Answer) -> Answer:
        """moto's tasks lend their ARNs as far as there is room in the world; the rest is answered as failures."""
        p = request.parameters
        minted = upstream.json().get("tasks", []) if upstream.ok else []
        cluster, count = cluster_name(p), int(p.get("count") or 1)
        definition = self._launcher.definition(p["taskDefinition"])
        active = active_instances(self._ledger, cluster)
        if not active:
            for task in minted:
                self._launcher.discard(task)
            return error_answer("ecs", "InvalidParameterException",
                                "No Container Instances were found in your cluster.")
        tasks, failures, needs = [], [], needs_of(definition)
        for _ in range(count):
            with self._ledger.changed:
                instance = choose(self._ledger, active, needs, None)
                if instance is None:
                    failures = [{"arn": i.arn, "reason": why_not(self._ledger, i, needs)} for i in active]
                    break
            tasks.append(self._launch(p, minted.pop(0) if minted else None, definition, instance))
        for surplus in minted:
            self._launcher.discard(surplus)
        return json_answer("ecs", {"tasks": [task_view(t, with_tags=True) for t in tasks], "failures": failures})

    def start_task(self, request: Request, upstream: Answer) -> Answer:
        p = request.parameters
        minted = upstream.json().get("tasks", []) if upstream.ok else []
        definition = self._launcher.definition(p["taskDefinition"])
        tasks, failures = [], []
        for name in p.get("containerInstances", []):
            instance = self._ledger.find_instance(cluster_name(p), name)
            reason = "MISSING" if instance is None else why_not(self._ledger, instance, needs_of(definition))
            if instance is None or reason:
                failures.append({"arn": instance.arn if instance else name, "reason": reason})
                continue
            tasks.append(self._launch(p, minted.pop(0) if minted else None, definition, instance))
        for surplus in minted:
            self._launcher.discard(surplus)
        return json_answer("ecs", {"tasks": [task_view(t, with_tags=True) for t in tasks], "failures": failures})

    def _launch(self, p: Mapping[str, Any], minted: Json | None, definition: Json, instance: Instance) -> TaskRecord:
        group = p.get("group") or f"family:{definition['family']}"
        started_by = p.get("startedBy") or ""
        minted = minted or self._launcher.mint(instance.cluster, definition, instance, group, started_by,
                                               p.get("networkConfiguration"))
        return self._launcher.launch(minted, definition, instance, group=group, started_by=started_by,
                                     overrides=p.get("overrides"), tags=p.get("tags"))

    def stop_task(self, request: Request, _: Answer) -> Answer:
        p = request.parameters
        record = self._ledger.find_task(cluster_name(p), p.get("task", ""))
        if record is None:
            return error_answer("ecs", "InvalidParameterException", "The referenced task was not found.")
        with self._ledger.changed:
            if record.live and record.targets and record.deregister_targets_at is None:
                lag = self._behaviour.scaled(self._behaviour.deregister_lag_after_stop)
                record.deregister_targets_at = time.monotonic() + lag
        self._launcher.stop(record, "UserInitiated", p.get("reason") or "Task stopped by user")
        return json_answer("ecs", {"task": task_view(record)})

    def describe_tasks(self, request: Request, _: Answer) -> Answer:
        p = request.parameters
        names = p.get("tasks") or []
        if not names or len(names) > 100:
            message = "Tasks can not be empty." if not names else "Tasks cannot have more than 100 elements."
            return error_answer("ecs", "InvalidParameterException", message)
        found, failures = [], []
        with self._ledger.changed:
            for name in names:
                record = self._ledger.find_task(cluster_name(p), name)
                if record is None:
                    arn = name if name.startswith("arn:") else self._task_arn(request, name)
                    failures.append({"arn": arn, "reason": "MISSING"})
                else:
                    found.append(task_view(record, with_tags="TAGS" in (p.get("include") or [])))
        return json_answer("ecs", {"tasks": found, "failures": failures})

    def list_tasks(self, request: Request, _: Answer) -> Answer:
        p = request.parameters
        with self._ledger.changed:
            arns = [t.task.arn for t in self._ledger.tasks.values() if _listed(t, p)]
        size, begin = min(int(p.get("maxResults") or 100), 100), int(p.get("nextToken") or 0)
        more = {"nextToken": str(begin + size)} if begin + size < len(arns) else {}
        return json_answer("ecs", {"taskArns": arns[begin:begin + size], **more})

    def get_task_protection(self, request: Request, _: Answer) -> Answer:
        return self._protection(request, None)

    def update_task_protection(self, request: Request, _: Answer) -> Answer:
        return self._protection(request, bool(request.parameters.get("protectionEnabled")))

    def _protection(self, request: Request, enabled: bool | None) -> Answer:
        tasks, failures = [], []
        with self._ledger.changed:
            for name in request.parameters.get("tasks") or []:
                record = self._ledger.find_task(cluster_name(request.parameters), name)
                if record is None or not record.service:
                    failures.append({"arn": name, "reason": "TASK_NOT_VALID" if record else "MISSING"})
                    continue
                record.protected = record.protected if enabled is None else enabled
                tasks.append({"taskArn": record.task.arn, "protectionEnabled": record.protected})
            self._ledger.changed.notify_all()
        return json_answer("ecs", {"protectedTasks": tasks, "failures": failures})

    def _task_arn(self, request: Request, name: str) -> str:
        known = next(iter(self._ledger.instances), f"arn:aws:ecs:{request.region}:123456789012:x")
        return cluster_arn(known, "").replace(":cluster/", f":task/{cluster_name(request.parameters)}/{name}")


def _listed(record: TaskRecord, p: Mapping[str, Any]) -> bool:
    task = record.task
    wanted = {
        "containerInstance": task.container_instance_arn.rpartition("/")[2],
        "family": task.family, "startedBy": task.started_by, "serviceName": record.service,
    }
    return (task.cluster == cluster_name(p) and record.desired_status == (p.get("desiredStatus") or "RUNNING")
            and all(str(p[key]).rpartition("/")[2] == value if key != "startedBy" else p[key] == value
                    for key, value in wanted.items() if p.get(key)))
