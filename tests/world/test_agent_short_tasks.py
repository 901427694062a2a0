"""Tasks that live for less than a scrape interval are counted with all that they used: real containers, judged by the
kernel's own account of the cgroup that they were in. benchmarks/metrics does the same with a hundred."""

import pytest

from hakoban_world.agent import HakobanAgent
from hakoban_world.run import wait_for
from hakoban_world.short_tasks import EAT, ShortTasks, burner

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens


@pytest.fixture(autouse=True)
def clean_engine(engine):
    yield
    engine.remove_all()


def burn_exactly(agent, engine, family):
    """Eight tasks are counted with their exit codes, always; and with all the CPU time that the kernel saw, unless the agent says
    that it missed a last reading."""
    jobs, missed = ShortTasks(engine), agent.scrape().sum("hakoban_metrics_exits_missed_total")
    codes = jobs.run(8, burner(700_000, longest=1), family, side_by_side=3)
    wait_for("all to be in the books",
             lambda: agent.scrape().sum("ecs_family_tasks_finished_total", ecs_task_family=family) >= 8)
    page = agent.scrape()
    for code in set(codes):
        assert page.value("ecs_family_tasks_finished_total", ecs_task_family=family, exit_code=str(code)) == codes.count(code)
    assert page.value("ecs_family_tasks_started_total", ecs_task_family=family) == 8
    counted, used = page.value("ecs_family_cpu_seconds_total", ecs_task_family=family), jobs.cpu_seconds()
    if page.sum("hakoban_metrics_exits_missed_total") > missed:
        assert counted < used
        return False
    assert counted == pytest.approx(used, rel=0.02)
    return True


def test_tasks_between_two_scrapes_are_counted_with_what_they_used(engine, world_run, agent_binary):
    agent = HakobanAgent(world_run, agent_binary, {"ecs.introspection_url": NOBODY, "metrics.identity_wait": "1s"},
                         {"DOCKER_HOST": engine.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY}, name="short")
    with agent:
        agent.start()
        agent.scrape()
        # A busy machine may remove a cgroup before the agent had its turn: it says so then, and another round is tried.
        assert any(burn_exactly(agent, engine, f"burn-{number}") for number in range(8))
        jobs = ShortTasks(engine)
        killed = jobs.run(4, lambda _: EAT, "eat", side_by_side=2, mem_limit="16m", memswap_limit="16m")
        assert set(killed) == {137}
        wait_for("all to be in the books", lambda: agent.scrape().sum("ecs_family_tasks_finished_total", ecs_task_family="eat") >= 4)
        page = agent.scrape()
        assert page.value("ecs_family_oom_kills_total", ecs_task_family="eat") == 4
        assert len(page.all("ecs_finished_task_exit_code", ecs_task_family="eat")) == 4
        assert [sample for sample in page.all("container_cpu_usage_seconds_total") if sample.labels.get("ecs_task_family")] == []
        assert page.duplicates() == []
        agent.terminate()
