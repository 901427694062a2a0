"""The independent judge: boto3 with keys that can only read. It asks AWS what became of things, never the agent."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .aws import Aws

_KEY = re.compile(r"(?P<service>[^/]+)/(?P<container>[^/]+)/dt=(?P<date>\d{4}-\d{2}-\d{2})/((?P<task>[^/]+)/)?"
                  r"(?P<file>[^/]+)\.ndjson\.gz$")


@dataclass
class LogRecount:
    """Every log line found in a bucket. `lines` by (service, container, task id), in the order of keys and lines; those
    of a container outside ECS by ("_host", its name, the first 12 digits of its id)."""

    objects: list[str] = field(default_factory=list)
    lines: dict[tuple[str, str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    faults: list[str] = field(default_factory=list)
    """What no reader should have to meet: odd keys, broken gzip or JSON, records under another day's date."""

    def of_task(self, task_id: str) -> dict[str, list[str]]:
        """By container."""
        return {container: lines for (_, container, task), lines in self.lines.items() if task == task_id}

    def differences(self, expected: Mapping[tuple[str, str, str], Iterable[str]]) -> list[str]:
        """In words: lines missing, doubled or foreign, against the containers' own output."""
        found = []
        for key, wanted in expected.items():
            have, want = Counter(self.lines.get(key, [])), Counter(wanted)
            for word, rest in (("missing", want - have), ("too many", have - want)):
                if rest:
                    sample = ", ".join(repr(line) for line in list(rest)[:3])
                    found.append(f"{'/'.join(key)}: {rest.total()} lines {word}, such as {sample}")
        return found


class Witness:
    def __init__(self, aws: Aws) -> None:
        self._ecs = aws.client("ecs", aws.reader)
        self._elb = aws.client("elbv2", aws.reader)
        self._s3 = aws.client("s3", aws.reader)

    def targets(self, group: str) -> dict[tuple[str, int], str]:
        """State by (id, port) of all that the group still lists."""
        answer = self._elb.describe_target_health(TargetGroupArn=group)
        return {(d["Target"]["Id"], d["Target"]["Port"]): d["TargetHealth"]["State"]
                for d in answer["TargetHealthDescriptions"]}

    def target_state(self, group: str, target_id: str, port: int) -> tuple[str, str]:
        """(state, reason) of one target, registered or not."""
        answer = self._elb.describe_target_health(TargetGroupArn=group, Targets=[{"Id": target_id, "Port": port}])
        health = answer["TargetHealthDescriptions"][0]["TargetHealth"]
        return health["State"], health.get("Reason", "")

    def tasks(self, cluster: str) -> dict[str, dict[str, Any]]:
        """All of the cluster by ARN, stopped ones too, as DescribeTasks has them."""
        pages = self._ecs.get_paginator("list_tasks")
        arns = [arn for status in ("RUNNING", "STOPPED")
                for page in pages.paginate(cluster=cluster, desiredStatus=status) for arn in page["taskArns"]]
        batches = [arns[i:i + 100] for i in range(0, len(arns), 100)]
        return {t["taskArn"]: t for batch in batches
                for t in self._ecs.describe_tasks(cluster=cluster, tasks=batch)["tasks"]}

    def instance(self, cluster: str, arn: str) -> dict[str, Any]:
        answer = self._ecs.describe_container_instances(cluster=cluster, containerInstances=[arn])
        return answer["containerInstances"][0]

    def service(self, cluster: str, name: str) -> dict[str, Any]:
        return self._ecs.describe_services(cluster=cluster, services=[name])["services"][0]

    def task_index(self, bucket: str, prefix: str, task_id: str) -> dict[str, Any] | None:
        """The index object of a task; None while there is none."""
        try:
            body = self._s3.get_object(Bucket=bucket, Key=f"{prefix}/_tasks/{task_id}/task.json")["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None
        return json.loads(body)

    def objects(self, bucket: str, prefix: str) -> dict[str, bytes]:
        """Of logs, by key."""
        return {key: self._s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in self.log_keys(bucket, prefix)}

    def log_keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Without the index objects of tasks."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        keys = sorted(entry["Key"] for page in pages for entry in page.get("Contents", []))
        return [key for key in keys if "/_tasks/" not in key]

    def recount(self, bucket: str, prefix: str = "") -> LogRecount:
        """Downloads and reads every object below `prefix`."""
        result = LogRecount()
        for key in self.log_keys(bucket, prefix):
            result.objects.append(key)
            match = _KEY.search(key)
            if match is None:
                result.faults.append(f"{key}: not a log object's key")
                continue
            try:
                text = gzip.decompress(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read()).decode()
            except (OSError, EOFError, UnicodeDecodeError) as error:
                result.faults.append(f"{key}: {error}")
                continue
            if not text.endswith("\n"):
                result.faults.append(f"{key}: does not end with a newline")
            for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
                _take(result, match, f"{key}:{number}", line)
        return result


def _take(result: LogRecount, match: re.Match[str], where: str, line: str) -> None:
    try:
        record = json.loads(line)
        if not record["time"].startswith(match["date"]):
            result.faults.append(f"{where}: its time is {record['time']}")
        result.lines[match["service"], match["container"], match["task"] or match["file"][:12]].append(record["log"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        result.faults.append(f"{where}: {error!r}: {line[:120]}")
