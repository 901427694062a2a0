"""A drain whose agent is killed (SIGKILL) after each of its steps, and in the middle of each of its calls, ends where one
ends that was not; so does one whose disk hangs. boto3 and Docker are the witnesses."""

import json

import pytest

from hakoban_world.hanging_disk import HangingDisk
from hakoban_world.run import wait_for
from hakoban_world.scenario import sleeper, talker

DELAY = 2
QUICK = {"drain.log_reserve": "5s", "drain.service_grace": "1s", "notices.poll_interval": "200ms"}
CALLS = [("ecs", "UpdateContainerInstancesState"), ("elasticloadbalancing", "DeregisterTargets"), ("ecs", "StopTask")]


@pytest.fixture(scope="module")
def world(make_world):
    return make_world(stop_timeout=5.0)


@pytest.fixture(scope="module")
def group(world):
    group = world.aws.add_target_group("web", delay=DELAY)
    scenario = world.scenario
    scenario.service("web", scenario.define("web", talker("app", serve=True)), group=group)
    scenario.service("worker", scenario.define("worker", sleeper("main")))
    scenario.service("guard", scenario.define("guard", sleeper("main")), daemon=True)
    return group


def fill(world, group):
    """The services' tasks and a batch job run; returns (their ARNs, the web target)."""
    if world.host.status() != "ACTIVE":
        world.ecs.update_container_instances_state(cluster="prod", containerInstances=[world.host.arn], status="ACTIVE")
    world.scenario.batch(world.scenario.define("job", talker("main")))
    arns = world.aws.wait_for_tasks("web, worker, guard and the job", count=4)
    wait_for("a healthy target", lambda: list(world.witness.targets(group).values()) == ["healthy"], timeout=20)
    return arns, next(iter(world.witness.targets(group)))


def begin(world, agent):
    agent.start()
    wait_for("the target groups to be known",
             lambda: agent.scrape().all("hakoban_census_refreshed_timestamp_seconds", source="target_groups"), timeout=20)
    world.host.imds.spot_notice(seconds=90)


def steps_of(agent):
    return [line["step"] + "/" + line.get("kind", "") for line in agent.events("drain step")]


def finished(agent):
    return "drain_finished/" in steps_of(agent)


def journal_of(agent):
    journal = agent.state / "drain.json"
    return json.loads(journal.read_text()) if journal.exists() else {}


def ended_by_journal(agent):
    return journal_of(agent)["finished_at"] is not None


def not_journalled(agent):
    """The steps that were told, of which the next agent does not know."""
    reached = journal_of(agent).get("reached", {})
    return {step for step in steps_of(agent) if not reached.keys() & {step, step.partition("/")[0]}}


def expect_drained(world, group, agent, arns, target, forgotten):
    assert world.host.status() == "DRAINING"
    assert world.witness.target_state(group, *target)[0] == "unused"
    tasks = world.witness.tasks("prod")
    assert {tasks[arn]["lastStatus"] for arn in arns} == {"STOPPED"}
    twice = {step for step in steps_of(agent) if steps_of(agent).count(step) > 1}
    assert twice <= forgotten, "a step is told again only when the agent that told it died before it was journalled"
    world.wait_shipped({key: lines for key, lines in world.spoken().items() if key[2] in {a.rpartition("/")[2] for a in arns}})
    assert world.recount().faults == []
    assert agent.scrape().sum("hakoban_drain_missed_total") == 0


@pytest.fixture(autouse=True)
def no_notice_left(world):
    yield
    world.host.imds.withdraw()


def test_killed_after_each_step_it_ends_in_the_same_state(world, group, agent_binary):
    arns, target = fill(world, group)
    agent = world.host.agent(agent_binary, "steps", QUICK)
    begin(world, agent)
    kills, forgotten = [], set()
    while not finished(agent):
        known = len(steps_of(agent))
        wait_for("the next step", lambda known=known: len(steps_of(agent)) > known or finished(agent), timeout=60, interval=0.01)
        if finished(agent):
            break
        agent.kill9()
        kills.append(steps_of(agent)[-1])
        forgotten |= not_journalled(agent)
        agent.start(healthy=False)
    agent.wait_healthy()
    print("killed after:", ", ".join(kills))
    assert len(kills) >= 6
    expect_drained(world, group, agent, arns, target, forgotten)
    agent.kill9()


@pytest.mark.parametrize("service, action", CALLS, ids=[action for _, action in CALLS])
def test_killed_in_the_middle_of_a_call_it_ends_in_the_same_state(world, group, agent_binary, service, action):
    arns, target = fill(world, group)
    agent = world.host.agent(agent_binary, f"calls-{action}", QUICK)
    rule = world.aws.faults.add("hang", service=service, action=action, times=1, after_call=True)
    begin(world, agent)
    wait_for(f"a {action} without an answer", lambda: rule.hits == 1, timeout=30, interval=0.01)
    agent.kill9()
    forgotten = not_journalled(agent)
    agent.restart()
    wait_for("the end of the drain", lambda: finished(agent), timeout=60)
    expect_drained(world, group, agent, arns, target, forgotten)
    agent.kill9()


def test_a_disk_that_hangs_holds_up_no_step(world, group, agent_binary):
    arns, target = fill(world, group)
    agent = world.host.agent(agent_binary, "hanging-disk", QUICK)
    disk = HangingDisk(world.run, "drain.json")
    agent.environment |= disk.environment
    begin(world, agent)
    wait_for("the end of the drain", lambda: finished(agent), timeout=60)
    expect_drained(world, group, agent, arns, target, set())
    assert not ended_by_journal(agent), "only this one waits for the disk, which hangs"
    disk.let_go()
    wait_for("the journal to tell of the end", lambda: ended_by_journal(agent), timeout=20)
    agent.terminate()
