#!/usr/bin/env python3
"""Fails when clang-format would change a file, or when a file is longer than a reader holds in mind."""
import pathlib
import shutil
import subprocess
import sys

FOLDERS = ["core", "platform", "collectors", "handlers", "agent", "coordinator", "cli", "tests", "benchmarks"]
LONGEST_SOURCE = 400


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    tool = shutil.which("clang-format-14")
    if tool is None:
        print("clang-format-14 is missing: scripts/setup installs it")
        return 1
    files = [p for folder in FOLDERS for p in sorted((root / folder).rglob("*")) if p.suffix in {".h", ".cpp"}]
    checked = subprocess.run([tool, "--dry-run", "--Werror", *map(str, files)], capture_output=True, text=True)
    lengths = {p: len(p.read_text().splitlines()) for p in files}
    long_ones = [f"{p.relative_to(root)}: {n} lines; split it by meaning" for p, n in lengths.items() if n > LONGEST_SOURCE]
    print(checked.stderr, end="")
    print("\n".join(long_ones) or f"{len(files)} files, the longest {max(lengths.values())} lines")
    return 1 if checked.returncode != 0 or long_ones else 0


if __name__ == "__main__":
    sys.exit(main())
