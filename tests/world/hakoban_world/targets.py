"""The states of load-balancer targets: initial → healthy, draining for the group's delay, then unused."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from .ledger import Behaviour

Target = tuple[str, int]
_NOT_REGISTERED = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
_DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_INITIAL = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")


@dataclass(frozen=True)
class Health:
    target: Target
    state: str
    reason: str = ""
    description: str = ""


@dataclass
class _Entry:
    registered_at: float
    taken_out_at: float | None = None
    draining_until: float = 0.0


class TargetStates:
    """Of all groups, by ARN. States follow from the times alone. Thread-safe."""

    def __init__(self, behaviour: Behaviour, clock: Callable[[], float] = time.monotonic) -> None:
        self._behaviour = behaviour
        self._clock = clock
        self._lock = threading.Lock()
        self._groups: dict[str, dict[Target, _Entry]] = {}

    def register(self, group: str, targets: Iterable[Target]) -> None:
        """A healthy target stays as it is; a draining one starts anew."""
        with self._lock:
            entries = self._groups.setdefault(group, {})
            for target in targets:
                if target not in entries or entries[target].taken_out_at is not None:
                    entries[target] = _Entry(self._clock())

    def deregister(self, group: str, targets: Iterable[Target], delay: float) -> None:
        """`delay` in seconds of AWS. A second call does not prolong the draining."""
        with self._lock:
            for target in targets:
                entry = self._groups.get(group, {}).get(target)
                if entry is not None and entry.taken_out_at is None:
                    entry.taken_out_at = self._clock()
                    entry.draining_until = entry.taken_out_at + self._behaviour.scaled(delay)

    def health(self, group: str, wanted: Iterable[Target] | None = None) -> list[Health]:
        """Of these targets, or of all that are registered or still draining."""
        with self._lock:
            entries = self._groups.get(group, {})
            answers = [Health(t, *self._state(entries.get(t))) for t in (entries if wanted is None else wanted)]
        return answers if wanted is not None else [a for a in answers if a.state != "unused"]

    def registered(self, group: str, target: Target) -> bool:
        return self.health(group, [target])[0].state in ("initial", "healthy")

    def missing_for(self, group: str, target: Target) -> float:
        """Seconds since it was taken out, 0 while it is registered or was never known."""
        with self._lock:
            entry = self._groups.get(group, {}).get(target)
            return self._clock() - entry.taken_out_at if entry and entry.taken_out_at is not None else 0.0

    def _state(self, entry: _Entry | None) -> tuple[str, ...]:
        now = self._clock()
        if entry is None:
            return _NOT_REGISTERED
        if entry.taken_out_at is not None:
            return _DRAINING if now < entry.draining_until else _NOT_REGISTERED
        healthy_at = entry.registered_at + self._behaviour.scaled(self._behaviour.target_healthy_after)
        return _INITIAL if now < healthy_at else ("healthy",)
