"""reference_current.py PROGRAM PAGE [--write]: the page holds what `PROGRAM --reference=markdown` prints."""

import difflib
import pathlib
import subprocess
import sys

program, page = sys.argv[1:3]
# A clean environment: some defaults come from it (DOCKER_HOST and others).
printed = subprocess.run([program, "--reference=markdown"], env={}, check=True, capture_output=True, text=True).stdout
path = pathlib.Path(page)
if "--write" in sys.argv:
    path.write_text(printed)
committed = path.read_text() if path.exists() else ""
if committed != printed:
    difference = difflib.unified_diff(committed.splitlines(), printed.splitlines(), page, "the program", lineterm="")
    print("\n".join(difference))
    sys.exit(f"{page} is not current: write it with python3 tests/lint/reference_current.py {program} {page} --write")
print(f"{page} is current")
