"""A disk that does not say when it has written some files: for one process, by a library that it is made to load."""

import subprocess
from pathlib import Path


class HangingDisk:
    """From the start, until `let_go()`. `environment` is for the process; `path`: a part of the paths it is about."""

    def __init__(self, run, path):
        self._while = run.folder / "disk-hangs"
        self._while.touch()
        library = run.folder / "hanging-disk.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, Path(__file__).with_name("hanging_disk.c")], check=True)
        self.environment = {"LD_PRELOAD": str(library), "HANGING_DISK_PATH": path, "HANGING_DISK_WHILE": str(self._while)}

    def let_go(self):
        self._while.unlink(missing_ok=True)
