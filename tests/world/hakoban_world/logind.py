"""systemd-logind as much of it as delays a shutdown, on a message bus of its own: delay locks, and the words of
PrepareForShutdown. Source: org.freedesktop.login1(5)."""

import os
import select
import threading
import time

from jeepney import DBusAddress, HeaderFields, MessageType, new_error, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

from .run import WorldError, stop_process, wait_for

MANAGER = "org.freedesktop.login1.Manager"
_PATH = "/org/freedesktop/login1"
_BUS = """<busconfig><type>system</type><listen>unix:path={socket}</listen><policy context="default"><allow user="*"/>
<allow own="*"/><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/></policy></busconfig>"""


class Logind:
    """`delay`: InhibitDelayMaxSec, seconds that a shutdown waits for its locks at most."""

    def __init__(self, run, delay=110.0):
        self.run, self.delay = run, delay
        self.socket = run.folder / "bus"
        self.locks = []  # (who, why, the reading end of its pipe)
        self._lock = threading.Lock()
        self._ended = threading.Event()

    @property
    def address(self):
        """For DBUS_SYSTEM_BUS_ADDRESS."""
        return f"unix:path={self.socket}"

    def start(self):
        config = self.run.folder / "bus.conf"
        config.write_text(_BUS.format(socket=self.socket))
        self._daemon = self.run.spawn("dbus-daemon", ["dbus-daemon", f"--config-file={config}", "--nofork"])
        wait_for("the message bus to listen", self._listens)
        self._bus = open_dbus_connection(self.address, enable_fds=True)
        self._bus.send_and_get_reply(message_bus.RequestName("org.freedesktop.login1"), timeout=5)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def close(self):
        self._ended.set()
        self._thread.join(5)
        self._bus.close()
        stop_process(self._daemon)
        for *_, end in self.locks:
            os.close(end)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()

    def held(self):
        """Who holds a lock now."""
        with self._lock:
            return [who for who, _, end in self.locks if not select.select([end], [], [], 0)[0]]

    def shut_down(self):
        """Tells everybody; returns the seconds until all locks were let go, at most `delay`: then it goes on all the same."""
        begun = time.monotonic()
        self.begin()
        while self.held() and time.monotonic() - begun < self.delay:
            time.sleep(0.02)
        return time.monotonic() - begun

    def begin(self):
        self._say(True)

    def call_off(self):
        self._say(False)

    def _say(self, begins):
        emitter = DBusAddress(_PATH, interface=MANAGER)
        with self._lock:
            self._bus.send(new_signal(emitter, "PrepareForShutdown", "b", (begins,)))

    def _listens(self):
        if self._daemon.poll() is not None:
            raise WorldError(f"dbus-daemon ended (Debian package dbus-daemon):\n{self.run.log_tail('dbus-daemon')}")
        return self.socket.exists()

    def _serve(self):
        while not self._ended.is_set():
            try:
                message = self._bus.receive(timeout=0.1)
            except TimeoutError:
                continue
            if message.header.message_type == MessageType.method_call:
                with self._lock:
                    self._answer(message)

    def _answer(self, call):
        member = call.header.fields.get(HeaderFields.member)
        if member == "Inhibit":
            what, who, why, mode = call.body
            if (what, mode) != ("shutdown", "delay"):
                self._bus.send(new_error(call, "org.freedesktop.DBus.Error.InvalidArgs", "s", (f"{what}, {mode}",)))
                return
            ours, theirs = os.pipe()
            self._bus.send(new_method_return(call, "h", (theirs,)))
            os.close(theirs)
            self.locks.append((who, why, ours))
        elif member == "Get" and call.body == (MANAGER, "InhibitDelayMaxUSec"):
            self._bus.send(new_method_return(call, "v", (("t", int(self.delay * 1e6)),)))
        else:
            self._bus.send(new_error(call, "org.freedesktop.DBus.Error.UnknownMethod", "s", (str(member),)))
