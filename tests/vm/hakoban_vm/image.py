"""The disk of the virtual machine: Debian 12 with systemd, cgroup v2 and Docker, booted once and kept with a snapshot.

Made with mmdebstrap from the same Debian mirror as the host, then booted under software emulation until Docker answers;
`savevm` keeps that moment, so that each run begins there within a second. The folder of an image is named after all that went
into it, so that a change makes a new one.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from .machine import SNAPSHOT, Machine, VmError

DISK_MIB = 3072
# What the packages under test depend on comes on top.
PACKAGES = ("apparmor", "busybox-static", "ca-certificates", "dbus", "docker.io", "initramfs-tools", "iproute2",
            "linux-image-cloud-amd64", "openssh-server", "procps", "systemd-sysv", "udev")
TOOLS = {"qemu-system-x86_64": "qemu-system-x86", "qemu-img": "qemu-utils", "mmdebstrap": "mmdebstrap",
         "mke2fs": "e2fsprogs", "ssh": "openssh-client", "ssh-keygen": "openssh-client", "busybox": "busybox-static"}
NETWORK = "[Match]\nName=en*\n[Network]\nDHCP=yes\n"
FSTAB = "/dev/vda / ext4 defaults,noatime 0 1\n"
# Nothing may wake up beside what is tested: software emulation is slow enough.
MASKED = ("apt-daily.timer", "apt-daily-upgrade.timer", "dpkg-db-backup.timer", "e2scrub_all.timer", "fstrim.timer",
          "man-db.timer", "systemd-networkd-wait-online.service", "systemd-timesyncd.service")


def require_tools():
    missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
    if missing:
        raise VmError("the virtual machine needs these Debian packages: " + " ".join(missing))


def dependencies_of(packages):
    """Names of the Debian packages that .deb files depend on or recommend."""
    names = set()
    for package in packages:
        fields = subprocess.run(["dpkg-deb", "-f", str(package), "Depends", "Recommends"],
                                capture_output=True, text=True, check=True).stdout
        for line in fields.splitlines():
            names |= {re.split(r"[ (|]", part.strip())[0] for part in line.partition(":")[2].split(",")}
    return sorted(names - {""})


class Image:
    """`folder` is a cache; make() fills it once. disk, kernel, initrd, key: files in it."""

    def __init__(self, cache, packages_under_test):
        self.packages = sorted({*PACKAGES, *dependencies_of(packages_under_test)})
        recipe = json.dumps([self.packages, DISK_MIB, NETWORK, FSTAB, MASKED, Machine.COMMAND_LINE]) + Path(__file__).read_text()
        self.folder = Path(cache) / hashlib.sha256(recipe.encode()).hexdigest()[:16]
        self.disk, self.kernel, self.initrd, self.key = (self.folder / name for name in ("disk.qcow2", "vmlinuz", "initrd", "key"))

    def make(self, say=print):
        """Minutes the first time, nothing after that."""
        if (self.folder / "ready").exists():
            return self
        require_tools()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            root = Path(work) / "root"
            say(f"vm: installing Debian with {len(self.packages)} packages")
            self._install(root)
            self._configure(root)
            say("vm: making the disk")
            self._pack(root, Path(work) / "disk.raw")
        say("vm: booting once under software emulation")
        with Machine(self, fresh=True) as machine:
            machine.wait_booted(timeout=600)
            machine.run("docker import - world < /root/world.tar && rm /root/world.tar && sync")
            machine.save(SNAPSHOT)
        (self.folder / "ready").touch()
        return self

    def _install(self, root):
        sources = [p for p in (Path("/etc/apt/sources.list"), Path("/etc/apt/sources.list.d/debian.sources")) if p.exists()]
        done = subprocess.run(["mmdebstrap", "--variant=minbase", "--include=" + ",".join(self.packages),
                               "--aptopt=Apt::Install-Recommends \"false\"", "--dpkgopt=path-exclude=/usr/share/doc/*",
                               "--dpkgopt=path-exclude=/usr/share/locale/*", "bookworm", str(root), *map(str, sources)],
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise VmError(f"mmdebstrap: {done.stderr[-2000:]}")

    def _configure(self, root):
        def write(path, text, mode=0o644):
            place = root / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text)
            place.chmod(mode)
        write("etc/fstab", FSTAB)
        write("etc/hostname", "ip-10-0-0-10\n")
        write("etc/systemd/network/80-dhcp.network", NETWORK)
        write("root/.ssh/authorized_keys", self.key.with_suffix(".pub").read_text(), 0o600)
        write("etc/docker/daemon.json", json.dumps({"log-driver": "json-file", "ip6tables": False}))
        write("etc/resolv.conf", "nameserver 10.0.2.3\n")
        from hakoban_world.engine import busybox_root
        (root / "root/world.tar").write_bytes(busybox_root())
        for unit in MASKED:
            link = root / "etc/systemd/system" / unit
            link.unlink(missing_ok=True)
            link.symlink_to("/dev/null")
        subprocess.run(["chroot", str(root), "systemctl", "enable", "systemd-networkd", "ssh", "docker"],
                       check=True, capture_output=True)

    def _pack(self, root, raw):
        shutil.copy(next((root / "boot").glob("vmlinuz-*")), self.kernel)
        shutil.copy(next((root / "boot").glob("initrd.img-*")), self.initrd)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-d", str(root), str(raw), f"{DISK_MIB}M"], check=True)
        subprocess.run(["qemu-img", "convert", "-O", "qcow2", str(raw), str(self.disk)], check=True)
