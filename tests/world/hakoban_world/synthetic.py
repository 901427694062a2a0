"""A page of metrics that this world cannot bring about by itself, for Prometheus to scrape. Counters rise with each scrape."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TASK = 'ecs_cluster="prod", ecs_service="web", ecs_task_family="web", ecs_task_id="synthetic", instance="synthetic"'
CONTAINER = f'{TASK}, ecs_container="app", name="synthetic", image="synthetic", id="/synthetic"'

# The kernel of these machines counts no block I/O of cgroup v1: blkio's files say "Total 0" whatever is written.
FAMILIES = {(f"{prefix}fs_{what}_total", "counter", f'{labels}, device="/dev/nvme0n1"')
            for what in ("reads_bytes", "writes_bytes") for prefix, labels in (("container_", CONTAINER), ("ecs_task_", TASK))}


class Synthetic:
    def __init__(self):
        self._scrapes = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = outer.page().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def names(self):
        return {name for name, _, _ in FAMILIES}

    def page(self):
        self._scrapes += 1
        return "".join(f"# TYPE {name} {kind}\n{name}{{{labels}}} {self._scrapes if kind == 'counter' else 1}\n"
                       for name, kind, labels in sorted(FAMILIES))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
