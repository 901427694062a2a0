"""packaging/grafana and packaging/prometheus against a real Prometheus that scrapes a real agent with real containers.

Every panel's query has to bring data, every rule has to be evaluated, and so have the queries of the cAdvisor dashboards that
people have already. What cannot come about here comes from `Synthetic`, which says why.
"""

import json
import re
import subprocess
import sys
import time
import urllib.request

import pytest
import yaml
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from hakoban_world.prometheus import Prometheus
from hakoban_world.run import ROOT, wait_for
from hakoban_world.scenario import talker
from hakoban_world.synthetic import Synthetic

GRAFANA, PACKAGED = ROOT / "packaging/grafana", ROOT / "packaging/prometheus"
DASHBOARDS = {path.stem: json.loads(path.read_text()) for path in sorted((GRAFANA / "dashboards").glob("*.json"))}
DELAY = 2

# As they stand in the dashboards 193, 893, 10619 and 14282 of grafana.com, and in those of users of ECS.
CADVISOR = [
    'count(rate(container_last_seen{name=~".+"}[30s]))',
    'count(container_last_seen{instance=~"$host",image!=""})',
    'sum(rate(container_cpu_user_seconds_total{image!=""}[30s])) * 100',
    'sum(rate(container_cpu_usage_seconds_total{instance=~"$host",name=~"$container",name=~".+"}[30s])) by (name) * 100',
    'sum(rate(container_cpu_usage_seconds_total{id="/"}[30s])) / sum(machine_cpu_cores) * 100',
    'sum(container_memory_rss{instance=~"$host",name=~"$container",name=~".+"}) by (name)',
    'sum(container_memory_cache{instance=~"$host",name=~"$container",name=~".+"}) by (name)',
    'sum(container_memory_usage_bytes{image!=""}) by (name)',
    'sum(container_memory_working_set_bytes{id="/"}) / sum(machine_memory_bytes) * 100',
    'sum(container_memory_usage_bytes{name=~".+"}) by (name) / sum(container_spec_memory_limit_bytes{name=~".+"} > 0) by (name)',
    'sum(rate(container_network_receive_bytes_total{instance=~"$host",name=~"$container",name=~".+"}[30s])) by (name)',
    'sum(rate(container_network_transmit_bytes_total{instance=~"$host",name=~"$container",name=~".+"}[30s])) by (name)',
    'sum(rate(container_fs_reads_bytes_total{name=~".+"}[30s]) + rate(container_fs_writes_bytes_total{name=~".+"}[30s])) by (name)',
    '(time() - container_start_time_seconds{instance=~"$host",name=~"$container",name=~".+"}) / 86400',
    'container_memory_usage_bytes{container_label_com_amazonaws_ecs_task_definition_family="web"}',
    'sum(rate(container_cpu_usage_seconds_total{container_label_com_amazonaws_ecs_container_name="app"}[30s])) by '
    '(container_label_com_amazonaws_ecs_cluster, container_label_com_amazonaws_ecs_task_definition_family)',
    'count(container_last_seen{container_label_com_amazonaws_ecs_task_arn!=""}) by (container_label_com_amazonaws_ecs_task_definition_version)',
]


class Scene:
    """A service with a sidecar, a batch job with a CPU quota, jobs that end well and badly, the agent, Prometheus."""

    def __init__(self, world, binary, folder):
        self.world = world
        scenario, group = world.scenario, world.aws.add_target_group("web", delay=DELAY)
        scenario.service("web", scenario.define(
            "web", talker("app", serve=True, memoryReservation=32, stopTimeout=2), talker("proxy", essential=False, stopTimeout=2),
            cpu="512", memory="256"), group=group)
        scenario.batch(scenario.define("job", talker("main", stopTimeout=2), cpu="256", memory="256"))
        world.aws.wait_for_tasks("web and the job", count=2)
        world.aws.faults.add("error", service="s3", action="PutObject", times=3, code="AccessDenied", status=403)  # indexes of tasks are put, too
        self.agent = world.host.agent(binary, "dashboards").start()
        self.synthetic = world.stack.enter_context(Synthetic())
        self.prometheus = world.stack.enter_context(Prometheus(world.run, folder, self.config()))
        wait_for("a first good scrape", lambda: self.prometheus.query('up{job="hakoban-agent"} == 1'))
        for family, code in (("good", 0), ("bad", 3)):
            scenario.batch(scenario.define(family, {**talker("main"), "command": ["sh", "-c", f"echo so; sleep 2; exit {code}"]}))

    def config(self):
        """The packaged one; only addresses and intervals are the world's."""
        config = yaml.safe_load((PACKAGED / "prometheus.yml").read_text())
        config["global"] = {"scrape_interval": "1s", "evaluation_interval": "1s"}
        config["rule_files"] = [str(PACKAGED / "rules/*.yml")]
        agents, coordinator, containers = config["scrape_configs"]
        for job in (agents, containers):
            job["http_sd_configs"][0] |= {"url": self.agent.url + "/sd", "refresh_interval": "1s"}
        agents["scrape_timeout"] = "1s"
        # The host's private address, as metadata has it, is nowhere in this world.
        agents["relabel_configs"].append({"target_label": "__address__", "replacement": self.agent.url.removeprefix("http://")})
        synthetic = {"job_name": "synthetic", "honor_labels": True, "static_configs": [{"targets": [self.synthetic.address]}]}
        config["scrape_configs"] = [agents, containers, synthetic]
        return config


@pytest.fixture(scope="module")
def scene(make_world, agent_binary, tmp_path_factory):
    return Scene(make_world(), agent_binary, tmp_path_factory.mktemp("prometheus"))


def asked_for_all(expression):
    """As Grafana sends it when every variable stands at All, but without the zero that some numbers fall back on."""
    concrete = expression.replace("$__rate_interval", "10s").replace(" or vector(0)", "")
    return re.sub(r'"\$\w+"', '".*"', concrete)


def queries_of(dashboard):
    return {f"{panel['title']} [{target['refId']}]": asked_for_all(target["expr"])
            for panel in dashboard["panels"] for target in panel.get("targets") or []}


def unanswered(prometheus, queries, timeout=25.0):
    """Asks until each query has brought data once; what is left after `timeout`."""
    left, deadline = dict(queries), time.monotonic() + timeout
    while left and time.monotonic() < deadline:
        left = {name: query for name, query in left.items() if not prometheus.query(query)}
        time.sleep(0.3 if left else 0)
    return left


def variables_without_values(prometheus, dashboard):
    queries = [variable["query"] for variable in dashboard["templating"]["list"] if variable["type"] == "query"]
    parts = {query: re.fullmatch(r"label_values\((.*), (\w+)\)", query).groups() for query in queries}
    return [query for query, (selector, label) in parts.items() if not prometheus.label_values(label, asked_for_all(selector))]


def test_the_committed_dashboards_are_current():
    done = subprocess.run([sys.executable, GRAFANA / "generate.py", "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("uid", sorted(DASHBOARDS.keys() - {"hakoban-drain", "hakoban-coordinator"}))
def test_every_panel_brings_data(scene, uid):
    left = unanswered(scene.prometheus, queries_of(DASHBOARDS[uid]))
    assert left == {}, json.dumps(left, indent=2)


@pytest.mark.parametrize("uid", sorted(DASHBOARDS.keys() - {"hakoban-coordinator"}))
def test_every_variable_has_values(scene, uid):
    assert variables_without_values(scene.prometheus, DASHBOARDS[uid]) == []


def test_the_queries_of_cadvisors_dashboards_bring_data(scene):
    left = unanswered(scene.prometheus, {query: asked_for_all(query) for query in CADVISOR})
    assert left == {}, json.dumps(left, indent=2)


def test_every_rule_is_evaluated_and_the_recorded_ones_bring_data(scene):
    assert [rule for rule in scene.prometheus.rules() if rule[1] != "ok"] == []
    names = {group_rule["record"] for path in (PACKAGED / "rules").glob("*.yml")
             for group in yaml.safe_load(path.read_text())["groups"] for group_rule in group["rules"] if "record" in group_rule}
    assert unanswered(scene.prometheus, {name: name for name in names}) == {}
    firing = {labels["alertname"] for labels, _ in scene.prometheus.query('ALERTS{alertstate="firing", job!="synthetic"}')}
    assert firing & {"HakobanAgentDown", "HakobanCollectorFails", "HakobanWebConfigWrong"} == set()


def test_prometheus_and_its_client_library_read_the_page_as_openmetrics(scene):
    """Prometheus 2.42 asks for OpenMetrics, and only that has units."""
    metadata = json.loads(scene.prometheus.get("/api/v1/metadata", metric="ecs_task_cpu_usage_seconds"))["data"]
    assert metadata["ecs_task_cpu_usage_seconds"][0] == {"type": "counter", "unit": "seconds", "help": "CPU time used."}
    request = urllib.request.Request(scene.agent.url + "/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    assert families["ecs_task"].type == families["ecs_container"].type == "info"
    assert families["container_memory_failcnt"].type == "unknown", "a counter of cAdvisor's without _total keeps its name"
    names = {sample.name for family in families.values() for sample in family.samples}
    assert names == {re.match(r"\w+", line)[0] for line in scene.agent.get("/metrics").splitlines() if not line.startswith("#")}


def test_what_is_synthetic_is_so_of_need(scene):
    """A family that the agent has itself needs no look-alike."""
    page = scene.agent.scrape()
    assert {name for name in scene.synthetic.names() if page.all(name)} == set()


def test_the_answers_are_true(scene):
    """Not only some data, but the right ones: how many run, and whose limit is whose."""
    ask = scene.prometheus.query
    assert ask('count(ecs_task_running_containers{ecs_service="web"})') == [({}, 1.0)]
    limits = {labels["ecs_container"]: value for labels, value in ask('container_spec_memory_limit_bytes{ecs_service="web"}')}
    assert limits == {"app": 64 << 20, "proxy": 64 << 20}
    assert {labels["ecs_role"] for labels, _ in ask('container_last_seen{ecs_service="web"}')} == {"app", "sidecar"}
    ended = {labels["ecs_task_family"]: labels["exit_code"] for labels, _ in ask('ecs_family_tasks_finished_total')}
    assert ended == {"good": "0", "bad": "3"}


def test_the_drain_dashboard_brings_data_through_a_drain(scene):
    queries, imds = queries_of(DASHBOARDS["hakoban-drain"]), scene.world.host.imds
    imds.break_with("500")
    wait_for("a poll that failed", lambda: scene.agent.scrape().sum("hakoban_notice_poll_failures_total"))
    imds.mend()
    imds.spot_notice(seconds=60)
    left = unanswered(scene.prometheus, queries, timeout=40.0)
    assert left == {}, json.dumps(left, indent=2)


def test_the_coordinator_dashboard_brings_data_while_a_fleet_grows(fleet, world_run, tmp_path):
    pool = fleet.asg(desired=1)
    fleet.wait_registered(pool, 1)
    coordinator = fleet.coordinator()
    config = yaml.safe_load((PACKAGED / "prometheus.yml").read_text())
    config |= {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(PACKAGED / "rules/*.yml")]}
    agents, itself, _ = config["scrape_configs"]
    agents["scrape_timeout"] = "1s"
    agents["http_sd_configs"][0] |= {"url": coordinator.url + "/sd", "refresh_interval": "1s"}
    itself["static_configs"] = [{"targets": [coordinator.url.removeprefix("http://")], "labels": {"ecs_cluster": fleet.cluster}}]
    config["scrape_configs"] = [agents, itself]
    with Prometheus(world_run, tmp_path, config, name="prometheus-fleet") as prometheus:
        wait_for("a first good scrape", lambda: prometheus.query('up{job="hakoban-coordinator"} == 1'))
        fleet.service("web", 900, 3000, 3)
        fleet.waits((512, 1500))
        dashboard = DASHBOARDS["hakoban-coordinator"]
        left = unanswered(prometheus, queries_of(dashboard), timeout=30.0)
        assert left == {}, json.dumps(left, indent=2)
        assert variables_without_values(prometheus, dashboard) == []
        up = wait_for("an agent that the coordinator tells of", lambda: prometheus.query('up{job="hakoban-agent"}'), timeout=20)
        found = {labels["instance_id"]: labels["ecs_cluster"] for labels, _ in up}
        assert set(found.values()) == {fleet.cluster}
