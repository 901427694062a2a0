"""The coordinator's IAM policy, against all that coordinators called in this session. Runs last."""

import json
from fnmatch import fnmatchcase

from fleet_world import COORDINATOR_POLICY

_NAMED_OTHERWISE = {"sqs:DeleteMessageBatch": "sqs:DeleteMessage"}  # the action that AWS judges it by
_FILES = {"test_coordinator_in.py", "test_coordinator_leaving.py", "test_coordinator_out.py", "test_coordinator_trouble.py"}


def granted():
    found = []
    for statement in json.loads(COORDINATOR_POLICY.read_text())["Statement"]:
        actions = statement["Action"]
        found += [actions] if isinstance(actions, str) else actions
    return found


def test_the_policy_grants_what_coordinators_call_and_nothing_else(coordinator_calls, request):
    names = {(c.service, c.action): f"{c.service}:{c.action}" for c in coordinator_calls if c.action}
    called = {_NAMED_OTHERWISE.get(name, name) for name in names.values()}
    denied = {f"{c.service}:{c.action} ({c.error_code})" for c in coordinator_calls if "AccessDenied" in (c.error_code or "")}
    assert denied == set(), "a coordinator called what its policy does not grant"
    assert {action for action in called if not any(fnmatchcase(action, g) for g in granted())} == set()
    if _FILES <= {item.path.name for item in request.session.items}:
        unused = {g for g in granted() if not any(fnmatchcase(action, g) for action in called)}
        assert unused == set(), "granted, but nobody called it"
