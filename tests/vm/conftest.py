"""Fixtures: the image (cached), the packages under test, and what is made of them."""

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(HERE), str(HERE.parent / "world")]

from hakoban_vm.image import Image  # noqa: E402
from hakoban_world.run import Run  # noqa: E402

BUILT = ROOT / "build/release/packages"


@pytest.fixture(scope="session")
def packages():
    found = {part: sorted(BUILT.glob(f"hakoban-{part}_*.deb")) for part in ("agent", "coordinator")}
    for part, files in found.items():
        assert len(files) == 1, f"{len(files)} packages of {part} in {BUILT}: run scripts/package"
    return {part: files[0] for part, files in found.items()}


@pytest.fixture(scope="session")
def image(packages):
    return Image(ROOT / "build/vm", packages.values()).make()


@pytest.fixture(scope="session")
def world_run():
    with Run() as run:
        yield run


@pytest.fixture(scope="session")
def newer_agent(packages, tmp_path_factory):
    """The same program under the version after it: what an upgrade brings."""
    folder = tmp_path_factory.mktemp("newer")
    subprocess.run(["dpkg-deb", "-R", str(packages["agent"]), str(folder / "tree")], check=True)
    control = folder / "tree/DEBIAN/control"
    control.write_text("".join(line + "+1\n" if line.startswith("Version:") else line + "\n"
                               for line in control.read_text().splitlines()))
    subprocess.run(["dpkg-deb", "--root-owner-group", "-b", str(folder / "tree"), str(folder / "newer.deb")],
                   check=True, capture_output=True)
    return folder / "newer.deb"


@pytest.fixture(scope="session")
def freezer(tmp_path_factory):
    program = tmp_path_factory.mktemp("freezer") / "freeze_thread"
    subprocess.run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", str(program), str(HERE / "freeze_thread.c")], check=True)
    return program
