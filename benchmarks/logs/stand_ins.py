"""What the agent talks to in the log benchmark: an S3 with latency and failures that keeps objects as files, and a Docker
engine that only lists containers. Started by `run`; told what to do by POST /_control (JSON) on the S3's port."""

import asyncio
import base64
import hashlib
import json
import os
import random
import sys
from pathlib import Path

from aiohttp import web


class Store:
    """PUT /bucket/key. Knows If-None-Match, checks x-amz-checksum-sha256; writes whole or not at all."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.settings = {"latency": 0.0, "status": 0, "failing_share": 0.0, "lost_answers": 0.0, "verify": True}
        self.seen = {"puts": 0, "refused": 0, "there_already": 0, "damaged": 0, "most_at_once": 0}
        self.under_way = 0

    async def control(self, request):
        if request.method == "POST":
            self.settings |= await request.json()
        return web.json_response(self.seen | self.settings)

    async def put(self, request):
        body = await request.read()
        self.under_way += 1
        self.seen["most_at_once"] = max(self.seen["most_at_once"], self.under_way)
        try:
            if self.settings["latency"]:
                await asyncio.sleep(self.settings["latency"])
            return self._answer(request, body)
        finally:
            self.under_way -= 1

    def _answer(self, request, body):
        settings = self.settings
        if settings["status"] or random.random() < settings["failing_share"]:
            self.seen["refused"] += 1
            status = settings["status"] or 503
            code = {503: "SlowDown", 500: "InternalError", 403: "AccessDenied"}.get(status, "ServiceUnavailable")
            return self._error(status, code)
        if settings["verify"]:
            told = request.headers.get("x-amz-checksum-sha256", "")
            if told != base64.b64encode(hashlib.sha256(body).digest()).decode():
                self.seen["damaged"] += 1
                return self._error(400, "BadDigest")
        path = self.folder / request.match_info["key"]
        if request.headers.get("If-None-Match") == "*" and path.exists():
            self.seen["there_already"] += 1
            return self._error(412, "PreconditionFailed")
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_name(path.name + ".part")
        beside.write_bytes(body)
        beside.rename(path)
        self.seen["puts"] += 1
        if random.random() < settings["lost_answers"]:
            request.transport.abort()
        return web.Response(headers={"ETag": '"x"'})

    @staticmethod
    def _error(status, code):
        return web.Response(status=status, content_type="application/xml",
                            text=f"<Error><Code>{code}</Code><Message>as told</Message></Error>")


class Engine:
    """One container for each folder of `root`, all running."""

    def __init__(self, root):
        self.root = Path(root)

    def routes(self):
        return [web.get("/_ping", self.ping), web.get("/{version}/containers/json", self.containers),
                web.get("/{version}/containers/{id}/json", self.inspect), web.get("/{version}/events", self.events)]

    async def ping(self, _):
        return web.Response(text="OK", headers={"Api-Version": "1.41"})

    async def containers(self, _):
        ids = sorted(p.name for p in self.root.iterdir())
        return web.json_response([{"Id": i, "Names": [f"/c{int(i[:12], 16) - 1:04}"], "State": "running"} for i in ids])

    async def inspect(self, request):
        identity = request.match_info["id"]
        if not (self.root / identity).is_dir():
            return web.json_response({"message": "No such container"}, status=404)
        return web.json_response({
            "Id": identity, "Name": f"/c{int(identity[:12], 16) - 1:04}", "Created": "2026-01-01T00:00:00Z",
            "LogPath": str(self.root / identity / f"{identity}-json.log"), "Config": {"Image": "bench", "Labels": {}},
            "State": {"Status": "running", "Running": True, "Pid": 0, "StartedAt": "2026-01-01T00:00:00Z"},
            "HostConfig": {"NetworkMode": "bridge", "LogConfig": {"Type": "json-file", "Config": {}}},
            "NetworkSettings": {"Networks": {}, "Ports": {}}})

    async def events(self, request):
        answer = web.StreamResponse(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        while True:
            await asyncio.sleep(3600)


async def serve(port, objects, docker_socket, containers):
    store = Store(objects)
    s3 = web.Application(client_max_size=1 << 30)
    s3.add_routes([web.get("/_control", store.control), web.post("/_control", store.control),
                   web.put("/{bucket}/{key:.+}", store.put)])
    docker = web.Application()
    docker.add_routes(Engine(containers).routes())
    for application, site in ((s3, lambda runner: web.TCPSite(runner, "127.0.0.1", port)),
                              (docker, lambda runner: web.UnixSite(runner, docker_socket))):
        runner = web.AppRunner(application, access_log=None, auto_decompress=False)
        await runner.setup()
        await site(runner).start()
    print(json.dumps({"ready": True, "pid": os.getpid()}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), *sys.argv[2:5]))
