"""As much of the Docker Engine API as the agent asks for, with thousands of containers that are only cgroups: an engine
cannot start so many on a small machine. What is measured against it is the agent's reading, not the engine."""

import asyncio
import json
import re
import time

STARTED = "2026-11-24T00:04:21.364543798Z"
NEVER = "0001-01-01T00:00:00Z"  # as Go writes it


def labels_of(number):
    """As the ECS agent sets them: tasks of two containers each."""
    task = f"{number // 2:032x}"
    return {"com.amazonaws.ecs.cluster": "bench", "com.amazonaws.ecs.container-name": ("app", "proxy")[number % 2],
            "com.amazonaws.ecs.task-arn": f"arn:aws:ecs:eu-west-1:123456789012:task/bench/{task}",
            "com.amazonaws.ecs.task-definition-family": f"family-{number // 2 % 40}",
            "com.amazonaws.ecs.task-definition-version": "7"}


class FakeEngine:
    """Serves one unix socket. `containers`: id → {"pid", "number", "state"}; change it, then tell() of it."""

    def __init__(self, socket, cgroup_parent):
        self.socket = socket
        self.parent = cgroup_parent
        self.containers = {}
        self.listeners = []
        self.inspects = 0

    async def start(self):
        self.server = await asyncio.start_unix_server(self._serve, self.socket)

    def tell(self, action, container):
        line = json.dumps({"Type": "container", "Action": action, "Actor": {"ID": container}, "time": int(time.time()),
                           "timeNano": time.time_ns()}).encode() + b"\n"
        for listener in self.listeners:
            listener.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")

    async def _serve(self, reader, writer):
        try:
            while request := await reader.readline():
                while (await reader.readline()).strip():
                    pass
                path = re.sub(r"^/v[\d.]+", "", request.split()[1].decode())
                if path.startswith("/events"):
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
                    self.listeners.append(writer)
                    await asyncio.Event().wait()
                status, body = self._answer(path)
                writer.write(f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nApi-Version: 1.41\r\n"
                             f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            if writer in self.listeners:
                self.listeners.remove(writer)
            writer.close()

    def _answer(self, path):
        if path == "/_ping":
            return "200 OK", b"OK"
        if path.startswith("/containers/json"):
            return "200 OK", json.dumps([self._summary(key) for key in self.containers]).encode()
        key = path.split("/")[2] if path.startswith("/containers/") else ""
        if key not in self.containers:
            return "404 Not Found", b'{"message":"No such container"}'
        self.inspects += 1
        return "200 OK", json.dumps(self._inspect(key)).encode()

    def _name(self, key):
        number = self.containers[key]["number"]
        return f"/ecs-family-{number // 2 % 40}-7-{('app', 'proxy')[number % 2]}-{key[-20:]}"

    def _summary(self, key):
        container = self.containers[key]
        return {"Id": key, "Names": [self._name(key)], "Image": "registry.example/family:7", "State": container["state"],
                "Labels": labels_of(container["number"])}

    def _inspect(self, key):
        container = self.containers[key]
        running = container["state"] == "running"
        return {"Id": key, "Name": self._name(key), "Created": STARTED, "LogPath": "",
                "Config": {"Image": "registry.example/family:7", "Labels": labels_of(container["number"])},
                "State": {"Status": container["state"], "Running": running, "Pid": container["pid"] if running else 0,
                          "StartedAt": NEVER if container["state"] == "created" else container.get("started", STARTED),
                          "FinishedAt": container.get("finished", STARTED) if container["state"] == "exited" else NEVER,
                          "ExitCode": 0, "OOMKilled": False},
                "HostConfig": {"CgroupParent": self.parent, "NetworkMode": "bridge",
                               "LogConfig": {"Type": "awslogs"}},
                "NetworkSettings": {}}
