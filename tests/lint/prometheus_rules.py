#!/usr/bin/env python3
"""Runs promtool over packaging/prometheus: configuration, rules, and their unit tests, of which each alert needs one."""
import pathlib
import re
import shutil
import subprocess
import sys


def main(root):
    folder = pathlib.Path(root) / "packaging/prometheus"
    promtool = shutil.which("promtool")
    if not promtool:
        print("promtool is missing: install Debian's package prometheus (scripts/setup does)")
        return 1
    rules, tests = sorted((folder / "rules").glob("*.yml")), sorted((folder / "tests").glob("*.yml"))
    for arguments in (["check", "config", folder / "prometheus.yml"], ["check", "rules", *rules], ["test", "rules", *tests]):
        checked = subprocess.run([promtool, *map(str, arguments)], capture_output=True, text=True)
        if checked.returncode != 0:
            print(checked.stdout + checked.stderr)
            return 1
    alerts = {name for path in rules for name in re.findall(r"^ +- alert: (\w+)", path.read_text(), re.M)}
    tested = {name for path in tests for name in re.findall(r"alertname: (\w+)", path.read_text())}
    print(f"{len(alerts)} alerts, of them without a test: {', '.join(sorted(alerts - tested)) or 'none'}")
    return 1 if alerts - tested or not alerts else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
