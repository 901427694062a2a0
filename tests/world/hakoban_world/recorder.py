"""The thin layer in front of AWS: passes every call on byte for byte, records it, and breaks it when told to.

Host, path and query are signed, so they go through untouched. After AWS (moto) has authenticated and answered a call,
the overlay may rewrite the answer.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Protocol

import aiohttp
import yarl
from aiohttp import web

from .faults import Fault, Faults
from .wire import Answer, Request, error_code, identify

_HOP_BY_HOP = {"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}


class Overlay(Protocol):
    """What the layer adds to AWS; called from several threads."""

    def refuse(self, request: Request) -> Answer | None:
        """An answer instead of AWS's, before the call is passed on."""

    def passing(self, request: Request) -> AbstractContextManager[None]:
        """Entered before the call is passed on, left when its answer is made, or there is none."""

    def answer(self, request: Request, upstream: Answer) -> Answer:
        """AWS's answer, or what is made of it."""


@dataclass(frozen=True)
class Call:
    """One finished call. `time` is Unix time at its arrival, `status` 0 when the caller got no answer."""

    time: float
    service: str
    action: str
    parameters: dict
    access_key: str
    status: int
    error_code: str | None
    duration: float
    fault: str | None


class Recorder:
    """A reverse proxy on a loopback port, in a thread of its own. Its public methods are thread-safe."""

    def __init__(self, upstream: str, overlay: Overlay, log_file: Path) -> None:
        self.faults = Faults()
        self.url = ""
        self._upstream = yarl.URL(upstream)
        self._overlay = overlay
        self._log_file = log_file
        self._calls: list[Call] = []
        self._changed = threading.Condition()
        self._workers = ThreadPoolExecutor(8, thread_name_prefix="overlay")
        self._loop = asyncio.new_event_loop()
        self._closing = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self, timeout: float = 10.0) -> None:
        self._thread.start()
        if not self._ready.wait(timeout) or not self.url:
            raise TimeoutError(f"waited {timeout:g} s for the recording layer to listen")

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._closing.set)
            self._thread.join(10)
        self._workers.shutdown(wait=False, cancel_futures=True)

    def calls(self, service: str | None = None, action: str | None = None, access_key: str | None = None) -> list[Call]:
        with self._changed:
            return [call for call in self._calls if service in (None, call.service)
                    and action in (None, call.action) and access_key in (None, call.access_key)]

    def wait_for_call(self, service: str, action: str, timeout: float = 10.0,
                      where: Callable[[Call], bool] = lambda _: True) -> Call:
        """The first finished call of this kind, at once if it was made already."""
        def found() -> Call | None:
            return next((c for c in self._calls if (c.service, c.action) == (service, action) and where(c)), None)
        with self._changed:
            call = self._changed.wait_for(found, timeout)
        if call is None:
            raise TimeoutError(f"waited {timeout:g} s for a call {service}:{action}")
        return call

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._ready.set()
            self._loop.close()

    async def _serve(self) -> None:
        self._session = aiohttp.ClientSession(
            auto_decompress=False, timeout=aiohttp.ClientTimeout(total=120), connector=aiohttp.TCPConnector(limit=0),
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"))
        application = web.Application(client_max_size=64 * 1024 * 1024)
        application.router.add_route("*", "/{anything:.*}", self._handle)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.5,
                               auto_decompress=False)
        with self._log_file.open("a") as self._log:
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._ready.set()
            await self._closing.wait()
            await runner.cleanup()
            await self._session.close()

    async def _handle(self, incoming: web.Request) -> web.StreamResponse:
        arrival, begun = time.time(), time.monotonic()
        streamed = "/s3/aws4_request" in incoming.headers.get("Authorization", "")
        body = None if streamed else await incoming.read()
        request = identify(incoming.method, incoming.raw_path, incoming.headers, body)
        fault = self.faults.take(request)
        outcome: Answer | None = None
        try:
            outcome, response = await self._serve_call(incoming, request, body, fault)
            return response
        finally:
            self._record(request, outcome, fault, arrival, time.monotonic() - begun)

    async def _serve_call(self, incoming: web.Request, request: Request, body: bytes | None,
                          fault: Fault | None) -> tuple[Answer | None, web.StreamResponse]:
        if fault and fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        if refusal := self._overlay.refuse(request):
            if incoming.can_read_body:
                await incoming.read()
            return refusal, _response(refusal)
        breaks = fault is not None and fault.kind != "delay"
        if fault is None or not breaks or fault.after_call:
            with self._overlay.passing(request):
                answer, streaming = await self._forward(incoming, request, body, keep_for_later=breaks)
            if streaming is not None:
                return answer, streaming
        if fault is not None and breaks:
            if fault.kind == "hang":
                await self._closing.wait()  # or until the caller hangs up, which cancels this
            if fault.kind in ("reset", "hang"):
                _reset(incoming)
                return None, web.Response(status=499)
            if incoming.can_read_body:
                await incoming.read()
            answer = fault.answer(request)
        return answer, _response(answer)

    async def _forward(self, incoming: web.Request, request: Request, body: bytes | None,
                       keep_for_later: bool) -> tuple[Answer, web.StreamResponse | None]:
        headers = [(name, value) for name, value in incoming.headers.items() if name.lower() not in _HOP_BY_HOP]
        data = body if body is not None else (incoming.content if incoming.body_exists else None)
        url = yarl.URL(f"{self._upstream}".rstrip("/") + incoming.raw_path, encoded=True)
        async with self._session.request(incoming.method, url, headers=headers, data=data,
                                         allow_redirects=False) as upstream:
            kept = {name: value for name, value in upstream.headers.items() if name.lower() not in _HOP_BY_HOP}
            if body is None and upstream.status < 300 and not keep_for_later:
                response = web.StreamResponse(status=upstream.status, headers=kept)
                await response.prepare(incoming)
                async for chunk in upstream.content.iter_chunked(64 * 1024):
                    await response.write(chunk)
                await response.write_eof()
                return Answer(upstream.status, kept, b""), response
            kept.pop("Content-Length", None)
            answer = Answer(upstream.status, kept, await upstream.read())
        answer = await self._loop.run_in_executor(self._workers, self._overlay.answer, request, answer)
        return answer, None

    def _record(self, request: Request, answer: Answer | None, fault: Fault | None, arrival: float,
                duration: float) -> None:
        code = error_code(answer.status, answer.body) if answer else None
        call = Call(arrival, request.service, request.action, dict(request.parameters), request.access_key,
                    answer.status if answer else 0, code, duration, fault.kind if fault else None)
        self._log.write(json.dumps(asdict(call), default=str) + "\n")
        self._log.flush()
        with self._changed:
            self._calls.append(call)
            self._changed.notify_all()


def _response(answer: Answer) -> web.Response:
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _reset(incoming: web.Request) -> None:
    """Closes with RST instead of FIN, as a middlebox or a dying host does."""
    if incoming.transport is not None:
        connection = incoming.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        incoming.transport.abort()
