"""The agent's IAM policy, against all that agents called in this session. Runs last."""

import json
from fnmatch import fnmatchcase

from hakoban_world.aws import AGENT_POLICY


def granted():
    found = []
    for statement in json.loads(AGENT_POLICY.read_text())["Statement"]:
        actions = statement["Action"]
        found += [actions] if isinstance(actions, str) else actions
    return found


def test_the_policy_grants_what_the_agent_calls_and_nothing_else(agent_calls, request):
    called = {f"{c.service}:{c.action}" for c in agent_calls}
    denied = {f"{c.service}:{c.action} ({c.error_code})" for c in agent_calls
              if "AccessDenied" in (c.error_code or "") and not c.fault}  # a test's own refusal says nothing of the policy
    assert denied == set(), "the agent called what its policy does not grant"
    assert {action for action in called if not any(fnmatchcase(action, g) for g in granted())} == set()
    collected = {item.path.name for item in request.session.items}
    if {"test_agent_story.py", "test_agent_drain.py", "test_agent_faults.py", "test_agent_events.py"} <= collected:
        unused = {g for g in granted() if not any(fnmatchcase(action, g) for action in called)}
        assert unused == set(), "granted, but nobody called it"
