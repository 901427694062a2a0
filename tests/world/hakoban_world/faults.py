"""What may go wrong between a caller and AWS, injected by rule."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from .wire import Answer, Request, error_answer, is_json_service

Kind = Literal["delay", "throttle", "error", "html_500", "slow_down", "reset", "garbage", "hang"]
HTML_500 = (b"<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n"
            b"<h1>Internal Server Error</h1>\n<p>The server encountered an internal error.</p>\n</html>\n")


@dataclass
class Fault:
    """One rule. It applies to calls that match `service` and `action` (shell patterns), `times` times (None: for
    ever) after letting `skip` of them pass, each with `probability`.

    delay waits `seconds` and then serves the call; hang never answers; reset closes the connection with RST; the
    others answer. With `after_call` AWS has done the work and only its answer is lost.
    """

    kind: Kind
    service: str = "*"
    action: str = "*"
    times: int | None = None
    skip: int = 0
    probability: float = 1.0
    seconds: float = 0.0
    code: str = "InternalFailure"
    message: str = "injected by the world"
    status: int = 500
    body: bytes = b'{"half": '
    after_call: bool = False
    hits: int = 0

    def answer(self, request: Request) -> Answer:
        if self.kind == "throttle":
            return throttled(request.service)
        if self.kind == "slow_down":
            return error_answer("s3", "SlowDown", "Please reduce your request rate.", 503)
        if self.kind == "html_500":
            return Answer(500, {"Content-Type": "text/html; charset=utf-8"}, HTML_500)
        if self.kind == "garbage":
            content_type = "application/x-amz-json-1.1" if is_json_service(request.service) else "text/xml"
            return Answer(200, {"Content-Type": content_type}, self.body)
        return error_answer(request.service, self.code, self.message, self.status)


class Faults:
    """The rules in force; the first that matches a call is applied to it. Thread-safe."""

    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._random = random.Random(seed)

    def add(self, kind: Kind, **conditions: object) -> Fault:
        """`faults.add("throttle", service="ecs", action="StopTask", times=3)`; the rule counts its `hits`."""
        fault = Fault(kind, **conditions)  # type: ignore[arg-type]
        with self._lock:
            self._rules.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        with self._lock:
            self._rules = [rule for rule in self._rules if rule is not fault]

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def take(self, request: Request) -> Fault | None:
        with self._lock:
            return next((rule for rule in self._rules if self._applies(rule, request)), None)

    def _applies(self, rule: Fault, request: Request) -> bool:
        if not (fnmatchcase(request.service, rule.service) and fnmatchcase(request.action, rule.action)):
            return False
        if rule.times is not None and rule.hits >= rule.times:
            return False
        if rule.skip > 0:
            rule.skip -= 1
            return False
        if self._random.random() >= rule.probability:
            return False
        rule.hits += 1
        return True


def throttled(service: str) -> Answer:
    """Each service's own words for "too fast"."""
    if service == "s3":
        return error_answer(service, "SlowDown", "Please reduce your request rate.", 503)
    if service == "ec2":
        return error_answer(service, "RequestLimitExceeded", "Request limit exceeded.", 503)
    code = "Throttling" if service in ("autoscaling", "sts", "monitoring") else "ThrottlingException"
    return error_answer(service, code, "Rate exceeded", 400)
