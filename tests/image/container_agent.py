#!/usr/bin/env python3
"""Stands where a test starts `hakoban-agent`: runs it from its image instead, as packaging/ecs's task definition says.

Environment: IMAGE_ARCHIVE, a `docker save` of the image; what a test gives the agent (HAKOBAN_…, AWS_…, DOCKER_HOST). The
volumes of the task definition are taken from this machine, the engine's from the engine that DOCKER_HOST names.
"""

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

TASK = json.loads((Path(__file__).resolve().parents[2] / "packaging/ecs/hakoban-agent.json").read_text())
IMAGE = "hakoban:under-test"


def volumes(engine_socket):
    """(host path, path in the container, mode) of each mount of the task definition, on the test's engine."""
    root = subprocess.run(["docker", "info", "--format", "{{.DockerRootDir}}"], check=True, capture_output=True, text=True).stdout.strip()
    state = os.environ["HAKOBAN_STATE_DIRECTORY"]
    os.makedirs(state, exist_ok=True)
    here = {"/var/run/docker.sock": (engine_socket, "/var/run/docker.sock"),
            # The agent looks where the engine says that its logs are.
            "/var/lib/docker/containers": (f"{root}/containers", f"{root}/containers"),
            "/var/lib/hakoban": (state, "/var/lib/hakoban")}
    sources = {volume["name"]: volume["host"]["sourcePath"] for volume in TASK["volumes"]}
    for mount in TASK["containerDefinitions"][0]["mountPoints"]:
        host, inside = here.get(sources[mount["sourceVolume"]], (sources[mount["sourceVolume"]], mount["containerPath"]))
        yield host, inside, "ro" if mount["readOnly"] else "rw"


def main():
    container = TASK["containerDefinitions"][0]
    if subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True).returncode != 0:
        subprocess.run(["docker", "load", "--quiet", "--input", os.environ["IMAGE_ARCHIVE"]], check=True)
    command = ["docker", "run", "--rm", "--network", TASK["networkMode"], "--user", container["user"],
               "--stop-timeout", str(container["stopTimeout"]), "--memory", f"{container['memory']}m",
               "--cpu-shares", str(container["cpu"])]
    command += ["--read-only"] if container["readonlyRootFilesystem"] else []
    command += [f"--cap-drop={name}" for name in container["linuxParameters"]["capabilities"]["drop"]]
    for limit in container["ulimits"]:  # an engine without CAP_SYS_RESOURCE cannot give more than it has
        most = resource.getrlimit(getattr(resource, f"RLIMIT_{limit['name'].upper()}"))[1]
        most = limit["hardLimit"] if most == resource.RLIM_INFINITY else most
        command += [f"--ulimit={limit['name']}={min(limit['softLimit'], most)}:{min(limit['hardLimit'], most)}"]
    for host, inside, mode in volumes(os.environ["DOCKER_HOST"].removeprefix("unix://")):
        command += ["--volume", f"{host}:{inside}:{mode}"]
    given = {item["name"]: item["value"] for item in container["environment"]}
    given |= {name: value for name, value in os.environ.items() if name.startswith(("HAKOBAN_", "AWS_"))}
    del given["HAKOBAN_STATE_DIRECTORY"]
    for name, value in given.items():
        command += ["--env", f"{name}={value}"]
    os.execvp("docker", [*command, IMAGE, *container["command"], *sys.argv[1:]])


if __name__ == "__main__":
    main()
