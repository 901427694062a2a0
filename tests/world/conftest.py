"""Fixtures of the world. One engine serves a whole session; what a test starts on it, the test removes."""

import os

import pytest

from hakoban_world.engine import Engine
from hakoban_world.run import ROOT, Run


def newest_agent():
    built = [ROOT / "build" / preset / "hakoban-agent" for preset in ("release", "dev")]
    return max((path for path in built if path.exists()), key=lambda path: path.stat().st_mtime, default=built[0])


def pytest_addoption(parser):
    parser.addoption("--agent", default=os.environ.get("HAKOBAN_AGENT"),
                     help="the hakoban-agent to judge (or HAKOBAN_AGENT); else the newest in build/")
    parser.addoption("--keep-run", action="store_true", help="leave the run's folder with all its logs")


@pytest.fixture(scope="session")
def world_run(request):
    with Run(keep_folder=request.config.getoption("--keep-run")) as run:
        yield run


@pytest.fixture(scope="session")
def engine(world_run):
    with Engine(world_run) as engine:
        yield engine


@pytest.fixture(scope="session")
def agent_binary(request):
    return request.config.getoption("--agent") or newest_agent()
