"""The IAM policies of packaging/iam as the world enforces them.

moto checks actions, and keys of S3, but it takes every other resource for "*" and no condition for fulfilled. So it
is given a copy with those opened, and what was opened is judged here, on the same call, from the policy itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from string import Template
from typing import Any

from .wire import Request

Statement = dict[str, Any]


def load(path: Path, values: Mapping[str, str]) -> list[Statement]:
    """The policy's statements with ${…} filled in. A placeholder without a value is a KeyError."""
    return json.loads(Template(path.read_text()).substitute(values))["Statement"]


def for_moto(statements: Iterable[Statement]) -> str:
    opened = []
    for statement in statements:
        judged_by_moto = all(action.startswith("s3:") for action in _list(statement["Action"]))
        kept = statement if judged_by_moto else {**statement, "Resource": "*"}
        if "sqs:DeleteMessage" in _list(statement["Action"]):  # AWS judges the batch by the same action
            kept = {**kept, "Action": [*_list(statement["Action"]), "sqs:DeleteMessageBatch"]}
        opened.append({key: value for key, value in kept.items() if key != "Condition"})
    return json.dumps({"Version": "2012-10-17", "Statement": opened})


def allows(statements: Iterable[Statement], request: Request, account: str) -> bool:
    """Whether resources and conditions allow the call. An action that no statement names is left to moto."""
    if request.service not in ("ecs", "elasticloadbalancing"):
        return True
    action = f"{request.service}:{request.action}"
    statements = [s for s in statements if any(fnmatchcase(action, pattern) for pattern in _list(s["Action"]))]
    context = {"ecs:cluster": _cluster_arn(request, account)} if request.service == "ecs" else {}
    return not statements or all(any(_covers(statement, resource, context) for statement in statements)
               for resource in _resources(request, account))


def _covers(statement: Statement, resource: str, context: Mapping[str, str]) -> bool:
    if not any(fnmatchcase(resource, pattern) for pattern in _list(statement["Resource"])):
        return False
    for operator, conditions in statement.get("Condition", {}).items():
        if operator not in ("ArnEquals", "ArnLike", "StringEquals", "StringLike"):
            raise ValueError(f"the world does not know the IAM condition operator {operator}")
        for key, wanted in conditions.items():
            if not any(fnmatchcase(context.get(key, ""), pattern) for pattern in _list(wanted)):
                return False
    return True


def _resources(request: Request, account: str) -> list[str]:
    """The ARNs that IAM checks for this call: "*" for the actions that support no resource."""
    p = request.parameters
    if request.service == "elasticloadbalancing":
        if request.action == "DeregisterInstancesFromLoadBalancer":
            return [f"arn:aws:elasticloadbalancing:{request.region}:{account}:loadbalancer/{p.get('LoadBalancerName')}"]
        named = ("RegisterTargets", "DeregisterTargets")
        return [p.get("TargetGroupArn", "*")] if request.action in named else ["*"]
    if request.action == "ListContainerInstances":
        return [_cluster_arn(request, account)]
    kind, names = {
        "UpdateContainerInstancesState": ("container-instance", p.get("containerInstances")),
        "DescribeContainerInstances": ("container-instance", p.get("containerInstances")),
        "DescribeTasks": ("task", p.get("tasks")),
        "ListTasks": ("container-instance", [p["containerInstance"]] if p.get("containerInstance") else None),
        "PutAttributes": ("container-instance", [a.get("targetId", "") for a in p.get("attributes") or []]),
        "DeleteAttributes": ("container-instance", [a.get("targetId", "") for a in p.get("attributes") or []]),
        "StopTask": ("task", [p.get("task", "")]),
        "GetTaskProtection": ("task", p.get("tasks")),
        "DescribeServices": ("service", p.get("services")),
    }.get(request.action, ("", None))
    if not kind:
        return ["*"]
    cluster = str(p.get("cluster", "default")).rpartition("/")[2]
    return [name if name.startswith("arn:") else f"arn:aws:ecs:{request.region}:{account}:{kind}/{cluster}/{name}"
            for name in names or []]


def _cluster_arn(request: Request, account: str) -> str:
    cluster = str(request.parameters.get("cluster", "default"))
    return cluster if cluster.startswith("arn:") else f"arn:aws:ecs:{request.region}:{account}:cluster/{cluster}"


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
