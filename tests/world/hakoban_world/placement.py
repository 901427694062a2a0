"""Where a task finds room. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .ledger import Instance, Ledger, Needs

_AGENT_PORTS = frozenset({22, 2375, 2376, 51678, 51679})
EVENT_WORDS = {
    "RESOURCE:CPU": "has insufficient CPU units available",
    "RESOURCE:MEMORY": "has insufficient memory available",
    "RESOURCE:PORTS": "is already using a port required by your task",
    "AGENT": "encountered error \"AGENT\"",
}


def needs_of(definition: Mapping[str, Any]) -> Needs:
    containers = definition["containerDefinitions"]
    cpu = int(definition.get("cpu") or sum(c.get("cpu", 0) for c in containers))
    memory = int(definition.get("memory") or sum(c.get("memoryReservation") or c.get("memory", 0) for c in containers))
    ports = {m["hostPort"] for c in containers for m in c.get("portMappings", []) if m.get("hostPort")}
    return Needs(cpu, memory, frozenset(ports) if definition.get("networkMode") != "awsvpc" else frozenset())


def remaining(ledger: Ledger, instance: Instance) -> Needs:
    """What is left of an instance; its `ports` are those taken."""
    tasks = list(ledger.tasks_on(instance.arn))
    taken = {b.hostPort for t in tasks for c in t.containers.values() for b in c.bindings}
    return Needs(instance.cpu - sum(t.needs.cpu for t in tasks), instance.memory - sum(t.needs.memory for t in tasks),
                 _AGENT_PORTS.union(taken, *(t.needs.ports for t in tasks)))


def why_not(ledger: Ledger, instance: Instance, needs: Needs) -> str | None:
    """ECS's reason why the task cannot run there, None if it can."""
    if instance.host is None:
        return "AGENT"
    left = remaining(ledger, instance)
    if needs.cpu > left.cpu:
        return "RESOURCE:CPU"
    if needs.memory > left.memory:
        return "RESOURCE:MEMORY"
    return "RESOURCE:PORTS" if needs.ports & left.ports else None


def choose(ledger: Ledger, candidates: Iterable[Instance], needs: Needs, service: str | None) -> Instance | None:
    """Spread: where the fewest tasks of this service run, then the fewest of any."""
    def load(instance: Instance) -> tuple[int, int]:
        tasks = list(ledger.tasks_on(instance.arn))
        return sum(t.service == service for t in tasks), len(tasks)
    return min((i for i in candidates if why_not(ledger, i, needs) is None), key=load, default=None)


def active_instances(ledger: Ledger, cluster: str) -> list[Instance]:
    return [i for i in ledger.instances.values() if i.cluster == cluster and i.status == "ACTIVE"]
