"""One virtual machine under QEMU's software emulation, reached by ssh alone.

The guest sees no network but QEMU's own (`restrict=on`); what it needs of the host, such as the world's AWS and instance
metadata, comes through reverse tunnels of the one ssh connection.
"""

import json
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from hakoban_world.run import free_port

SNAPSHOT = "booted"


class VmError(Exception):
    """The virtual machine itself does not work: never a verdict on the product."""


class Machine:
    COMMAND_LINE = "root=/dev/vda rw console=ttyS0 systemd.unified_cgroup_hierarchy=1 net.ifnames=1 quiet psi=1"

    def __init__(self, image, fresh=False):
        self.image, self.fresh = image, fresh
        self.folder = Path(tempfile.mkdtemp(prefix="hkb-vm-", dir="/tmp"))
        self.console = self.folder / "console.log"
        self.port = free_port()
        self._qemu = self._master = None

    def __enter__(self):
        disk = self.image.disk
        if not self.fresh:  # the image stays as it is: this run writes to a copy
            disk = self.folder / "disk.qcow2"
            subprocess.run(["cp", "--reflink=auto", str(self.image.disk), str(disk)], check=True)
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "1024", "-nodefaults",
            "-display", "none", "-no-reboot", "-serial", f"file:{self.console}",
            "-kernel", str(self.image.kernel), "-initrd", str(self.image.initrd), "-append", self.COMMAND_LINE,
            "-drive", f"file={disk},if=virtio,format=qcow2,cache=unsafe", "-device", "virtio-rng-pci",
            "-netdev", f"user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:{self.port}-:22", "-device", "virtio-net-pci,netdev=net",
            "-qmp", f"unix:{self.folder}/qmp,server=on,wait=off"]
        if not self.fresh:
            command += ["-loadvm", SNAPSHOT]
        self._qemu = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=open(self.folder / "qemu.log", "wb"),
                                      stderr=subprocess.STDOUT, start_new_session=True)
        return self

    def __exit__(self, *_):
        if self._master:
            self._ssh_control("exit")
        if self._qemu.poll() is None:
            self._qemu.send_signal(signal.SIGTERM)
            try:
                self._qemu.wait(20)
            except subprocess.TimeoutExpired:
                self._qemu.kill()
                self._qemu.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)

    def wait_booted(self, timeout=120):
        """Until ssh answers and the system, Docker with it, is up. The clock is then the host's."""
        deadline = time.monotonic() + timeout
        while not self._connect():
            if self._qemu.poll() is not None:
                raise VmError(f"qemu ended: {(self.folder / 'qemu.log').read_text(errors='replace')[-500:]}")
            if time.monotonic() > deadline:
                raise VmError(f"no ssh within {timeout} s; console:\n{self.console.read_text(errors='replace')[-1500:]}")
            time.sleep(1)
        self.run("until docker info >/dev/null 2>&1; do sleep 1; done", timeout=timeout)
        self.set_clock()

    def set_clock(self):
        self.run(f"date -s @{time.time() + 0.2:.1f} >/dev/null")

    def run(self, command, timeout=120, check=True, stdin=None):
        """Runs a shell command as root; returns what it printed (stdout)."""
        done = subprocess.run([*self._ssh(), "root@vm", command], capture_output=True, timeout=timeout,
                              input=stdin, stdin=subprocess.DEVNULL if stdin is None else None)
        out = done.stdout.decode(errors="replace")
        if check and done.returncode != 0:
            raise VmError(f"'{command}' in the machine: exit {done.returncode}: {out[-1500:]}"
                          f"{done.stderr.decode(errors='replace')[-1500:]}")
        return out

    def succeeds(self, command):
        return subprocess.run([*self._ssh(), "root@vm", command], capture_output=True, stdin=subprocess.DEVNULL).returncode == 0

    def copy(self, source, target):
        self.run(f"cat > {target}", stdin=Path(source).read_bytes())

    def expose(self, host_port, guest_port=None):
        """A port of the host's loopback becomes one of the guest's loopback; returns the guest's."""
        guest_port = guest_port or host_port
        self._ssh_control("forward", "-R", f"127.0.0.1:{guest_port}:127.0.0.1:{host_port}")
        return guest_port

    def reach(self, where):
        """A port ("127.0.0.1:9420") or unix socket of the guest, as a port of the host's loopback."""
        port = free_port()
        self._ssh_control("forward", "-L", f"127.0.0.1:{port}:{where}")
        return port

    def press_power_button(self):
        """As EC2 does when an instance is stopped."""
        self._monitor({"execute": "system_powerdown"})

    def is_off(self):
        return self._qemu.poll() is not None

    def save(self, name):
        """Keeps the running machine in its disk, under this name."""
        answer = self._monitor({"execute": "human-monitor-command", "arguments": {"command-line": f"savevm {name}"}})
        if answer.get("return"):
            raise VmError(f"savevm: {answer['return']}")

    def _connect(self):
        if self._master and self._master.poll() is None:
            return self._ssh_control("check", check=False).returncode == 0
        self._master = subprocess.Popen([*self._ssh(), "-M", "-N", "root@vm"], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return False

    def _ssh(self):
        return ["ssh", "-F", "none", "-i", str(self.image.key), "-p", str(self.port), "-o", f"ControlPath={self.folder}/ssh",
                "-o", "HostName=127.0.0.1", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
                "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-o", "ConnectTimeout=60", "-o", "Compression=no",
                "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=30"]

    def _ssh_control(self, command, *options, check=True):
        done = subprocess.run([*self._ssh(), "-O", command, *options, "root@vm"], capture_output=True, text=True)
        if check and done.returncode != 0 and command == "forward":
            raise VmError(f"ssh {' '.join(options)}: {done.stderr.strip()}")
        return done

    def _monitor(self, command):
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(120)
            link.connect(str(self.folder / "qmp"))
            lines = link.makefile("rw")
            lines.readline()
            for sent in ({"execute": "qmp_capabilities"}, command):
                lines.write(json.dumps(sent) + "\n")
                lines.flush()
                answer = json.loads(lines.readline())
                while "event" in answer:
                    answer = json.loads(lines.readline())
            return answer
