"""Logs that are no json-file, from a real Docker engine: its local driver, its cache beside other drivers, its fluentd
driver by way of the agent's listener, its journald driver and the journal itself. Each line exactly once."""

import time

import pytest

from hakoban_world import chatter
from hakoban_world.agent import HakobanAgent
from hakoban_world.engine import Engine
from hakoban_world.journald import Journald
from hakoban_world.run import free_port, wait_for

NOBODY = "http://127.0.0.1:9"
LONG = "awk 'BEGIN{s=sprintf(\"%40000s\",\"\"); gsub(/ /,\"x\",s); print \"{\\\"long\\\":\\\"\" s \"\\\"}\"}'; "


@pytest.fixture(autouse=True)
def clean_engine(engine):
    yield
    engine.remove_all()


def agent_of(world_run, agent_binary, engine, name, **settings):
    return HakobanAgent(world_run, agent_binary,
                        {"logs.max_age": "1s", "logs.exit_grace": "1s", "ecs.introspection_url": NOBODY, **settings},
                        {"DOCKER_HOST": engine.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY}, name=name)


def recount(agent, part):
    return chatter.Recount({str(path): path.read_bytes() for path in agent.state.rglob("*.ndjson.gz")
                            if f"/{part}/" in str(path)})


def long_lines(counted):
    return [said["long"] for said in counted.said if "long" in said]


def driver(kind, **options):
    return {"type": kind, "config": {key.replace("_", "-"): value for key, value in options.items()}}


def test_the_local_driver_and_the_cache_of_drivers_that_cannot_be_read(engine, world_run, agent_binary):
    """Rotated and compressed by Docker meanwhile; killed meanwhile; a line of several pieces is one record."""
    agent = agent_of(world_run, agent_binary, engine, "cached", **{"logs.cached": "true"})
    with agent:
        agent.start()
        engine.run_container("local", LONG + chatter.burst("local", 3000),
                             log_config=driver("local", max_size="100k", max_file="20"))
        # An async sender to nobody: Docker keeps what it says in its cache all the same.
        engine.run_container("cached", LONG + chatter.burst("cached", 3000),
                             log_config=driver("fluentd", fluentd_address="127.0.0.1:9", fluentd_async="true"))
        for name in ("local", "cached"):
            wait_for(f"first lines of {name}", lambda: recount(agent, name).highest(name) > 0)
        agent.kill9()
        agent.restart()
        for name in ("local", "cached"):
            wait_for(f"all lines of {name}", lambda: recount(agent, name).highest(name) == 3000)
        agent.terminate()
    for name in ("local", "cached"):
        counted = recount(agent, name)
        assert counted.faults(name, 3000) == []
        assert long_lines(counted) == ["x" * 40000]


@pytest.mark.parametrize("acknowledged", [True, False])
def test_the_fluentd_driver_speaks_to_the_agent(engine, world_run, agent_binary, acknowledged):
    """Over TCP and a Unix socket. With acknowledgements no line is lost or doubled by kill -9. There the containers
    have one stream: Docker's two copiers would take each other's answers off their connection, and hang."""
    name = f"forward-{acknowledged}".lower()
    port, socket = free_port(), world_run.folder / f"{name}.sock"
    agent = agent_of(world_run, agent_binary, engine, name,
                     **{"logs.forward_listen": f"127.0.0.1:{port},unix:{socket}"})
    options = {"fluentd_request_ack": str(acknowledged).lower(), "fluentd_sub_second_precision": "true",
               "fluentd_retry_wait": "100ms", "fluentd_max_retries": "1000"}
    with agent:
        agent.start()
        count = 400
        for who, address in (("tcp", f"127.0.0.1:{port}"), ("unix", f"unix://{socket}")):
            engine.run_container(f"{name}-{who}", ("exec 2>&1; " if acknowledged else "") + LONG + chatter.numbered(who, count=count, pause=0.005),
                                 log_config=driver("fluentd", fluentd_address=address, **options))
        if acknowledged:
            for _ in range(3):
                time.sleep(0.5)
                agent.kill9()
                agent.restart()
        for who in ("tcp", "unix"):
            wait_for(f"all lines of {who}", lambda: recount(agent, f"{name}-{who}").highest(who) == count, timeout=60)
            wait_for(f"the last stderr line of {who}",
                     lambda: recount(agent, f"{name}-{who}").faults(who, count) == [], timeout=20)
        page = agent.scrape()
        assert page.sum("hakoban_forward_malformed_total") == 0
        engine.remove_all()  # while somebody listens: Docker waits long for nobody
        agent.terminate()
    for who in ("tcp", "unix"):
        counted = recount(agent, f"{name}-{who}")
        assert counted.faults(who, count) == []
        assert long_lines(counted) == ["x" * 40000]


@pytest.fixture(scope="module")
def journal_engine(world_run):
    """An engine whose host has a journal."""
    with Journald(world_run) as journald, Engine(world_run, name="journal-engine", prefix=journald.prefix()) as engine:
        yield journald, engine


def test_the_journald_driver_and_the_journal_of_the_host(journal_engine, world_run, agent_binary):
    journald, engine = journal_engine
    agent = agent_of(world_run, agent_binary, engine, "journal",
                     **{"logs.journald": "true", "logs.host_units": "kernel,init.scope",
                        "logs.journal_folder": str(journald.files()), "logs.identity_wait": "1s"})
    with agent:
        agent.start()
        engine.run_container("talker", LONG + chatter.numbered("talker", count=500, pause=0.002),
                             log_config=driver("journald"))
        # One that the kernel kills for its memory.
        engine.run_container("greedy", "x=$(head -c 64m /dev/zero | tr '\\0' x); echo $x", mem_limit="8m")
        wait_for("first lines of the talker", lambda: recount(agent, "talker").highest("talker") > 20, timeout=20)
        agent.kill9()
        agent.restart()
        wait_for("all lines of the talker",
                 lambda: recount(agent, "talker").faults("talker", 500) == [], timeout=30)
        wait_for("the kernel's word of the kill",
                 lambda: [r for r in recount(agent, "kernel").records if "Killed process" in r["log"]], timeout=20)
        agent.terminate()
    counted = recount(agent, "talker")
    assert counted.faults("talker", 500) == []
    assert long_lines(counted) == ["x" * 40000]
    assert all(record["stream"] in ("stdout", "stderr") for record in counted.records)
    kernel = recount(agent, "kernel")
    assert all("/_host/" in key and "/kernel/dt=" in key for key in kernel.keys)
    assert kernel.records[0]["attrs"]["identifier"] == "kernel"
