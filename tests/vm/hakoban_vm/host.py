"""The virtual machine as a container instance of the world: its Docker engine, and its tasks in systemd's slices.

The world (AWS, instance metadata, the ECS agent's side) stays on the machine that runs the tests and plays the guest's ECS
agent through its Docker socket; the agent under test runs in the guest, from its package, under its unit.
"""

import docker

from hakoban_world.engine import IMAGE

from .machine import VmError


class SystemdSlices:
    """Tasks' cgroups as the ECS agent lays them out on cgroup v2 with Docker's systemd driver: ecstasks-<task>.slice,
    which systemd puts below ecstasks.slice."""

    def __init__(self, machine):
        self.machine = machine

    def parent_of(self, task_id):
        return f"ecstasks-{task_id.replace('-', '')}.slice"  # a dash would be one more level to systemd; ECS's ids have none

    def make(self, parent, cpu_units, memory_mib, _shares):
        limits = [f"MemoryMax={memory_mib}M"] if memory_mib else []
        limits += [f"CPUQuota={cpu_units * 100 // 1024}%"] if cpu_units else []
        lines = ["[Slice]", "CPUAccounting=yes", "MemoryAccounting=yes", "IOAccounting=yes", "TasksAccounting=yes", *limits]
        self.machine.run(f"cat > /run/systemd/system/{parent} && systemctl start {parent}", stdin="\n".join(lines + [""]).encode())

    def remove(self, parent):
        self.machine.succeeds(f"systemctl stop {parent}; rm -f /run/systemd/system/{parent}")

    @staticmethod
    def path(parent, container_id):
        """Of a container, below the mount of cgroup v2."""
        return f"/ecstasks.slice/{parent}/docker-{container_id}.scope"


class VmEngine:
    """What hakoban_world.engine.Engine is for the world, with the guest's own dockerd behind it."""

    url = "unix:///var/run/docker.sock"

    def __init__(self, machine, run):
        self.machine, self.run = machine, run
        self.cgroups = SystemdSlices(machine)
        port = machine.reach("/var/run/docker.sock")
        self.client = docker.DockerClient(base_url=f"tcp://127.0.0.1:{port}", timeout=120)
        if not self.client.images.list(IMAGE):
            raise VmError(f"the guest's engine has no image {IMAGE}")

    def run_container(self, name, command, **options):
        return self.client.containers.run(IMAGE, command=["sh", "-c", command], name=name, detach=True, **options)

    def remove_all(self):
        self.machine.succeeds("docker ps -aq | xargs -r docker rm -f")
