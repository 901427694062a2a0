"""Fixtures: the image (cached), the packages under test, and what is made of them."""

import shutil
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
def previous_agent():
    """The package of the last release, built once from the tree's own history."""
    release = (ROOT / "packaging/previous-release").read_text().split()[0]
    folder = ROOT / "build/previous" / release[:12]
    if not list(folder.glob("*.deb")):
        tree = folder / "tree"
        subprocess.run(["git", "-C", str(ROOT), "worktree", "add", "--force", "--detach", str(tree), release], check=True)
        try:
            subprocess.run([str(tree / "scripts/package")], check=True)
            for package in (tree / "build/release/packages").glob("hakoban-agent_*.deb"):
                shutil.copy(package, folder)
        finally:
            subprocess.run(["git", "-C", str(ROOT), "worktree", "remove", "--force", str(tree)], check=True)
    return next(folder.glob("*.deb"))


@pytest.fixture(scope="session")
def freezer(tmp_path_factory):
    program = tmp_path_factory.mktemp("freezer") / "freeze_thread"
    subprocess.run(["gcc", "-static", "-O1", "-Wall", "-Werror", "-o", str(program), str(HERE / "freeze_thread.c")], check=True)
    return program
