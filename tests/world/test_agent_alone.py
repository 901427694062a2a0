"""The agent where there is nothing but Docker, and where its settings are wrong."""

import re
import subprocess
import time

import pytest

from hakoban_world import chatter
from hakoban_world.agent import HakobanAgent, run_once
from hakoban_world.run import wait_for

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens


@pytest.fixture(autouse=True)
def clean_engine(engine):
    yield
    engine.remove_all()


def bare_environment(engine):
    return {"DOCKER_HOST": engine.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY}


def objects_below(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.ndjson.gz")}


def test_it_works_without_metadata_and_without_settings(engine, world_run, agent_binary):
    agent = HakobanAgent(world_run, agent_binary, {"logs.max_age": "1s", "ecs.introspection_url": NOBODY},
                         bare_environment(engine), name="alone")
    talker = engine.run_container("talker", chatter.burst("talker", 2000))
    with agent:
        agent.start()
        wait_for("the talker's lines in the local folder",
                 lambda: chatter.Recount(objects_below(agent.state)).highest("talker") == 2000)
        engine.run_container("late", chatter.numbered("late", count=50, pause=0))
        wait_for("the late container's lines",
                 lambda: chatter.Recount(objects_below(agent.state)).highest("late") == 50)

        page = agent.scrape()
        assert {s.labels["id"] for s in page.all("container_start_time_seconds") if talker.id in s.labels["id"]}
        assert page.duplicates() == []
        time.sleep(2)  # several polls of what is not there
        said = [line for line in agent.log() if "instance metadata" in str(line)]
        assert len(said) == 1, f"the absent metadata service is to be told of once: {said}"
        seconds, code = agent.terminate()
        assert code == 0 and seconds < 10

    stored = objects_below(agent.state)
    recount = chatter.Recount(stored)
    assert recount.faults("talker", 2000) == [] and recount.faults("late", 50) == []
    shape = re.compile(r"(.*/)?_host/(talker|late)/dt=\d{4}-\d\d-\d\d/.+\.ndjson\.gz")
    assert all(shape.fullmatch(key) for key in stored), sorted(stored)


def test_a_broken_configuration_names_all_its_faults_at_once(world_run, agent_binary, tmp_path):
    config = tmp_path / "broken.json"
    config.write_text('{"logs": {"bukket": "x", "max_age": "soon"}, // a comment\n "log": {"level": "loud"}}')
    for arguments in (["--config", config, "--check-config"], ["--config", config]):
        code, said = run_once(world_run, agent_binary, arguments)
        assert code == 1, said
        for key in ("logs.bukket", "logs.max_age", "log.level"):
            assert key in said, said
    config.write_text('{"logs": ')
    code, said = run_once(world_run, agent_binary, ["--config", config, "--check-config"])
    assert code == 1 and "broken.json" in said
    code, said = run_once(world_run, agent_binary, ["--check-config"], {"HAKOBAN_LOGS_MAX_BYTES": "many"})
    assert code == 1 and "HAKOBAN_LOGS_MAX_BYTES" in said
    config.write_text('{"logs": {"max_age": "5s"}, /* fine */ "log": {"level": "warn"}}')
    assert run_once(world_run, agent_binary, ["--config", config, "--check-config"])[0] == 0


def test_help_lists_every_setting_with_its_variable(world_run, agent_binary):
    code, said = run_once(world_run, agent_binary, ["--help"])
    assert code == 0
    for key in ("logs.max_age", "notices.poll_interval", "web.listen_address"):
        assert key in said and "HAKOBAN_" + key.upper().replace(".", "_") in said, key
    assert run_once(world_run, agent_binary, ["--version"])[0] == 0


@pytest.mark.parametrize("live_restore", [True, False])
def test_it_goes_on_after_the_engine_restarts(engine, world_run, agent_binary, live_restore):
    name = f"survivor-{live_restore}".lower()
    container = engine.run_container(name, chatter.numbered("survivor", pause=0.02))
    agent = HakobanAgent(world_run, agent_binary, {"logs.max_age": "1s", "ecs.introspection_url": NOBODY},
                         bare_environment(engine), name=f"restart-{live_restore}")
    engine.reload(live_restore=live_restore)
    with agent:
        agent.start()
        wait_for("lines before the restart",
                 lambda: chatter.Recount(objects_below(agent.state)).highest("survivor") > 10)
        engine.restart()
        agent.check_alive()
        container = engine.client.containers.get(container.id)
        if not live_restore:
            container.start()
        after = engine.run_container(f"{name}-after", chatter.burst("after", 300))
        wait_for("a container of after the restart on the page",
                 lambda: [s for s in agent.scrape().all("container_start_time_seconds") if after.id in s.labels["id"]])
        wait_for("lines of after the restart",
                 lambda: chatter.Recount(objects_below(agent.state)).highest("after") == 300)
        container.stop(timeout=3)
        truth = chatter.spoken(engine, container.id)
        mine = f"_host/{name}/"
        wait_for("every line of the survivor",
                 lambda: len(chatter.Recount({k: v for k, v in objects_below(agent.state).items() if mine in k}).lines)
                 >= truth)
        agent.terminate()
    stored = objects_below(agent.state)
    lines = chatter.Recount({k: v for k, v in stored.items() if mine in k}).lines
    assert len(lines) == truth and len(set(lines)) == truth
    if live_restore:
        assert chatter.Recount(stored).faults("survivor") == []
    assert chatter.Recount(stored).faults("after", 300) == []


def test_promtool_finds_nothing_wrong_with_the_page(engine, world_run, agent_binary):
    container = engine.run_container("idle", "sleep 100")
    with HakobanAgent(world_run, agent_binary, {"ecs.introspection_url": NOBODY}, bare_environment(engine),
                      name="promtool") as agent:
        agent.start()
        wait_for("the container on the page",
                 lambda: [s for s in agent.scrape().samples if container.id in s.labels.get("id", "")])
        page = agent.scrape().text
        done = subprocess.run(["promtool", "check", "metrics"], input=page, text=True, capture_output=True)
        # cAdvisor's own names are kept, whatever the linter thinks of them.
        ours = [line for line in (done.stderr + done.stdout).splitlines() if line.startswith("hakoban_")]
        assert "error while linting" not in done.stderr and ours == [], done.stderr + done.stdout
        assert agent.get("/").startswith("<") and "/metrics" in agent.get("/")
        agent.terminate()
