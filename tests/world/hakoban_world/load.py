"""Load by wrk: closed-loop clients that keep their connections, every fourth request a slow one."""

import re
import shutil
import subprocess
from dataclasses import dataclass

from .run import WorldError

SLOW = "/cgi-bin/slow"
_MIX = f"""
local n = 0
request = function()
  n = n + 1
  if n % 4 == 0 then return wrk.format("GET", "{SLOW}") end
  return wrk.format("GET", "/")
end
"""


def web_server(port=80, slow=0.3):
    """A container's command: a web server that ends at once on SIGTERM, whatever is under way."""
    script = ("mkdir -p /www/cgi-bin; printf '#!/bin/sh\\nsleep " + f"{slow}" + "\\n"
              "printf \"Content-Type: text/plain\\\\r\\\\nContent-Length: 3\\\\r\\\\n\\\\r\\\\nok\\\\n\"\\n' > /www" + SLOW
              + f"; chmod +x /www{SLOW}; trap 'exit 0' TERM; httpd -p {port} -h /www; while true; do sleep 0.05; done")
    return ["sh", "-c", script]


@dataclass
class LoadReport:
    requests: int
    refused: int  # answers other than 2xx and 3xx
    broken: int  # socket errors and time-outs
    text: str

    @property
    def failed(self):
        return self.refused + self.broken


class Load:
    """wrk in the background; finish() waits for it."""

    def __init__(self, run, url, seconds, connections=12):
        if not shutil.which("wrk"):
            raise WorldError("the load test needs wrk (Debian package wrk)")
        script = run.folder / "mix.lua"
        script.write_text(_MIX)
        self._limit = seconds + 30
        self._process = subprocess.Popen(
            ["wrk", "-t", "1", "-c", str(connections), "-d", f"{seconds}s", "--timeout", "10s", "-s", str(script), url],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=run.environment(), text=True)

    def finish(self):
        text = self._process.communicate(timeout=self._limit)[0]
        if self._process.returncode != 0:
            raise WorldError(f"wrk ended with {self._process.returncode}: {text}")
        requests = re.search(r"(\d+) requests in", text)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", text)
        if not requests:
            raise WorldError(f"wrk said nothing of its requests: {text}")
        return LoadReport(int(requests[1]), int(refused[1]) if refused else 0,
                          sum(map(int, broken.groups())) if broken else 0, text)
