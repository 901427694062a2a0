"""TLS as the agent speaks it: AWS_CA_BUNDLE is trusted, nothing else is, and a connection is used again."""

import http.server
import json
import os
import ssl
import subprocess
import threading

import pytest


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=look-alike", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem",
                    "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def https(certificate):
    """An "ECS" that says every container instance is ACTIVE; it counts its connections."""
    peers = set()

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            peers.add(self.client_address)
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            names = asked.get("tasks", [])
            answer = json.dumps({"tasks": [{"taskArn": name} for name in names], "containerInstances": [{"status": "ACTIVE"}]}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.peers = peers
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ask(tool, https):
    def run(*arguments, **more):
        environment = {"PATH": os.environ["PATH"], "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "s",
                       "AWS_ENDPOINT_URL": f"https://127.0.0.1:{https.server_port}", **more}
        done = subprocess.run([tool("aws_calls"), *arguments], capture_output=True, env=environment, timeout=60)
        return json.loads(done.stdout.splitlines()[-1])

    return run


def test_trusts_the_bundle_it_is_given(ask, certificate):
    assert ask("status", "prod", "x", AWS_CA_BUNDLE=str(certificate / "cert.pem")) == "ACTIVE"


def test_uses_its_connection_again(ask, https, certificate):
    https.peers.clear()
    answer = ask("tasks", "prod", *[f"task-{n}" for n in range(450)], AWS_CA_BUNDLE=str(certificate / "cert.pem"))
    assert len(answer["found"]) == 450
    assert len(https.peers) == 1, "five batches, one connection"


def test_trusts_nothing_else(ask):
    answer = ask("status", "prod", "x")
    assert answer["error"] == "unavailable" and "certificate" in answer["what"]


@pytest.mark.parametrize("bundle", ["/nowhere.pem", "/dev/null", "/etc/hostname"])
def test_names_a_bundle_that_is_none(ask, bundle):
    answer = ask("status", "prod", "x", AWS_CA_BUNDLE=bundle)
    assert answer["error"] == "invalid" and bundle in answer["what"]
