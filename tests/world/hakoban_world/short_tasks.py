"""Tasks that live for less than a scrape interval: real containers with the ECS agent's labels, and the truth about them
from the kernel: the CPU time of the cgroup that they all were in, which outlives them."""

import random
import secrets
import threading
from pathlib import Path

from .engine import IMAGE

V1 = Path("/sys/fs/cgroup/cpuacct")
V2 = Path("/sys/fs/cgroup")

# Burns CPU until its time is up; busybox's own clock has whole seconds only, so it counts rounds of a known length.
BURN = "i=0; while [ $i -lt {rounds} ]; do i=$((i+1)); done; exit {code}"
# Lives for a moment, then takes memory until it is killed.
EAT = "sleep 0.2; exec tail /dev/zero"


def labels_of(task, family, container="job"):
    arn = f"arn:aws:ecs:eu-west-1:123456789012:task/short/{task}"
    return {"com.amazonaws.ecs.cluster": "short", "com.amazonaws.ecs.container-name": container,
            "com.amazonaws.ecs.task-arn": arn, "com.amazonaws.ecs.task-definition-family": family,
            "com.amazonaws.ecs.task-definition-version": "1"}


class ShortTasks:
    """`engine`: where they run. All of them are in one cgroup, which stays."""

    def __init__(self, engine):
        self.engine = engine
        self.parent = f"/hakoban-short-{secrets.token_hex(4)}"

    def run(self, count, command_of, family, side_by_side=6, **options):
        """Runs `count` tasks of one container each and waits for the last one's end. Returns their exit codes."""
        numbers, codes, lock = iter(range(count)), [], threading.Lock()

        def work():
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                container = self.engine.client.containers.run(
                    IMAGE, command=["sh", "-c", command_of(number)], detach=True, cgroup_parent=self.parent,
                    labels=labels_of(secrets.token_hex(16), family), **options)
                codes.append(container.wait()["StatusCode"])

        workers = [threading.Thread(target=work) for _ in range(side_by_side)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return codes

    def cpu_seconds(self):
        v1 = V1 / self.parent.lstrip("/") / "cpuacct.usage"
        if v1.exists():
            return int(v1.read_text()) / 1e9
        stat = dict(line.split() for line in (V2 / self.parent.lstrip("/") / "cpu.stat").read_text().splitlines())
        return int(stat["usage_usec"]) / 1e6


def burner(rounds_in_a_second, longest=3, seed=1, codes=(0, 0, 0, 3)):
    """Commands that burn CPU for 0.2 to `longest` seconds and end with one of `codes`."""
    dice = random.Random(seed)

    def command(_):
        return BURN.format(rounds=int(rounds_in_a_second * dice.uniform(0.2, longest)), code=dice.choice(codes))
    return command
