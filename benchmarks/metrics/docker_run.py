"""Real containers on a real bridge: the agent and cAdvisor beside one another, and what both tell compared."""

import time
from concurrent.futures import ThreadPoolExecutor

from bench_host import start_agent, wait_for
from compare import disagreements
from farm_run import figures_of
from hakoban_world.engine import IMAGE, Engine
from hakoban_world.short_tasks import labels_of
from peer_run import INTERVAL, Peer, of_an_interval

# A little of everything that is counted, then rest: values stand still while they are compared.
WORK = ("dd if=/dev/zero of=/tmp/file bs=64k count={blocks} 2>/dev/null; sync; i=0; while [ $i -lt {rounds} ]; do i=$((i+1)); done; "
        "wget -q -O /dev/null http://127.0.0.1:9/ ; exec sleep 1000000")


def start_containers(engine, count):
    def start(number):
        limits = {"mem_limit": "64m", "cpu_period": 100000, "cpu_quota": 50000} if number % 3 == 0 else {}
        engine.client.containers.run(IMAGE, ["sh", "-c", WORK.format(blocks=1 + number % 7, rounds=2000 + 100 * (number % 50))],
                                     detach=True, name=f"bench-{number}",
                                     labels=labels_of(f"{number:032x}", f"family-{number % 5}"), **limits)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(start, range(count)))


def measure_docker(run, count, quick, peer_program):
    with Engine(run, name=f"engine-{count}", many=True) as engine:
        start_containers(engine, count)
        agent, measured = start_agent(run, engine.url, name=f"agent-docker-{count}")
        with agent:
            wait_for("all containers on the page", lambda: len(agent.scrape().all("container_start_time_seconds")) >= count,
                     timeout=60)
            wait_for("every container to rest", lambda: rests(agent), timeout=300, interval=2)
            told = figures_of(agent, measured, 10 if quick else 60, 3 if quick else 10)
            told["interval_cpu_ms"] = of_an_interval(told, told["idle_core_percent"])
            print(f"{count} real containers, the agent alone: {told}", flush=True)  # the peer may take an hour
            if peer_program:
                told |= beside_cadvisor(run, peer_program, engine, agent, count, quick)
            agent.terminate()
        measured.group.remove()
    return told


# As cAdvisor comes (containers that rest are looked at once a minute), and told to look at each once between two scrapes,
# so that its numbers are about as fresh as the agent's.
PEERS = {"peer": [], "peer_fresh": [f"-housekeeping_interval={INTERVAL}s", "-allow_dynamic_housekeeping=false"]}


def beside_cadvisor(run, program, engine, agent, count, quick):
    told = {}
    for name, flags in PEERS.items():
        peer = Peer(run, program, f"{name}-docker-{count}", ["-docker", engine.url, "-docker_only=true", *flags])
        try:
            peer.wait_for(count, 'image="world')
            time.sleep(3)
            figures = told[name] = peer.figures(5 if quick or count > 100 else 30, 3 if quick else 2 * INTERVAL)
            figures["interval_cpu_ms"] = of_an_interval(figures, figures["background_core_percent"])
            if name == "peer" and count <= 100:
                told["compared"] = compare(peer, agent)
        finally:
            peer.close()
    return told


def compare(peer, agent):
    wait_for("every container to rest", lambda: rests(agent), timeout=120, interval=2)
    before = agent.get("/metrics")
    time.sleep(6)  # cAdvisor reads each container once a second or two
    theirs = peer.text()
    return disagreements(before, theirs, agent.get("/metrics"))


def rests(agent):
    first = agent.scrape()
    time.sleep(1)
    then = agent.scrape()
    busy = sum(s.value for s in then.all("ecs_task_cpu_usage_seconds_total")) - sum(
        s.value for s in first.all("ecs_task_cpu_usage_seconds_total"))
    return busy < 0.005
