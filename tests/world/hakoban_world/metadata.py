"""EC2 instance metadata, version 2 only: a fake that can do what AWS's own mock cannot, and that mock as a peer.

Source: "Instance metadata and user data" in the EC2 user guide. The fake hangs, fails, answers garbage, forgets
its tokens and withdraws notices on request, and records what it was asked.
"""

import json
import secrets
import threading
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
TOKEN_HEADER = "X-aws-ec2-metadata-token"
NOT_FOUND = '<?xml version="1.0" encoding="iso-8859-1"?>\n<html><head><title>404 - Not Found</title></head></html>\n'


@dataclass(frozen=True)
class Asked:
    at: float  # time.time()
    method: str
    path: str
    status: int
    user_agent: str


@dataclass(frozen=True)
class Fault:
    """What paths that begin with `prefix` answer instead. kind: hang, slow, garbage, drop, or a status number."""

    kind: str
    prefix: str = "/latest/"
    seconds: float = 0.5  # of slow


def identity_document(instance_id, region="ap-northeast-1", account="123456789012", zone="a", **more):
    return {"accountId": account, "architecture": "x86_64", "availabilityZone": f"{region}{zone}",
            "imageId": "ami-0abcdef1234567890", "instanceId": instance_id, "instanceType": "m5.large",
            "pendingTime": "2026-11-01T00:00:00Z", "privateIp": "10.0.0.10", "region": region,
            "version": "2017-09-30", **more}


def stamp(when):
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Imds:
    """`credentials` is called for each request of role credentials and returns their JSON object (or None: 404)."""

    def __init__(self, identity, *, life_cycle="spot", role="world-host", credentials=None, port=0):
        self.identity = identity
        self.life_cycle = life_cycle
        self.role = role
        self.credentials = credentials
        self.spot = None
        self.rebalance_notice = None
        self.maintenance = []
        self.target_lifecycle_state = "InService"
        self.faults = []
        self.max_ttl = 21600  # lower it to make tokens die early whatever the client asked
        self._tokens = {}
        self._asked = []
        self._lock = threading.Lock()
        self._released = threading.Event()
        self._server = _server(self, port)
        self.port = self._server.server_port
        self.endpoint = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    # What happens to the instance.
    def spot_notice(self, action="terminate", seconds=120.0):
        """Returns the deadline. EC2 gives whole seconds."""
        deadline = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(seconds=seconds)
        self.spot = {"action": action, "time": stamp(deadline)}
        return deadline

    def withdraw(self):
        self.spot = self.rebalance_notice = None
        self.maintenance = []

    def rebalance(self):
        self.rebalance_notice = {"noticeTime": stamp(datetime.now(timezone.utc))}

    def schedule_maintenance(self, code="system-reboot", not_before=None, state="active"):
        when = not_before or datetime.now(timezone.utc) + timedelta(days=7)
        self.maintenance.append({
            "NotBefore": when.strftime("%-d %b %Y %H:%M:%S GMT"), "Code": code, "Description": f"scheduled {code}",
            "EventId": f"instance-event-{secrets.token_hex(8)}", "NotAfter": "", "State": state})

    # What is wrong with the service.
    def break_with(self, kind, prefix="/latest/", seconds=0.5):
        self._released.clear()
        self.faults.append(Fault(kind, prefix, seconds))

    def mend(self):
        self.faults = []
        self._released.set()

    def expire_tokens(self):
        with self._lock:
            self._tokens.clear()

    def asked(self, prefix="/"):
        with self._lock:
            return [a for a in self._asked if a.path.startswith(prefix)]

    def close(self):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Answers: (status, body as text or bytes, headers).
    def answer(self, method, path, headers):
        fault = next((f for f in self.faults if path.startswith(f.prefix)), None)
        if fault and fault.kind == "hang":
            self._released.wait(60)
            return None
        if fault and fault.kind == "drop":
            return None
        if fault and fault.kind == "slow":
            time.sleep(fault.seconds)
        elif fault and fault.kind == "garbage":
            return 200, b"\x00\xff{\"action\": [[[<html>" + secrets.token_bytes(64), {}
        elif fault:
            return int(fault.kind), "", {}
        if path == "/latest/api/token":
            return self._new_token(method, headers)
        if method != "GET":
            return 405, "", {}
        if not self._token_is_good(headers.get(TOKEN_HEADER)):
            return 401, "", {}
        body = self._document(path)
        return (404, NOT_FOUND, {}) if body is None else (200, body, {})

    def record(self, method, path, status, user_agent):
        with self._lock:
            self._asked.append(Asked(time.time(), method, path, status, user_agent))

    def _new_token(self, method, headers):
        if method != "PUT":
            return 405, "", {}
        if headers.get("X-Forwarded-For"):
            return 403, "", {}
        wanted = headers.get(TTL_HEADER, "")
        if not wanted.isdigit() or not 1 <= int(wanted) <= 21600:
            return 400, "", {}
        token = secrets.token_urlsafe(40) + "=="
        with self._lock:
            self._tokens[token] = time.monotonic() + min(int(wanted), self.max_ttl)
        return 200, token, {TTL_HEADER: wanted}

    def _token_is_good(self, token):
        with self._lock:
            return self._tokens.get(token, 0) > time.monotonic()

    def _document(self, path):
        if path == "/latest/dynamic/instance-identity/document":
            return json.dumps(self.identity, indent=2)
        prefix = "/latest/meta-data/"
        if not path.startswith(prefix):
            return None
        name = path[len(prefix):].rstrip("/")
        if name == "iam/security-credentials":
            return self.role if self.credentials else None
        if name == f"iam/security-credentials/{self.role}":
            given = self.credentials() if self.credentials else None
            return json.dumps(given) if given else None
        return self._plain().get(name)

    def _plain(self):
        document = self.identity
        values = {
            "instance-id": document["instanceId"], "instance-type": document["instanceType"],
            "instance-life-cycle": self.life_cycle, "local-ipv4": document["privateIp"],
            "placement/availability-zone": document["availabilityZone"], "placement/region": document["region"],
            "autoscaling/target-lifecycle-state": self.target_lifecycle_state,
            "events/maintenance/scheduled": json.dumps(self.maintenance),
            "spot/instance-action": self.spot and json.dumps(self.spot),
            "spot/termination-time": self.spot and self.spot["action"] == "terminate" and self.spot["time"],
            "events/recommendations/rebalance": self.rebalance_notice and json.dumps(self.rebalance_notice),
        }
        return {name: value for name, value in values.items() if value}


def _server(imds, port):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "EC2ws", ""

        def _serve(self):
            answer = imds.answer(self.command, self.path, self.headers)
            imds.record(self.command, self.path, answer[0] if answer else 0, self.headers.get("User-Agent", ""))
            if answer is None:
                self.close_connection = True
                return
            status, body, headers = answer
            data = body.encode() if isinstance(body, str) else body
            try:
                self.send_response(status)
                for name, value in {"Content-Type": "text/plain", "Content-Length": str(len(data)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)
            except OSError:
                self.close_connection = True  # the client was killed or did not want to wait

        do_GET = do_PUT = do_POST = _serve

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    return server
