"""Fixtures of the world. One engine serves a whole session; what a test starts on it, the test removes."""

import os
from contextlib import ExitStack

import pytest

from fleet_world import BUCKET, LEASES, Fleet
from hakoban_world.aws import Aws
from hakoban_world.engine import Engine
from hakoban_world.ledger import Behaviour
from hakoban_world.run import ROOT, Run
from hakoban_world.world import World


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


@pytest.fixture(scope="session")
def agent_calls():
    """Every AWS call of an agent, over the worlds that have closed so far in this session."""
    return []


@pytest.fixture(scope="module")
def make_world(world_run, engine, agent_calls):
    """Makes the worlds of a module; they end with it, the last first."""
    with ExitStack() as stack:
        yield lambda **more: stack.enter_context(World(world_run, engine, **{"agent_calls": agent_calls, **more}))


@pytest.fixture(scope="session")
def coordinator_calls():
    """Every AWS call of a coordinator that has ended so far in this session."""
    return []


@pytest.fixture(scope="session")
def fleet_aws(world_run):
    """One AWS for all clusters that coordinators size."""
    with Aws(world_run, Behaviour(speed=10)) as aws:
        aws.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": aws.region})
        aws.client("dynamodb").create_table(
            TableName=LEASES, BillingMode="PAY_PER_REQUEST", KeySchema=[{"AttributeName": "cluster", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "cluster", "AttributeType": "S"}])
        yield aws


@pytest.fixture
def fleet(world_run, fleet_aws, coordinator_calls):
    """A cluster of the test's own; its coordinators end with the test."""
    with ExitStack() as stack:
        yield Fleet(world_run, fleet_aws, stack, coordinator_calls)


def pytest_collection_modifyitems(items):
    """What judges the whole session comes last."""
    items.sort(key=lambda item: item.path.name in ("test_agent_policy.py", "test_coordinator_policy.py"))
