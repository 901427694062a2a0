"""What the interop tests share: the small programs of tests/tools/, as built last."""

import pathlib

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]


def newest(tool):
    built = [ROOT / "build" / preset / "tests" / tool for preset in ("release", "dev")]
    found = [path for path in built if path.exists()]
    assert found, f"{tool} is not built: scripts/build"
    return max(found, key=lambda path: path.stat().st_mtime)


@pytest.fixture(scope="session")
def tool():
    return newest
