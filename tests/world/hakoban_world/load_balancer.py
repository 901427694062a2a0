"""A load balancer in front of real containers, as the targets' states in AWS have it.

What is true of AWS's and matters to a drain: each of its nodes hears of a change a moment later (`propagation`), so that
a deregistered target still gets requests for that long; a draining target gets no new ones, and those under way may
end; what is under way when the draining is over is cut off; a target that refuses or breaks a request is a 502, never
tried elsewhere. There is no health check: a target that died without leaving keeps getting its share.
"""

import asyncio
import itertools
import threading
import time

_BAD_GATEWAY = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"
_UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
_LOOK = 0.05


class LoadBalancer:
    """Of one target group, on a loopback port. `states` are the world's TargetStates; every target's host port is
    published on loopback. Runs in a thread of its own until close()."""

    def __init__(self, states, group, propagation=1.0):
        self._states, self._group, self._propagation = states, group, propagation
        self._seen = {}  # target → state as the nodes know it
        self._news = {}  # target → (new state, when the nodes hear of it)
        self._under_way = {}  # target → tasks of requests
        self._clients = set()
        self._turn = itertools.count()
        self.failed = []  # (time, target, why), one a request that got no answer from its target
        self.served = {}  # target → count
        self.url = ""
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load-balancer", daemon=True)
        self._thread.start()
        self._ready.wait(10)

    def close(self):
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _run(self):
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self):
        self._stopping = asyncio.Event()
        self._follow_states(first=True)
        server = await asyncio.start_server(self._client, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        while not self._stopping.is_set():
            self._follow_states()
            await asyncio.sleep(_LOOK)
        server.close()
        clients = list(self._clients)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    def _follow_states(self, first=False):
        now = time.monotonic()
        told = {health.target: health.state for health in self._states.health(self._group)}
        for target in {*told, *self._seen}:
            state = told.get(target, "unused")
            if self._news.get(target, (self._seen.get(target), 0))[0] != state:
                self._news[target] = (state, now if first else now + self._propagation)
        for target, (state, due) in list(self._news.items()):
            if now < due:
                continue
            del self._news[target]
            self._seen[target] = state
            if state == "unused":
                for request in self._under_way.get(target, ()):
                    request.cancel()

    def _choose(self):
        healthy = sorted(target for target, state in self._seen.items() if state == "healthy")
        return healthy[next(self._turn) % len(healthy)] if healthy else None

    async def _client(self, reader, writer):
        self._clients.add(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                path = head.split(b" ", 2)[1]
                writer.write(await self._answer(path))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._clients.discard(asyncio.current_task())
            writer.close()

    async def _answer(self, path):
        target = self._choose()
        if target is None:
            self.failed.append((time.time(), None, "no healthy target"))
            return _UNAVAILABLE
        request = asyncio.ensure_future(_ask(target[1], path))
        self._under_way.setdefault(target, set()).add(request)
        try:
            body = await asyncio.shield(request)
            self.served[target] = self.served.get(target, 0) + 1
            return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        except asyncio.CancelledError:
            if not request.cancelled():  # it is the client that went away
                request.cancel()
                raise
            self.failed.append((time.time(), target, "cut off: its draining was over"))
            return _BAD_GATEWAY
        except (OSError, ValueError) as error:
            self.failed.append((time.time(), target, repr(error)))
            return _BAD_GATEWAY
        finally:
            self._under_way[target].discard(request)


async def _ask(port, path):
    """The body of a complete answer of 200; OSError or ValueError for anything less."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(b"GET %s HTTP/1.0\r\nHost: web\r\n\r\n" % path)
        answer = await reader.read(-1)
    finally:
        writer.close()
    head, found, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    if not found or b" 200 " not in lines[0] + b" ":
        raise ValueError(f"answered {head[:60]!r}")
    lengths = [int(line.split(b":")[1]) for line in lines if line.lower().startswith(b"content-length:")]
    if not lengths or len(body) != lengths[0]:
        raise ValueError(f"{len(body)} of {lengths} bytes")
    return body
