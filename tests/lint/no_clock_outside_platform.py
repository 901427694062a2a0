#!/usr/bin/env python3
"""Fails when code outside platform/ asks what time it is: there time comes in as a value or through the Clock port."""
import pathlib
import re
import sys

FOLDERS = ["core", "collectors", "handlers", "agent", "coordinator", "cli"]
ASKS = re.compile(r"_clock::now\s*\(|\btime\s*\(\s*(nullptr|NULL|0)\s*\)|\b(gettimeofday|clock_gettime)\s*\(")


def main() -> int:
    root = pathlib.Path(sys.argv[1]).resolve()
    files = [p for folder in FOLDERS for p in sorted((root / folder).rglob("*")) if p.suffix in {".h", ".cpp"}]
    found = [
        f"{path.relative_to(root)}:{number}: {line.strip()}"
        for path in files
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if ASKS.search(line.split("//")[0])
    ]
    print("\n".join(found) or f"{len(files)} files take time as a value")
    return 1 if found or not files else 0


if __name__ == "__main__":
    sys.exit(main())
