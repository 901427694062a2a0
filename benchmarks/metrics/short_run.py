"""Containers that live and die between two scrapes: how many are counted, and how much of their CPU time."""

import time

from bench_host import start_agent, wait_for
from hakoban_world.engine import Engine
from hakoban_world.short_tasks import EAT, ShortTasks, burner

ROUNDS_IN_A_SECOND = 700_000  # of a shell's loop: 0.2 to 3 seconds on an idle core


def measure_short(run, count):
    with Engine(run) as engine:
        agent, measured = start_agent(run, engine.url, {"metrics.identity_wait": "1s"}, name="agent-short")
        with agent:
            agent.scrape()
            jobs = ShortTasks(engine)
            codes = jobs.run(count, burner(ROUNDS_IN_A_SECOND), "burn", side_by_side=4)
            used = jobs.cpu_seconds()
            jobs.run(count, lambda _: EAT, "eat", side_by_side=4, mem_limit="16m", memswap_limit="16m")
            wait_for("all to be counted", lambda: agent.scrape().sum("ecs_family_tasks_finished_total") >= 2 * count, timeout=20)
            time.sleep(1)
            page = agent.scrape()
            told = {"finished": page.sum("ecs_family_tasks_finished_total", ecs_task_family="burn"),
                    "finished_with_3": page.sum("ecs_family_tasks_finished_total", ecs_task_family="burn", exit_code="3"),
                    "ended_with_3": codes.count(3),
                    "cpu_seconds": round(page.sum("ecs_family_cpu_seconds_total", ecs_task_family="burn"), 3),
                    "cpu_seconds_truth": round(used, 3),
                    "oom_kills": page.sum("ecs_family_oom_kills_total", ecs_task_family="eat"),
                    "exits_missed": page.sum("hakoban_metrics_exits_missed_total")}
            told["cpu_error_percent"] = round(100 * abs(told["cpu_seconds"] / used - 1), 3)
            agent.terminate()
        measured.group.remove()
        engine.remove_all()
    return told
