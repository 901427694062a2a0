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


def test_tasks_between_two_scrapes_are_counted_with_what_they_used(engine, world_run, agent_binary):
    agent = HakobanAgent(world_run, agent_binary, {"ecs.introspection_url": NOBODY, "metrics.identity_wait": "1s"},
                         {"DOCKER_HOST": engine.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY}, name="short")
    with agent:
        agent.start()
        agent.scrape()
        jobs = ShortTasks(engine)
        codes = jobs.run(8, burner(300_000, longest=1), "burn", side_by_side=3)
        used = jobs.cpu_seconds()
        killed = jobs.run(4, lambda _: EAT, "eat", side_by_side=2, mem_limit="16m", memswap_limit="16m")
        assert set(killed) == {137}
        wait_for("all to be in the books", lambda: agent.scrape().sum("ecs_family_tasks_finished_total") >= 12)
        page = agent.scrape()
        for code in set(codes):
            assert page.value("ecs_family_tasks_finished_total", ecs_task_family="burn",
                              exit_code=str(code)) == codes.count(code)
        assert page.value("ecs_family_tasks_started_total", ecs_task_family="burn") == 8
        assert page.value("ecs_family_cpu_seconds_total", ecs_task_family="burn") == pytest.approx(used, rel=0.02)
        assert page.value("ecs_family_oom_kills_total", ecs_task_family="eat") == 4
        assert len(page.all("ecs_finished_task_exit_code", ecs_task_family="eat")) == 4
        assert page.all("container_cpu_usage_seconds_total", ecs_task_family="burn") == []
        assert page.duplicates() == []
        agent.terminate()
