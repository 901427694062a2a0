"""What ELB does for ECS: registers and deregisters targets, in moto and in the states that the world adds."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .targets import Target, TargetStates


class Balancers:
    """`moto_elb` is a boto3 elbv2 client that speaks to moto itself."""

    def __init__(self, states: TargetStates, moto_elb: Any) -> None:
        self.states = states
        self._elb = moto_elb

    def register(self, group: str, targets: Iterable[Target]) -> None:
        targets = list(targets)
        described = [{"Id": target_id, "Port": port} for target_id, port in targets]
        self._elb.register_targets(TargetGroupArn=group, Targets=described)
        self.states.register(group, targets)

    def deregister(self, group: str, targets: Iterable[Target]) -> None:
        """In the states alone: moto keeps one port an instance and would refuse the second."""
        self.states.deregister(group, targets, self.delay(group))

    def delay(self, group: str) -> float:
        """The group's deregistration delay in seconds."""
        attributes = self._elb.describe_target_group_attributes(TargetGroupArn=group)["Attributes"]
        return next((float(a["Value"]) for a in attributes
                     if a["Key"] == "deregistration_delay.timeout_seconds"), 300.0)

    def default_port(self, group: str) -> int:
        """Of targets that are named without one."""
        return self._elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0].get("Port", 0)
