"""Packets as bytes and clients on plain sockets, for what no client library would do."""
import os
import resource
import socket
import struct
import threading
import time

PATIENCE = 30


def raise_open_file_limit():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def packet(first, body):
    length, header = len(body), bytearray([first])
    while True:
        length, digit = divmod(length, 128)
        header.append(digit | (0x80 if length else 0))
        if not length:
            return bytes(header) + body


def connect(client, version=4, clean=True, keep_alive=0, will=None, expiry=None):
    flags = (0x02 if clean else 0) | (0x04 if will else 0)
    body = text("MQTT") + bytes([version, flags]) + struct.pack(">H", keep_alive)
    if version == 5:
        properties = b"" if expiry is None else b"\x11" + struct.pack(">I", expiry)
        body += bytes([len(properties)]) + properties
    body += text(client)
    if will:
        body += (b"\x00" if version == 5 else b"") + text(will[0]) + text(will[1])
    return packet(0x10, body)


def subscribe(identifier, topic, qos=0, version=4):
    return packet(0x82, struct.pack(">H", identifier) + (b"\x00" if version == 5 else b"") + text(topic) + bytes([qos]))


def publish(topic, payload, qos=0, identifier=1, version=4):
    body = text(topic) + (struct.pack(">H", identifier) if qos else b"") + (b"\x00" if version == 5 else b"")
    return packet(0x30 | qos << 1, body + payload)


DISCONNECT = b"\xe0\x00"


class Raw:
    """A client on a blocking socket; fails rather than hangs."""

    def __init__(self, port, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", port))
        self.buffer = b""

    def send(self, data):
        self.socket.sendall(data)

    def read(self):
        """The next packet: first byte and body; None when the broker has closed the connection."""
        while True:
            parsed = self.parse()
            if parsed:
                return parsed
            try:
                data = self.socket.recv(65536)
            except ConnectionResetError:
                return None
            if not data:
                return None
            self.buffer += data

    def parse(self):
        length = shift = 0
        for index, byte in enumerate(self.buffer[1:5], 2):
            length |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                if len(self.buffer) < index + length:
                    return None
                first, body = self.buffer[0], self.buffer[index:index + length]
                self.buffer = self.buffer[index + length:]
                return first, body
        return None

    def expect(self, first):
        got = self.read()
        assert got and got[0] == first, f"expected {first:#x}, got {got}"
        return got[1]

    def join(self, client, **options):
        self.send(connect(client, **options))
        body = self.expect(0x20)
        assert body[1] == 0, body
        return self

    def subscribe(self, topic, qos=0, version=4):
        self.send(subscribe(1, topic, qos, version))
        self.expect(0x90)
        return self

    def close(self):
        self.socket.close()

    def vanish(self):
        """Closes with RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


class Echo(threading.Thread):
    """A well-behaved client that publishes to itself all along and wants every message back."""

    def __init__(self, port, name="echo"):
        super().__init__(daemon=True)
        self.raw = Raw(port).join(name).subscribe(f"{name}/self", qos=1)
        self.topic, self.count, self.failure, self.is_ending = f"{name}/self", 0, None, False
        self.start()

    def run(self):
        try:
            while not self.is_ending:
                payload = struct.pack(">I", self.count)
                self.raw.send(publish(self.topic, payload, qos=1, identifier=1 + self.count % 1000))
                wanted = {"puback", "publish"}
                while wanted:
                    first, body = self.raw.read()
                    if first == 0x40:
                        wanted.remove("puback")
                    else:
                        assert first == 0x32 and body.endswith(payload), (first, body)
                        identifier = body[2 + len(self.topic):][:2]
                        self.raw.send(b"\x40\x02" + identifier)
                        wanted.remove("publish")
                self.count += 1
        except Exception as error:  # told by finish()
            self.failure = error

    def progress(self):
        """Waits until it has got messages back from now on."""
        goal, deadline = self.count + 3, time.monotonic() + PATIENCE
        while self.count < goal:
            assert self.failure is None, self.failure
            assert time.monotonic() < deadline, "the well-behaved client stands still"
            time.sleep(0.001)

    def finish(self):
        self.progress()
        self.is_ending = True
        self.join(PATIENCE)
        assert self.failure is None, self.failure
        self.raw.close()


def resident_bytes(process):
    with open(f"/proc/{process}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def open_files(process):
    return len(os.listdir(f"/proc/{process}/fd"))


def eventually(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"not within {PATIENCE} s: {what}"
        time.sleep(0.01)
