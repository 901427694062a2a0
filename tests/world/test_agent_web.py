"""The web server of both programs as Prometheus's exporters have it: --web.config.file, --web.listen-address, /sd, OpenMetrics.

What the programs observe is of no account here: neither Docker nor AWS is there.
"""

import json
import os
import socket
import ssl
from pathlib import Path

import pytest
import requests
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from hakoban_world.agent import HakobanAgent, run_once
from hakoban_world.certificates import Authority
from hakoban_world.prometheus import Prometheus
from hakoban_world.run import free_port, wait_for

NOBODY = "http://127.0.0.1:9"  # the discard port: nothing listens
# "open sesame" at bcrypt's least cost, as htpasswd writes it.
ALI = "basic_auth_users: {ali: $2y$04$JYW9cE/oeBGvIj3iu9JhN.l2BodHZ2kUmzMyEfW2OhXHyez06Q/j.}\n"
PASSWORD = ("ali", "open sesame")


class Site:
    """A program behind a web configuration file, and how a client reaches it."""

    def __init__(self, run, name, command, environment, folder, port):
        self.authority = Authority(folder)
        self.authority.issue("server", ["127.0.0.1", "localhost"])
        self.config = folder / "web.yml"
        self.tls("")
        self.port = port
        self.process = run.spawn(name, [*command, f"--web.config.file={self.config}"], environment)
        wait_for(f"{name} to listen", lambda: self.answers() or self.ended(run, name))

    def answers(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def ended(self, run, name):
        assert self.process.poll() is None, run.log_tail(name)
        return False

    def tls(self, more, rest=""):
        self.config.write_text(f"tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n{more}{rest}")

    def get(self, path="/metrics", **more):
        return requests.get(f"https://127.0.0.1:{self.port}{path}", verify=self.authority.certificate, timeout=10, **more)

    def session(self, auth=None):
        """One that keeps its connection, and heeds no variables of whoever runs the tests."""
        session = requests.Session()
        session.trust_env, session.verify, session.auth = False, self.authority.certificate, auth
        return session

    def handshake(self, **more):
        """(TLS version, cipher suite, the server's certificate)."""
        context = ssl.create_default_context(cafile=self.authority.certificate)
        for key, value in more.items():
            setattr(context, key, value)
        with socket.create_connection(("127.0.0.1", self.port), 10) as plain, \
                context.wrap_socket(plain, server_hostname="localhost") as wrapped:
            return wrapped.version(), wrapped.cipher()[0], wrapped.getpeercert(binary_form=True)


@pytest.fixture(scope="module", params=["agent", "coordinator"])
def site(request, world_run, agent_binary, tmp_path_factory):
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    settings = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY, "AWS_ENDPOINT_URL": NOBODY, "AWS_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s", "DOCKER_HOST": "unix:///nowhere.sock"}
    binary = [Path(agent_binary).parent / f"hakoban-{request.param}", f"--web.listen-address=127.0.0.1:{port}"]
    if request.param == "agent":
        binary += [f"--state-directory={folder / 'state'}", f"--ecs.introspection-url={NOBODY}"]
    site = Site(world_run, f"web-{request.param}", binary, settings, folder, port)
    yield site
    site.process.terminate()
    assert site.process.wait(10) == 0


def test_it_speaks_tls(site):
    site.tls("")
    assert site.get().status_code == 200
    assert site.handshake()[0] == "TLSv1.3"
    mistaken = requests.get(f"http://127.0.0.1:{site.port}/metrics", timeout=10)
    assert (mistaken.status_code, "HTTPS" in mistaken.text) == (400, True)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"https://127.0.0.1:{site.port}/metrics", timeout=10)  # an authority that nobody knows
    with site.session() as session:
        assert [session.get(f"https://127.0.0.1:{site.port}/healthz").status_code in (200, 503) for _ in range(5)] == [True] * 5


def test_versions_suites_and_curves_are_obeyed(site):
    site.tls("  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n  curve_preferences: [CurveP384]\n")
    assert site.handshake()[:2] == ("TLSv1.2", "ECDHE-ECDSA-AES256-GCM-SHA384")
    site.tls("  min_version: TLS13\n")
    with pytest.raises(ssl.SSLError):
        site.handshake(maximum_version=ssl.TLSVersion.TLSv1_2)


def test_a_renewed_certificate_is_served_at_once(site):
    site.tls("")
    before = site.handshake()[2]
    site.authority.issue("server", ["127.0.0.1", "localhost"])
    after = site.handshake()[2]
    assert before != after
    assert site.handshake()[2] == after


def test_clients_must_show_a_certificate_of_the_right_name(site):
    ours = site.authority.issue("prometheus", ["prometheus.example.com"], client=True)
    other = site.authority.issue("grafana", ["grafana.example.com"], client=True)
    stranger = Authority(site.authority.folder, "another authority").issue("stranger", ["prometheus.example.com"], client=True)
    ca = f"  client_ca_file: {site.authority.certificate.name}\n"
    refused = (requests.exceptions.SSLError, requests.exceptions.ConnectionError)

    site.tls(ca + "  client_auth_type: RequireAndVerifyClientCert\n")
    assert site.get(cert=ours).status_code == 200
    assert site.get(cert=other).status_code == 200
    for cert in (None, stranger):
        with pytest.raises(refused):
            site.get(cert=cert)

    site.tls(ca + "  client_auth_type: RequireAndVerifyClientCert\n  client_allowed_sans: [prometheus.example.com]\n")
    assert site.get(cert=ours).status_code == 200
    for cert in (None, other, stranger):
        with pytest.raises(refused):
            site.get(cert=cert)

    site.tls(ca + "  client_auth_type: VerifyClientCertIfGiven\n")
    assert site.get().status_code == 200
    with pytest.raises(refused):
        site.get(cert=stranger)

    site.tls("  client_auth_type: RequireAnyClientCert\n")
    assert site.get(cert=stranger).status_code == 200
    with pytest.raises(refused):
        site.get()


def test_passwords_and_headers_are_those_of_the_file(site):
    site.tls("", ALI + "http_server_config: {headers: {X-Frame-Options: deny}}\n")
    assert site.get().status_code == 401
    assert site.get().headers["WWW-Authenticate"] == "Basic"
    assert site.get(auth=("ali", "wrong")).status_code == 401
    assert site.get(auth=("nobody", "open sesame")).status_code == 401
    entered = site.get(auth=PASSWORD)
    assert (entered.status_code, entered.headers["X-Frame-Options"]) == (200, "deny")
    assert site.get("/healthz").status_code == 401


def test_a_file_that_becomes_wrong_lets_nobody_in_until_it_is_mended(site):
    site.tls("", ALI)
    with site.session(PASSWORD) as session:
        address = f"https://127.0.0.1:{site.port}/metrics"
        assert session.get(address, timeout=10).status_code == 200
        site.tls("", "basic_auth_users: {ali: no hash}\n")
        assert session.get(address, timeout=10).status_code == 500
    with pytest.raises(requests.exceptions.ConnectionError):
        site.get(auth=PASSWORD)
    site.tls("", ALI)
    page = site.get(auth=PASSWORD)
    assert "hakoban_web_config_good 1" in page.text
    assert "hakoban_web_config_reload_failures_total " in page.text


def test_openmetrics_is_what_the_specification_says(site):
    site.tls("")
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    answer = site.get(headers={"Accept": accept, "Accept-Encoding": "gzip"})
    assert answer.headers["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.text.endswith("\n# EOF\n")
    families = {family.name: family for family in text_string_to_metric_families(answer.text)}
    assert families["hakoban_web_config_reload_failures"].type == "counter"
    assert families["hakoban_web_config_good"].type == "gauge"
    plain = site.get(headers={"Accept": "text/plain", "Accept-Encoding": "identity"})
    assert plain.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert "Content-Encoding" not in plain.headers and "# EOF" not in plain.text


def test_prometheus_scrapes_it_with_certificate_and_password(site, world_run, tmp_path):
    cert, key = site.authority.issue("prometheus", ["prometheus.example.com"], client=True)
    site.tls(f"  client_ca_file: {site.authority.certificate.name}\n  client_auth_type: RequireAndVerifyClientCert\n", ALI)
    job = {"job_name": "it", "scheme": "https", "scrape_interval": "1s", "scrape_timeout": "1s",
           "basic_auth": dict(zip(("username", "password"), PASSWORD, strict=True)),
           "tls_config": {"ca_file": str(site.authority.certificate), "cert_file": str(cert), "key_file": str(key)},
           "static_configs": [{"targets": [f"127.0.0.1:{site.port}"]}]}
    with Prometheus(world_run, tmp_path, {"scrape_configs": [job]}, name=f"prometheus-{site.port}") as prometheus:
        wait_for("a good scrape", lambda: prometheus.query("up == 1") and prometheus.query("hakoban_web_config_good == 1"), timeout=15)


def test_a_wrong_file_is_a_problem_of_the_settings(world_run, agent_binary, tmp_path):
    config = tmp_path / "web.yml"
    for text, said in (("tls_server_config: {cert_file: none.pem, key_file: none.key}", "none.pem"),
                       ("basic_auth_users: {ali: secret}", "basic_auth_users.ali"), ("tls: {}", "tls: unknown key")):
        config.write_text(text)
        for program in ("hakoban-agent", "hakoban-coordinator"):
            code, output = run_once(world_run, Path(agent_binary).parent / program, ["--check-config", f"--web.config.file={config}"])
            assert code == 1 and said in output and "web.config.file" in output and "secret" not in output, output


def test_it_listens_on_each_address_it_is_given(world_run, agent_binary, tmp_path):
    ports, path = [free_port(), free_port()], tmp_path / "web.sock"
    agent = HakobanAgent(world_run, agent_binary, {"web.listen_address": f"127.0.0.1:{free_port()}", "ecs.introspection_url": NOBODY},
                         {"DOCKER_HOST": "unix:///nowhere.sock", "AWS_EC2_METADATA_SERVICE_ENDPOINT": NOBODY}, name="addresses",
                         arguments=[*(f"--web.listen-address=127.0.0.1:{port}" for port in ports), f"--web.listen-address=unix:{path}"])
    with agent:
        agent.start(healthy=False)
        for port in ports:
            wait_for("an answer", lambda: _status(f"http://127.0.0.1:{port}/metrics") == 200)
        with socket.socket(socket.AF_UNIX) as local:
            local.connect(os.fspath(path))
            local.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            assert local.recv(64).startswith(b"HTTP/1.0 200")
        listed = json.loads(requests.get(f"http://127.0.0.1:{ports[0]}/sd", timeout=5).text)
        assert listed[0]["targets"] == [f"127.0.0.1:{ports[0]}"]
        agent.terminate()
    assert not path.exists()


def _status(address):
    try:
        return requests.get(address, timeout=5).status_code
    except requests.exceptions.ConnectionError:
        return None
