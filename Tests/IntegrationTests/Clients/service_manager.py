"""Plays systemd for a broker: reads what it notifies, keeps its sockets, restarts it, passes sockets to it.

Usage: service_manager.py SKEP DIRECTORY
Prints "ok WHAT" for each thing that holds and fails at the first that does not.
"""

import array
import os
import re
import select
import signal
import socket
import sys
import threading
import time

PATIENCE = 30
CONNECT = bytes([0x10, 16, 0, 4]) + b"MQTT" + bytes([4, 2, 0, 60, 0, 4])


class Manager:
    """The side of the service manager: a notification socket, the descriptors that it keeps, and one child."""

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.path = os.path.join(directory, "notify.sock")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.settimeout(PATIENCE)
        self.kept, self.messages, self.log = {}, [], ""

    def start(self, settings, sockets=(), missing=0):
        """Starts the broker with the descriptors of `sockets`, pairs of name and descriptor.

        Announces `missing` more of them than it passes.
        """
        config = os.path.join(self.directory, "config.xml")
        with open(config, "w") as file:
            file.write(settings)
        reader, writer = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            self._become(config, list(sockets), missing, writer)
        os.close(writer)
        self.log = ""
        self.reader = threading.Thread(target=self._read_log, args=(reader,), daemon=True)
        self.reader.start()

    def _become(self, config, sockets, missing, writer):
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        environment = dict(os.environ, NOTIFY_SOCKET=self.path, WATCHDOG_USEC="300000", XDG_RUNTIME_DIR=self.directory)
        if sockets:
            # First out of the way, then to the places where they are expected.
            copies = [os.dup2(descriptor, 200 + number) for number, (_, descriptor) in enumerate(sockets)]
            for number, copy in enumerate(copies):
                os.dup2(copy, 3 + number)
                os.close(copy)
            environment.update(
                LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(sockets) + missing),
                LISTEN_FDNAMES=":".join([name for name, _ in sockets] + ["missing"] * missing))
        os.closerange(3 + len(sockets), 256)
        arguments = ["--config", config, "--data", self.directory + "/data", "--log-format", "json"]
        os.execve(self.program, [self.program, "run"] + arguments, environment)

    def _read_log(self, reader):
        with os.fdopen(reader) as file:
            for line in file:
                self.log += line

    def receive(self):
        """Takes one message in; a descriptor that is to be kept is kept."""
        text, ancillary, _, _ = self.socket.recvmsg(4096, socket.CMSG_SPACE(4))
        fields = dict(line.split("=", 1) for line in text.decode().split("\n"))
        descriptors = array.array("i")
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(data)
        if fields.get("FDSTORE") == "1":
            os.set_inheritable(descriptors[0], False)
            self.kept[fields["FDNAME"]] = descriptors[0]
        if fields.get("FDSTOREREMOVE") == "1":
            os.close(self.kept.pop(fields["FDNAME"]))
        self.messages.append(fields)
        return fields

    def until(self, what, condition):
        """Receives until a message fits, and returns it."""
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                fields = self.receive()
                if condition(fields):
                    return fields
        except TimeoutError:
            pass
        raise AssertionError(f"no message: {what}; the log: {self.log}")

    def forget(self):
        """Keeps nothing any more."""
        while self.kept:
            os.close(self.kept.popitem()[1])

    def drain(self):
        """Receives what has come by now: its socket holds few messages."""
        while select.select([self.socket], [], [], 0.01)[0]:
            self.receive()

    def ready(self):
        return self.until("READY=1", lambda fields: fields.get("READY") == "1")

    def stop(self):
        """Ends the broker in good order."""
        os.kill(self.child, signal.SIGTERM)
        ended, status = 0, None
        while not ended:
            ended, status = os.waitpid(self.child, os.WNOHANG)
            self.drain()
        self.reader.join(PATIENCE)
        assert status == 0, f"status {status}; the log: {self.log}"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def listener():
    """A socket that listens, on a port of 127.0.0.1 that the system chose."""
    opened = socket.socket()
    opened.bind(("127.0.0.1", 0))
    opened.listen(64)
    return opened


def settings(port, metrics):
    return f"""<skep><listeners><tcp-listener><name>front door</name><port>{port}</port>
<bind-address>127.0.0.1</bind-address></tcp-listener></listeners>
<metrics><http><port>{metrics}</port></http></metrics>
<introspection><tcp><enabled>false</enabled></tcp></introspection></skep>"""


def connect(port, name):
    """One client: in, and answered. Returns what is wrong, or None."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(CONNECT + name.encode())
            answer = client.recv(4)
            return None if answer == bytes([0x20, 2, 0, 0]) else f"answered {answer!r}"
    except OSError as error:
        return str(error)


def scrape(port):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
        client.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(15)


def reach(path):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(PATIENCE)
        client.connect(path)
        client.sendall(b"GET /jolokia/version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        return client.recv(15)


class Storm(threading.Thread):
    """Connects 200 times a second, each on a thread of its own, until it is ended."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.ended, self.faults, self.count = port, threading.Event(), [], 0

    def run(self):
        threads = []
        while not self.ended.wait(0.005):
            self.count += 1
            thread = threading.Thread(target=self.one, args=(f"{self.count % 10000:04}",), daemon=True)
            thread.start()
            threads.append(thread)
        for thread in threads:
            thread.join(PATIENCE)

    def one(self, name):
        fault = connect(self.port, name)
        if fault:
            self.faults.append(fault)


def check_notices(manager, port, metrics):
    manager.start(settings(port, metrics))
    manager.ready()
    assert connect(port, "0001") is None and scrape(metrics) == b"HTTP/1.1 200 OK"
    print("ok ready means that every listener is open")
    for _ in range(3):
        manager.until("WATCHDOG=1", lambda fields: fields.get("WATCHDOG") == "1")
    print("ok the watchdog is fed")
    line = re.compile(r"\d clients?, stress \d+/10, \d+ msg/s")
    manager.until("a status", lambda fields: line.fullmatch(fields.get("STATUS", "")))
    print("ok the status line is current")
    os.kill(manager.child, signal.SIGHUP)
    reloading = manager.until("RELOADING=1", lambda fields: fields.get("RELOADING") == "1")
    assert 0 <= time.monotonic_ns() // 1000 - int(reloading["MONOTONIC_USEC"]) < PATIENCE * 1_000_000
    manager.ready()
    print("ok a reload is announced and ends")


def check_restart(manager, port, metrics):
    socket_file = os.path.join(manager.directory, "skep", "introspection.sock")
    names = sorted(name.split("@")[0] for name in manager.kept)
    assert names == ["front%20door", "introspection", "introspection-read-only", "metrics"], names
    storm = Storm(port)
    storm.start()
    time.sleep(0.5)
    manager.stop()
    assert any(fields.get("STOPPING") == "1" for fields in manager.messages)
    print("ok a stop is announced")
    # For a moment nobody is there at all.
    waiting = threading.Thread(target=lambda: answers.extend([scrape(metrics), reach(socket_file)]), daemon=True)
    answers = []
    waiting.start()
    time.sleep(0.5)
    manager.start(settings(port, metrics), manager.kept.items())
    manager.ready()
    time.sleep(0.5)
    storm.ended.set()
    storm.join()
    assert not storm.faults, f"{len(storm.faults)} of {storm.count}: {storm.faults[:3]}"
    assert storm.count > 100
    waiting.join(PATIENCE)
    assert answers == [b"HTTP/1.1 200 OK"] * 2, answers
    print("ok over a restart nobody is refused")


def check_changed_port(manager, old, metrics):
    manager.stop()
    before = set(manager.kept)
    new = free_port()
    manager.start(settings(new, metrics), manager.kept.items())
    manager.until("FDSTOREREMOVE", lambda fields: fields.get("FDSTOREREMOVE") == "1")
    manager.ready()
    assert connect(new, "0001") is None
    try:
        socket.create_connection(("127.0.0.1", old), timeout=PATIENCE)
        raise AssertionError("the old port still listens")
    except ConnectionRefusedError:
        pass
    assert before - set(manager.kept) == {f"front%20door@127.0.0.1%3A{old}"}
    print("ok a port that is not configured any more is given up")
    manager.stop()


def check_activation(manager, metrics):
    first, second, stray = listener(), listener(), listener()
    ports = [opened.getsockname()[1] for opened in (first, second)]
    configured = free_port()
    manager.forget()
    manager.start(
        settings(configured, metrics),
        [("stray", stray.fileno()), ("front%20door", first.fileno()), ("front%20door", second.fileno())])
    manager.ready()
    answers = [connect(port, "0001") for port in ports]
    assert answers == [None, None], f"{answers}; the log: {manager.log}"
    print("ok a listener serves every socket of its unit")
    assert not any(name.startswith("front") for name in manager.kept), manager.kept
    while '"socket":"stray"' not in manager.log:
        time.sleep(0.01)
    print("ok a socket that belongs to nobody is named in the log")
    manager.stop()
    assert '"event":"stopping"' in manager.log
    print("ok JSON lines name their events")
    manager.forget()
    manager.start(settings(configured, metrics), [("front%20door", first.fileno())], missing=1)
    manager.ready()
    # The number may be that of a file which the process has opened itself by then.
    while "cannot be taken over" not in manager.log and '"socket":"missing"' not in manager.log:
        time.sleep(0.01)
    manager.stop()
    print("ok sockets that are announced and not passed harm nobody")


def main():
    manager = Manager(*sys.argv[1:3])
    port, metrics = free_port(), free_port()
    check_notices(manager, port, metrics)
    check_restart(manager, port, metrics)
    check_changed_port(manager, port, metrics)
    check_activation(manager, metrics)


main()
