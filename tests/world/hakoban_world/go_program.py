"""Programs of the world that are built with go from its module proxy, once, into build/bin."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .run import ROOT, WorldError


def install(module, folder=ROOT / "build/bin"):
    """The program of `module` (path@version, pinned) in `folder`."""
    name = module.partition("@")[0].rpartition("/")[2]
    program = Path(folder) / name
    if program.exists():
        return program
    # The go of requirements.txt first: Debian 12's own is too old for these modules.
    go = shutil.which("go", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if not go:
        raise WorldError(f"{name} is built with go, which scripts/setup installs")
    Path(folder).mkdir(parents=True, exist_ok=True)
    done = subprocess.run([go, "install", module], env={**os.environ, "GOBIN": str(Path(folder).resolve())},
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise WorldError(f"go install {module}: {done.stderr.strip()}")
    return program
