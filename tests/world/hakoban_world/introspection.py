"""The ECS agent's introspection server (GET /v1/metadata, /v1/tasks), on a port of its own instead of 51678."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

VERSION = "Amazon ECS Agent - v1.105.1 (*a8b3e7d3)"
EMPTY_TASK = {"Arn": "", "KnownStatus": "", "Family": "", "Version": "", "Containers": None}
SHORT_ID = 12


class Introspection:
    """`host` has cluster, container_instance_arn (None before registration) and tasks() of HostTask."""

    def __init__(self, host, port=0):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                status, body = outer.answer(self.path)
                data = json.dumps(body, separators=(",", ":")).encode()
                try:
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    self.end_headers()
                    self.wfile.write(data)
                except OSError:
                    self.close_connection = True  # the client was killed

            def log_message(self, *_):
                pass

        self._host = host
        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, target):
        url = urlsplit(target)
        if url.path == "/v1/metadata":
            return 200, {"Cluster": self._host.cluster, "ContainerInstanceArn": self._host.container_instance_arn,
                         "Version": VERSION}
        if url.path == "/v1/tasks":
            return self._tasks({name: values[0] for name, values in parse_qs(url.query).items()})
        # Every other path lists what there is, as the agent does.
        return 200, {"AvailableCommands": ["/v1/metadata", "/v1/tasks", "/license"]}

    def _tasks(self, query):
        shown = [task.introspection() for task in self._host.tasks()]
        if "taskarn" in query and "dockerid" in query:
            return 400, EMPTY_TASK
        if "taskarn" in query:
            shown_one = [t for t in shown if t["Arn"] == query["taskarn"]]
        elif "dockerid" in query:
            wanted = query["dockerid"]
            short = len(wanted) <= SHORT_ID
            shown_one = [t for t in shown if any(
                c["DockerId"].startswith(wanted) if short else c["DockerId"] == wanted for c in t["Containers"])]
        else:
            return 200, {"Tasks": shown}
        if not shown_one:
            return 404, EMPTY_TASK
        return (200, shown_one[0]) if len(shown_one) == 1 else (400, EMPTY_TASK)
