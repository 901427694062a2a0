"""One spot interruption from end to end, watched by a person and judged by boto3 (scripts/demo runs it).

Starts the world, runs a web service, a chatty worker and a batch job on one host, then tells that host's agent that
its two minutes have begun. Exit code 0 only if every target is out, every task stopped, and every log line in S3 once.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
import time
import urllib.request
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from hakoban_world.engine import Engine
from hakoban_world.ledger import Behaviour
from hakoban_world.run import Run, WorldError, wait_for
from hakoban_world.scenario import talker
from hakoban_world.world import BUCKET, PREFIX, World

NOTICE_SECONDS = 120.0  # EC2 gives two minutes
DEREGISTRATION_DELAY = 20.0
METRICS = ("container_cpu_usage_seconds_total", "container_memory_working_set_bytes",
           "container_spec_memory_limit_bytes", "container_network_receive_bytes_total")
TIMELINE = ("time", "level", "event", "step", "since_notice", "slack")
_begun = time.monotonic()


def say(text: str = "") -> None:
    print(f"[{time.monotonic() - _begun:6.1f} s] {text}" if text else "", flush=True)


def chapter(text: str) -> None:
    say()
    say(f"— {text}")


class Demo:
    def __init__(self, world: World, agent_binary: Path) -> None:
        self.world = world
        self.binary = agent_binary
        self.group = ""
        self.batch = ""
        self.agent: Any = None
        self.noticed_at = 0.0

    def fill_the_host(self) -> None:
        chapter("A web service of two tasks behind a target group, each with a sidecar; a chatty worker; a batch job")
        scenario = self.world.scenario
        self.group = self.world.aws.add_target_group("web", delay=DEREGISTRATION_DELAY)
        web = scenario.define("web", talker("app", serve=True, pause=0.2, stopTimeout=20), talker("proxy", pause=1))
        scenario.service("web", web, count=2, group=self.group)
        scenario.service("worker", scenario.define("worker", talker("worker", pause=0.005)))
        self.batch = scenario.batch(scenario.define("batch", talker("job", pause=0.1)))[0]
        self.world.aws.wait_for_tasks("two web tasks, the worker and the job to run", count=4)
        wait_for("both targets to be healthy",
                 lambda: list(self.world.witness.targets(self.group).values()) == ["healthy"] * 2, timeout=30)
        for arn, task in self.world.witness.tasks(self.world.cluster).items():
            say(f"  {task['lastStatus']} {task['group']:<16} {arn.rpartition('/')[2]}")
        for (instance, port), state in self.world.witness.targets(self.group).items():
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).read()
            say(f"  target {instance}:{port} is {state} and answers")

    def start_the_agent(self) -> None:
        chapter("The agent, configured by environment alone")
        self.agent = self.world.host.agent(self.binary, "agent")
        self.agent.start()
        say(f"  {self.agent.binary} (pid {self.agent.process.pid}) serves {self.agent.url}/metrics")

    def show_metrics(self) -> None:
        chapter("Metrics of each container")
        wanted = {("web", "app"), ("web", "proxy"), ("worker", "worker"), ("batch", "job")}

        def complete() -> Any:
            page = self.agent.scrape()
            shown = {(s.labels.get("ecs_service") or s.labels.get("ecs_task_family"), s.labels.get("ecs_container"))
                     for s in page.all(METRICS[0])
                     if s.labels.get("ecs_service") or s.labels.get("ecs_task_family") == "batch"}
            return page if wanted <= shown else None
        page = wait_for("metrics of every container", complete, timeout=20)
        say(f"  {'service/container':<22}{'task':<10}{'cpu s':>8}{'memory KiB':>12}{'limit KiB':>11}{'received B':>12}")
        rows = page.all("container_spec_memory_limit_bytes")
        for sample in sorted(rows, key=lambda s: s.labels.get("ecs_task_family", "")):
            labels = sample.labels
            if labels.get("ecs_task_id"):
                cpu, memory, limit, received = (page.sum(name, id=labels["id"]) for name in METRICS)
                owner = f"{labels.get('ecs_service') or labels['ecs_task_family']}/{labels['ecs_container']}"
                say(f"  {owner:<22}{labels['ecs_task_id'][:8]:<10}{cpu:>8.3f}{memory / 1024:>12.0f}"
                    f"{limit / 1024:>11.0f}{received:>12.0f}")
        lines = (line for line in page.text.splitlines() if line.startswith(METRICS[1] + "{"))
        say(f"  such as {next(line for line in lines if 'ecs_service=' in line)}")

    def show_logs(self) -> None:
        chapter("Log objects appear")
        shown: dict[tuple[str, str], str] = {}
        wanted = {("web", "app"), ("web", "proxy"), ("worker", "worker"), ("batch", "job")}

        def complete() -> bool:
            for key in self.world.witness.log_keys(BUCKET, f"{PREFIX}/"):
                owner, container = key.removeprefix(f"{PREFIX}/").split("/")[:2]
                if (owner, container) not in shown:
                    shown[owner, container] = key
                    say(f"  s3://{BUCKET}/{key}")
            return wanted <= shown.keys()
        wait_for("a log object of every container", complete, timeout=30, interval=0.2)

    def interrupt(self) -> None:
        chapter(f"EC2 takes the instance back in {NOTICE_SECONDS:.0f} s")
        self.noticed_at = time.time()
        deadline = self.world.host.imds.spot_notice(seconds=NOTICE_SECONDS)
        say(f"  spot notice: terminate at {deadline:%H:%M:%S}Z")

    def follow(self) -> None:
        """Prints the agent's timeline as it happens, until the drain is over."""
        say(f"  {'step':<24}{'since notice':>14}{'slack':>10}")
        told = 0

        def finished() -> bool:
            nonlocal told
            self.agent.check_alive()
            steps = self.agent.events("drain step")
            for step in steps[told:]:
                rest = " ".join(f"{key}={value}" for key, value in step.items() if key not in TIMELINE)
                say(f"  {step['step']:<24}{step['since_notice']:>12} s{step['slack']:>8} s  {rest}")
            told = len(steps)
            return any(step["step"] == "drain_finished" for step in steps)
        wait_for("the agent to finish the drain", finished, timeout=NOTICE_SECONDS + 5, interval=0.1)

    def judge(self) -> bool:
        chapter("boto3's verdict")
        witness, cluster = self.world.witness, self.world.cluster
        left = {t: s for t, s in witness.targets(self.group).items() if s != "unused"}
        tasks = witness.tasks(cluster)
        running = [arn for arn, task in tasks.items() if task["lastStatus"] != "STOPPED"]
        killed = [c for t in tasks.values() for c in t["containers"] if c.get("exitCode") != 0]
        spoken = self.world.spoken()
        with suppress(AssertionError):  # what is missing then, the verdict tells
            self.world.wait_shipped(spoken, timeout=10)
        recount = self.world.recount()
        differences = recount.differences(spoken) + recount.faults
        lines = sum(len(said) for said in spoken.values())
        status = witness.instance(cluster, self.world.host.arn)["status"]
        verdicts = [
            (status == "DRAINING", f"the container instance is {status}"),
            (not left, f"every target is out of {self.group.split('/')[-2]}" + (f", but {left}" if left else "")),
            (not running, f"{len(tasks) - len(running)} of {len(tasks)} tasks are STOPPED"),
            (not killed, f"{len(killed)} containers had to be killed"),
            (not differences, f"{lines} log lines of {len(spoken)} containers are in S3 exactly once, "
                              f"in {len(recount.objects)} objects"),
            self._sigterm_came_after_the_targets_were_out(tasks),
        ]
        for good, text in verdicts:
            say(f"  {'ok  ' if good else 'FAIL'} {text}")
        for difference in differences[:10]:
            say(f"       {difference}")
        say(f"  notice to DRAINING:     {self._since_notice('ecs', 'UpdateContainerInstancesState')}")
        say(f"  notice to deregistered: {self._since_notice('elasticloadbalancing', 'DeregisterTargets')}")
        return all(good for good, _ in verdicts)

    def show_urls(self, good: bool) -> None:
        chapter(f"It {'holds' if good else 'does NOT hold'}, and stays up until Ctrl-C")
        keys = self.world.aws.reader.get_credentials()
        say(f"  agent      {self.agent.url}/ (log: {self.world.run.folder}/log/agent.log)")
        say(f"  AWS        {self.world.aws.url} (every call: {self.world.run.folder}/log/aws-calls.jsonl), to read it:")
        say(f"             AWS_ACCESS_KEY_ID={keys.access_key} AWS_SECRET_ACCESS_KEY={keys.secret_key} "
            f"AWS_REGION={self.world.aws.region} AWS_ENDPOINT_URL={self.world.aws.url}")
        say(f"  logs       s3://{BUCKET}/{PREFIX}/")
        say(f"  Docker     docker -H {self.world.engine.url} ps -a")
        say(f"  metadata   {self.world.host.imds.endpoint}")
        say(f"  ECS agent  {self.world.host.ecs_agent.introspection.url}/v1/tasks")
        threading.Event().wait()

    def _sigterm_came_after_the_targets_were_out(self, tasks: dict[str, Any]) -> tuple[bool, str]:
        """By the times at which AWS saw the calls; a target is out when its group's delay is over."""
        def times(service: str, action: str) -> list[Any]:
            return [c for c in self.world.calls_of_agents(service, action) if c.status == 200]
        web = {arn for arn, task in tasks.items() if task["group"] == "service:web"}
        out = [c.time + DEREGISTRATION_DELAY for c in times("elasticloadbalancing", "DeregisterTargets")]
        told = [c.time for c in times("ecs", "StopTask") if c.parameters.get("task") in web]
        good = bool(out) and len(told) >= len(web) and min(told) >= max(out)
        return good, f"the web tasks were told to stop {'after' if good else 'BEFORE'} their targets were out"

    def end_the_agent(self) -> bool:
        """SIGTERM: it has ten seconds to ship what it has and end."""
        seconds, code = self.agent.terminate()
        say(f"  {'ok  ' if code == 0 else 'FAIL'} on SIGTERM the agent ends with {code} after {seconds:.2f} s")
        return code == 0

    def _since_notice(self, service: str, action: str) -> str:
        calls = [c for c in self.world.calls_of_agents(service, action) if c.status == 200]
        if not calls:
            return "never"
        return f"{calls[0].time + calls[0].duration - self.noticed_at:.2f} s"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agent", type=Path, required=True, help="the hakoban-agent to run")
    parser.add_argument("--keep", action="store_true", help="leave all running until Ctrl-C, and print the URLs")
    return parser.parse_args()


def main() -> int:
    wanted = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if not wanted.agent.exists():
        print(f"demo: no agent at {wanted.agent}", file=sys.stderr)
        return 2
    say(f"hakoban's demo, {datetime.now():%Y-%m-%d %H:%M}: one host, one spot interruption")
    chapter("The world: a Docker engine with its own bridge, AWS with signatures and IAM on, instance metadata")
    with Run() as run, Engine(run) as engine, World(run, engine, behaviour=Behaviour()) as world:
        say(f"  engine {engine.url}, AWS {world.aws.url}, metadata {world.host.imds.endpoint}")
        demo = Demo(world, wanted.agent.resolve())
        try:
            demo.fill_the_host()
            demo.start_the_agent()
            demo.show_metrics()
            demo.show_logs()
            demo.interrupt()
            demo.follow()
            good = demo.judge()
            if not wanted.keep:
                good = demo.end_the_agent() and good
        except (AssertionError, OSError, TimeoutError) as error:
            say(f"FAIL {error}")
            say(f"the agent's last words:\n{run.log_tail('agent')}")
            good = False
        if wanted.keep and demo.agent is not None:
            demo.show_urls(good)
        chapter("Cleaning up")
    say("done: all holds" if good else "done: it does NOT hold")
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
    except WorldError as problem:
        print(f"demo: {problem}", file=sys.stderr)
        sys.exit(2)
