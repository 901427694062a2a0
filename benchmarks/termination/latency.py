"""How long from a spot notice in instance metadata to the agent's first calls, over many notices in the world.

Agents run side by side, each on a container instance with metadata of its own; each run is a fresh agent, a notice at a
random moment, and the arrival of its UpdateContainerInstancesState and DeregisterTargets at AWS. Prints a JSON object.
"""

import argparse
import json
import random
import shutil
import sys
import time
from contextlib import ExitStack
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/world"))

from hakoban_world.engine import Engine  # noqa: E402
from hakoban_world.run import Run, wait_for  # noqa: E402
from hakoban_world.scenario import talker  # noqa: E402
from hakoban_world.world import World  # noqa: E402

DELAY = 300  # longer than a run: no task is stopped
STEPS = {"draining": ("ecs", "UpdateContainerInstancesState"), "deregister": ("elasticloadbalancing", "DeregisterTargets")}


class Bench:
    def __init__(self, world, binary, poll):
        self.world, self.binary, self.poll = world, binary, poll
        self.group = world.aws.add_target_group("web", delay=DELAY)
        world.scenario.service("web", world.scenario.define("web", talker("app", serve=True, pause=1)), group=self.group)
        world.aws.wait_for_tasks("the web task", count=1)
        wait_for("a healthy target", lambda: list(world.witness.targets(self.group).values()) == ["healthy"], timeout=20)
        self.target = next(iter(world.witness.targets(self.group)))
        self.seconds = {step: [] for step in STEPS}

    def round(self, number):
        """One notice on each host."""
        agents = [host.agent(self.binary, f"bench-{number}-{index}", {"notices.poll_interval": self.poll})
                  for index, host in enumerate(self.world.hosts)]
        with ExitStack() as stack:
            for agent in agents:
                agent.start(healthy=False)
                stack.callback(self._end, agent)
            for agent in agents:
                agent.wait_healthy(30)
                wait_for("the target groups to be known", lambda a=agent: a.scrape().all(
                    "hakoban_census_refreshed_timestamp_seconds", source="target_groups"), timeout=30)
            noticed = {}
            for host in self.world.hosts:
                time.sleep(random.uniform(0, 0.3))
                noticed[host] = time.time()
                host.imds.spot_notice(seconds=120)
            for host, at in noticed.items():
                for step, (service, action) in STEPS.items():
                    key = host.credentials()["AccessKeyId"]
                    call = self.world.aws.recorder.wait_for_call(
                        service, action, timeout=20, where=lambda c: c.access_key == key and c.time >= at)
                    self.seconds[step].append(call.time - at)
        self._reset()

    def _end(self, agent):
        agent.close()
        shutil.rmtree(agent.state, ignore_errors=True)

    def _reset(self):
        for host in self.world.hosts:
            host.imds.withdraw()
        arns = [host.arn for host in self.world.hosts]
        for start in range(0, len(arns), 10):
            self.world.ecs.update_container_instances_state(
                cluster=self.world.cluster, containerInstances=arns[start:start + 10], status="ACTIVE")
        self.world.aws.balancers.register(self.group, [self.target])


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--hosts", type=int, default=10, help="agents side by side")
    parser.add_argument("--poll", default="1s", help="the agent's notices.poll_interval")
    parser.add_argument("--agent", default=str(ROOT / "build/release/hakoban-agent"))
    options = parser.parse_args()
    with Run() as run, Engine(run) as engine, World(run, engine, hosts=options.hosts) as world:
        bench = Bench(world, options.agent, options.poll)
        for number in range((options.runs + options.hosts - 1) // options.hosts):
            bench.round(number)
    result = {"runs": len(bench.seconds["draining"]), "poll_interval": options.poll}
    for step, seconds in bench.seconds.items():
        result |= {f"p50_{step}_s": round(percentile(seconds, 0.5), 3), f"p99_{step}_s": round(percentile(seconds, 0.99), 3),
                   f"max_{step}_s": round(max(seconds), 3)}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
