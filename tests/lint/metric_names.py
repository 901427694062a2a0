#!/usr/bin/env python3
"""Fails when a dashboard or a rule names a metric that neither docs/metrics.md lists nor a program of ours registers."""
import json
import pathlib
import re
import sys

NAME = re.compile(r"\b(?:container|ecs_(?:task|container|family|finished_task)|machine|node|process|hakoban)_[a-zA-Z0-9_]+")
# What Grafana's and Prometheus's own parts of a query look like metrics of ours.
LABELS = {"ecs_task_family", "ecs_task_id", "ecs_task_revision", "ecs_container"}
SOURCES = ["core", "platform", "collectors", "handlers", "agent", "coordinator"]


def listed(page):
    """Names of docs/metrics.md: in the shared table without their prefix, elsewhere whole."""
    names = set(NAME.findall(page))
    for name, task in re.findall(r"^\| `(\w+)` \| (x?) ?\| [CG]", page, re.M):
        names |= {f"container_{name}"} | ({f"ecs_task_{name}"} if task else set())
    # "`hakoban_logs_container_lines_total`, `…_bytes_total`": of the logs of each container.
    return names | {f"hakoban_logs_container{rest}" for rest in re.findall(r"`…(_\w+)`", page)}


def registered(root):
    files = (path for folder in SOURCES for path in (root / folder).rglob("*.cpp"))
    return {name for path in files for name in re.findall(r'"((?:hakoban|process|ecs)_\w+)"', path.read_text())}


def asked(root):
    """(where, query) of every dashboard's panels and every rule."""
    for path in sorted((root / "packaging/grafana/dashboards").glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets") or []:
                yield f"{path.name}: {panel['title']}", target["expr"]
    for path in sorted((root / "packaging/prometheus/rules").glob("*.yml")):
        text = re.sub(r"^\s*(#|- (alert|record)|summary|description).*$", "", path.read_text(), flags=re.M)
        yield path.name, text


def main(root):
    root = pathlib.Path(root)
    known = listed((root / "docs/metrics.md").read_text()) | registered(root)
    found, names = [], set()
    for where, query in asked(root):
        without_strings = re.sub(r'"[^"]*"', '""', query)
        without_records = re.sub(r"\w+(:\w+)+", "", without_strings)
        for name in set(NAME.findall(without_records)) - LABELS:
            names.add(name)
            if name not in known and re.sub(r"_(bucket|sum|count)$", "", name) not in known:
                found.append(f"{where}: {name}: no such metric")
    print("\n".join(sorted(found)) or f"{len(names)} metrics, all of them known")
    return 1 if found or not names else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
