"""moto's server as a child of the run: the AWS behind the recording layer."""

from __future__ import annotations

import sys
import urllib.error
import urllib.request
from typing import Any

import boto3
from botocore.config import Config

from .run import Run, WorldError, free_port, stop_process, wait_for

_PATIENT = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=30, connect_timeout=5,
                  s3={"addressing_style": "path"}, max_pool_connections=32)


class Moto:
    def __init__(self, run: Run, region: str) -> None:
        self.region = region
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._run = run
        self._process = run.spawn("moto", [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port])
        wait_for("moto's server to answer", self._answers, timeout=40)

    def session(self, access_key: str, secret_key: str, token: str | None = None) -> boto3.Session:
        return boto3.Session(access_key, secret_key, token, region_name=self.region)

    def turn_auth_on(self) -> None:
        """From here on every signature and every policy counts."""
        request = urllib.request.Request(f"{self.url}/moto-api/reset-auth", data=b"0", method="POST",
                                         headers={"Content-Type": "text/plain"})
        urllib.request.urlopen(request, timeout=10).read()

    def close(self) -> None:
        stop_process(self._process)

    def _answers(self) -> bool:
        if self._process.poll() is not None:
            raise WorldError(f"moto ended with {self._process.returncode}:\n{self._run.log_tail('moto')}")
        try:
            urllib.request.urlopen(f"{self.url}/moto-api/data.json", timeout=5).read()
        except (urllib.error.URLError, OSError):
            return False
        return True


def client(session: boto3.Session, service: str, url: str) -> Any:
    """A boto3 client at `url` that does not retry: what a test sees is what was answered."""
    return session.client(service, endpoint_url=url, config=_PATIENT)
