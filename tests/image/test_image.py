"""The container image, built without a registry and run as packaging/ecs's task definition runs it: it passes the demo."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT / "tests/world"))

from hakoban_world.engine import Engine  # noqa: E402
from hakoban_world.run import Run  # noqa: E402

TAG = "hakoban:under-test"
LARGEST = 60 << 20


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The image, saved; built in an engine of its own."""
    saved = tmp_path_factory.mktemp("image") / "hakoban.tar"
    with Run() as run, Engine(run) as engine:
        environment = {**os.environ, "DOCKER_HOST": engine.url, "BASE": "local", "DOCKER_BUILDKIT": "0"}
        built = subprocess.run([ROOT / "scripts/image", TAG], env=environment, capture_output=True, text=True)
        assert built.returncode == 0, built.stdout + built.stderr
        image = engine.client.images.get(TAG)
        assert image.attrs["Size"] < LARGEST, "small: the programs and the libraries that they load"
        assert image.attrs["Config"]["User"] == "65532"
        for program in ("hakoban-agent", "hakoban-coordinator"):
            said = engine.client.containers.run(TAG, [program, "--version"], remove=True, read_only=True, cap_drop=["ALL"])
            assert b"0." in said, said
        subprocess.run(["docker", "save", "--output", saved, TAG], env=environment, check=True)
        print(f"image: {image.attrs['Size'] / 1e6:.1f} MB")
    return saved


def test_the_image_passes_the_demo_as_an_ecs_daemon(archive):
    agent = archive.with_name("hakoban-agent")
    agent.write_text(f"#!/bin/sh\nIMAGE_ARCHIVE={archive} exec {HERE / 'container_agent.py'} \"$@\"\n")
    agent.chmod(0o755)
    shown = subprocess.run([sys.executable, ROOT / "tests/world/demo.py", "--agent", agent],
                           capture_output=True, text=True, timeout=300)
    assert shown.returncode == 0, shown.stdout[-6000:] + shown.stderr[-3000:]
