"""Logs of a real engine in a real S3: versitygw checks every signature and checksum, boto3 reads what it holds."""

import gzip
import json
import time

import pytest
from docker.types import LogConfig

from hakoban_world import chatter, versity
from hakoban_world.agent import HakobanAgent
from hakoban_world.run import wait_for

NOBODY = "http://127.0.0.1:9"
SETTINGS = {"logs.max_age": "1s", "logs.destination": f"s3://{versity.BUCKET}/logs", "ecs.introspection_url": NOBODY}


@pytest.fixture(scope="module")
def program():
    return versity.install()


@pytest.fixture
def store(world_run, program):
    with versity.Versity(world_run, program) as store:
        yield store


@pytest.fixture(autouse=True)
def clean_engine(engine):
    yield
    engine.remove_all()


@pytest.fixture
def make_agent(world_run, agent_binary, engine, store):
    agents = []

    def make(name, settings=None, **environment):
        agent = HakobanAgent(world_run, agent_binary, {**SETTINGS, **(settings or {})},
                             {"DOCKER_HOST": engine.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY,
                              **store.environment(), **environment}, name=name)
        agents.append(agent)
        return agent

    yield make
    for agent in agents:
        agent.close()


def highest(store, who):
    return chatter.Recount(ndjson(store)).highest(who)


def ndjson(store):
    return {key: body for key, body in store.objects().items() if key.endswith(".ndjson.gz")}


def json_file(**options):
    return LogConfig(type="json-file", config=options)


def test_every_line_is_there_once_after_deaths_and_a_wrong_signature(engine, store, make_agent):
    store.start()
    talker = engine.run_container("talker", chatter.numbered("talker", pause=0.001))
    wrong = make_agent("wrong-secret", AWS_SECRET_ACCESS_KEY="not-the-secret").start()
    wait_for("the refusal", lambda: wrong.scrape().sum("hakoban_logs_put_failures_total", reason="denied") > 0)
    assert store.objects() == {}
    wrong.terminate(limit=20)
    agent = make_agent("deaths", {"state_directory": str(wrong.state)})
    for _ in range(6):
        agent.start()
        time.sleep(0.7)
        agent.kill9()
    agent.start()
    talker.stop(timeout=5)
    truth = chatter.spoken(engine, talker.id)
    wait_for("the last line", lambda: len(chatter.Recount(ndjson(store)).lines) >= truth, timeout=20)
    agent.terminate()
    recount = chatter.Recount(ndjson(store))
    assert recount.faults("talker") == [] and len(recount.lines) == truth
    told = store.s3.head_object(Bucket=versity.BUCKET, Key=recount.keys[0])
    assert (told["ContentType"], told["ContentEncoding"]) == ("application/x-ndjson", "gzip")


def test_long_lines_are_one_record_each(engine, store, make_agent):
    store.start()
    agent = make_agent("long").start()
    # 100 KB with quotes and a newline at the end, then a line without one.
    engine.run_container("long", "i=0; while [ $i -lt 3 ]; do i=$((i+1)); "
                         "awk -v n=$i 'BEGIN{printf \"{\\\"long\\\":%d,\\\"x\\\":\\\"\", n; "
                         "for(j=0;j<10000;j++) printf \"0123456789\"; printf \"\\\"}\\n\"}'; done; printf end")
    wait_for("the last line", lambda: '"end"' in "".join(text_of(store)))
    agent.terminate()
    said = [json.loads(line)["log"] for line in text_of(store)]
    assert [json.loads(one)["long"] for one in said[:3]] == [1, 2, 3] and said[3:] == ["end"]
    assert all(len(one) > 100_000 for one in said[:3])


def text_of(store):
    return [line for key, body in sorted(ndjson(store).items()) for line in gzip.decompress(body).decode().splitlines()]


def test_rotation_and_compression_lose_nothing(engine, store, make_agent):
    store.start()
    options = {"max-size": "200k", "max-file": "4", "compress": "true"}
    before = engine.run_container("before", chatter.burst("before", 8000), log_config=json_file(**options))
    wait_for("the engine to have compressed", lambda: list((engine.folder / "data/containers" / before.id).glob("*.gz")))
    agent = make_agent("rotation").start()
    live = engine.run_container("live", "for i in 1 2 3 4 5 6 7 8; do awk -v b=$i 'BEGIN{for(i=1;i<=2000;i++) "
                                "printf \"{\\\"who\\\":\\\"live\\\",\\\"seq\\\":%d}\\n\", (b-1)*2000+i}'; sleep 0.3; done; "
                                "while true; do sleep 0.2; done", log_config=json_file(**options))
    wait_for("the last line", lambda: highest(store, "live") == 16000 and highest(store, "before") == 8000, timeout=30)
    rotated = list((engine.folder / "data/containers" / live.id).glob("*.gz"))
    page = agent.scrape()
    agent.terminate()
    recount = chatter.Recount(ndjson(store))
    # What the engine had deleted before the agent came was nobody's to read; what it still had is complete.
    first = min(said["seq"] for said in recount.said if said.get("who") == "before")
    mine = sorted(said["seq"] for said in recount.said if said.get("who") == "before")
    assert mine == list(range(first, 8001)) and first < 4000
    assert recount.faults("live", 16000) == [] and rotated
    assert page.value("hakoban_logs_lost_bytes_total") == 0 and page.value("hakoban_logs_rotations_total") > 5


def test_a_container_removed_while_the_store_is_down_is_read_to_its_end(engine, store, make_agent):
    agent = make_agent("lag").start()
    container = engine.run_container("gone", chatter.burst("gone", 30000))
    wait_for("the log to be seen", lambda: agent.scrape().value("hakoban_logs_pending_bytes") > 1_000_000)
    wait_for("a refusal", lambda: agent.scrape().sum("hakoban_logs_put_failures_total") > 0)
    container.remove(force=True)
    assert not (engine.folder / "data/containers" / container.id).exists()
    store.start()
    wait_for("the last line", lambda: highest(store, "gone") == 30000, timeout=20)
    wait_for("it to be forgotten", lambda: agent.scrape().value("hakoban_logs_active_files") == 0, timeout=30)
    agent.terminate()
    assert chatter.Recount(ndjson(store)).faults("gone", 30000) == []

