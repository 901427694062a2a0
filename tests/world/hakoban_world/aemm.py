"""AWS's own mock of instance metadata (amazon-ec2-metadata-mock), built with go and run with a generated file."""

import json
import urllib.error
import urllib.request

from . import go_program
from .run import WorldError, free_port, stop_process, wait_for

MODULE = "github.com/aws/amazon-ec2-metadata-mock/cmd/ec2-metadata-mock@v1.13.0"


def install():
    """The program, built once."""
    return go_program.install(MODULE)


class Aemm:
    """`subcommand`: spot, events or asglifecycle. The notice comes `delay` seconds after the start."""

    def __init__(self, run, program, identity, *, subcommand="spot", delay=0, life_cycle="spot", arguments=()):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        config = {"metadata": {"values": {
                      "instance-id": identity["instanceId"], "instance-type": identity["instanceType"],
                      "instance-life-cycle": life_cycle, "local-ipv4": identity["privateIp"],
                      "placement-availability-zone": identity["availabilityZone"]}},
                  "dynamic": {"values": {"instance-identity-document": identity}}}
        path = run.folder / f"aemm-{self.port}.json"
        path.write_text(json.dumps(config))
        self._process = run.spawn("aemm", [
            program, subcommand, "-c", path, "--hostname", "127.0.0.1", "-p", self.port, "-I", "-x", "-1",
            "-d", delay, *arguments])
        wait_for("amazon-ec2-metadata-mock to answer", lambda: self._answers(run))

    def _answers(self, run):
        if self._process.poll() is not None:
            raise WorldError(f"amazon-ec2-metadata-mock ended:\n{run.log_tail('aemm')}")
        try:
            urllib.request.urlopen(self.endpoint + "/latest/meta-data/instance-id", timeout=1).close()
        except urllib.error.HTTPError:
            return True  # 401: tokens only
        except OSError:
            return False
        return True

    def close(self):
        stop_process(self._process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
