#!/usr/bin/env python3
"""Writes dashboards/*.json from hakoban_dashboards/. With --check it changes nothing and fails when a file is not current."""

import argparse
import difflib
import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from hakoban_dashboards import all_dashboards

FOLDER = Path(__file__).parent / "dashboards"


def rendered():
    """File name → text."""
    return {f"{uid}.json": json.dumps(dashboard, cls=JSONEncoder, sort_keys=True, indent=2) + "\n"
            for uid, dashboard in all_dashboards().items()}


def differences(wanted):
    there = {path.name: path.read_text() for path in FOLDER.glob("*.json")}
    found = []
    for name in sorted(wanted.keys() | there.keys()):
        old, new = there.get(name, ""), wanted.get(name, "")
        found += difflib.unified_diff(old.splitlines(), new.splitlines(), name, f"{name}, as generated", lineterm="", n=1)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    wanted = rendered()
    if parser.parse_args().check:
        found = differences(wanted)
        print("\n".join(found[:60]))
        return f"{len(found)} lines differ: run packaging/grafana/generate.py" if found else 0
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.json"):
        path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
