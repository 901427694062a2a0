"""Containers that come and go by the ten thousand: what the agent holds must not grow with them."""

import asyncio
import datetime
import secrets
import time
from pathlib import Path

from bench_host import start_agent
from farm_run import EngineThread

AT_ONCE = 40  # containers that live at a time


def now():
    return datetime.datetime.now(datetime.UTC).isoformat().replace("+00:00", "Z")


class Churn:
    """Creates, starts, ends and removes containers, four events each, with real cgroups in two hierarchies."""

    def __init__(self, served):
        self.engine = served.engine
        top = Path("/sys/fs/cgroup")
        tops = [top / "cpuacct", top / "memory"] if (top / "memory").exists() else [top]
        self.parents = [one / served.engine.parent.lstrip("/") for one in tops]
        for parent in self.parents:
            parent.mkdir(exist_ok=True)

    async def live(self, number):
        key = secrets.token_hex(32)
        container = {"pid": 0, "number": number, "state": "created"}
        self.engine.containers[key] = container
        self.engine.tell("create", key)
        await asyncio.sleep(0.01)
        for parent in self.parents:
            (parent / key).mkdir()
        container |= {"state": "running", "started": now()}
        self.engine.tell("start", key)
        await asyncio.sleep(0.05)
        container |= {"state": "exited", "finished": now()}
        for parent in self.parents:
            (parent / key).rmdir()
        self.engine.tell("die", key)
        await asyncio.sleep(0.01)
        del self.engine.containers[key]
        self.engine.tell("destroy", key)

    async def run(self, first, count):
        numbers = iter(range(first, first + count))

        async def worker():
            for number in numbers:
                await self.live(number)
        await asyncio.gather(*(worker() for _ in range(AT_ONCE)))

    def close(self):
        for parent in self.parents:
            parent.rmdir()


def measure_churn(run, events):
    served = EngineThread(run, f"/hakoban-churn-{secrets.token_hex(3)}")
    churn = Churn(served)
    agent, measured = start_agent(run, served.url, {"metrics.keep_finished": "2s", "metrics.identity_wait": "0s"}, name="agent-churn")
    points = []
    with agent:
        begun = time.monotonic()
        containers = events // 4
        for part in range(5):
            served.call_long(churn.run(part * containers // 5, containers // 5))
            agent.scrape()
            time.sleep(2.5)  # what finished is told of no more
            agent.scrape()
            points.append({"rss_mb": measured.memory_mb()["rss_mb"], "descriptors": len(measured.descriptors())})
        page = agent.scrape()
        agent.terminate()
    churn.close()
    measured.group.remove()
    return {"events": containers // 5 * 5 * 4, "seconds": round(time.monotonic() - begun, 1), "points": points,
            "rss_growth_mb": round(points[-1]["rss_mb"] - points[0]["rss_mb"], 1),
            "descriptor_growth": points[-1]["descriptors"] - points[0]["descriptors"],
            # Of one that is removed before it could be asked about nobody knows which family it was of.
            "containers": containers // 5 * 5, "tasks_finished": page.sum("ecs_family_tasks_finished_total")}

