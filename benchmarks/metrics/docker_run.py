"""Real containers on a real bridge: the agent and cAdvisor beside one another, and what both tell compared."""

import time

from bench_host import start_agent, wait_for
from compare import disagreements
from farm_run import figures_of
from hakoban_world.engine import IMAGE, Engine
from hakoban_world.short_tasks import labels_of
from peer_run import Peer

# A little of everything that is counted, then rest: values stand still while they are compared.
WORK = ("dd if=/dev/zero of=/tmp/file bs=64k count={blocks} 2>/dev/null; sync; i=0; while [ $i -lt {rounds} ]; do i=$((i+1)); done; "
        "wget -q -O /dev/null http://127.0.0.1:9/ ; exec sleep 1000000")


def start_containers(engine, count):
    for number in range(count):
        limits = {"mem_limit": "64m", "cpu_period": 100000, "cpu_quota": 50000} if number % 3 == 0 else {}
        engine.client.containers.run(IMAGE, ["sh", "-c", WORK.format(blocks=1 + number % 7, rounds=2000 + 100 * number)], detach=True,
                                     name=f"bench-{number}", labels=labels_of(f"{number:032x}", f"family-{number % 5}"), **limits)


def measure_docker(run, count, quick, peer_program):
    with Engine(run) as engine:
        start_containers(engine, count)
        agent, measured = start_agent(run, engine.url, name="agent-docker")
        with agent:
            wait_for("all containers on the page", lambda: len(agent.scrape().all("container_start_time_seconds")) >= count,
                     timeout=60)
            told = figures_of(agent, measured, 10 if quick else 60, 3 if quick else 10)
            if peer_program:
                told |= beside_cadvisor(run, peer_program, engine, agent, count, quick)
            agent.terminate()
        measured.group.remove()
    return told


def beside_cadvisor(run, program, engine, agent, count, quick):
    peer = Peer(run, program, "peer-docker", ["-docker", engine.url, "-docker_only=true"])
    try:
        peer.wait_for(count, 'image="world')
        time.sleep(3)
        figures = peer.figures(5 if quick else 30, 3 if quick else 10)
        wait_for("every container to rest", lambda: rests(agent), timeout=120, interval=2)
        before = agent.get("/metrics")
        time.sleep(6)  # cAdvisor reads each container once a second or two
        theirs = peer.text()
        after = agent.get("/metrics")
        return {"peer": figures, "compared": disagreements(before, theirs, after)}
    finally:
        peer.close()


def rests(agent):
    first = agent.scrape()
    time.sleep(1)
    then = agent.scrape()
    busy = sum(s.value for s in then.all("ecs_task_cpu_usage_seconds_total")) - sum(
        s.value for s in first.all("ecs_task_cpu_usage_seconds_total"))
    return busy < 0.005
