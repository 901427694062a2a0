#!/usr/bin/env python3
"""Runs `promtool check metrics` on every golden metrics page. Lint that a name of cAdvisor's forces on us is named here."""
import pathlib
import shutil
import subprocess
import sys

# cAdvisor calls this counter so, and the same without "container_" is its name on tasks.
ACCEPTED = {
    'container_memory_failcnt counter metrics should have "_total" suffix',
    'ecs_task_memory_failcnt counter metrics should have "_total" suffix',
}


def problems_of(promtool, page):
    checked = subprocess.run([promtool, "check", "metrics"], stdin=page.open(), capture_output=True, text=True)
    lines = [line for line in (checked.stdout + checked.stderr).splitlines() if line.strip()]
    found = [line for line in lines if line not in ACCEPTED]
    if checked.returncode not in (0, 3) and not found:  # 3: lint
        found = [f"promtool ended with {checked.returncode}"]
    return found


def main(root):
    promtool = shutil.which("promtool")
    if not promtool:
        print("promtool is missing: install Debian's package prometheus (scripts/setup does)")
        return 1
    pages = sorted((pathlib.Path(root) / "tests/golden/metrics").glob("*.prom"))
    bad = 0
    for page in pages:
        for problem in problems_of(promtool, page):
            print(f"{page.name}: {problem}")
            bad += 1
    print(f"{len(pages)} pages checked, {bad} problems")
    return 1 if bad or not pages else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
