"""Clients on plain sockets for what a broker says and logs: raw_clients.py SCENARIO PORT [ARGUMENT]."""
import struct
import sys
import time

from mqtt_bytes import Raw, connect, packet, publish, text


def ready():
    print("ready", flush=True)


def deaf(port):
    """Clients with a full out buffer that never read, until this process is killed."""
    clients = [Raw(port, receive_buffer=4096).join(f"deaf{n}").subscribe("flood") for n in range(20)]
    publisher = Raw(port).join("publisher")
    for _ in range(1000):
        publisher.send(publish("flood", bytes(20_000)))
    publisher.send(b"\xc0\x00")
    publisher.expect(0xD0)
    ready()
    time.sleep(120)
    del clients


def goodbye(port):
    """A watcher of version 5 hears the wills of twenty others, and then why it has to go."""
    watcher = Raw(port).join("watcher", version=5).subscribe("wills/#", version=5)
    devices = [Raw(port).join(f"device{n}", will=(f"wills/{n}", "gone")) for n in range(20)]
    ready()
    wills = {watcher.expect(0x30) for _ in devices}
    print(f"wills {len(wills)}")
    print(f"disconnect {watcher.expect(0xE0)[0]:#x}")
    print("closed" if watcher.read() is None else "open")


def forge(port, name):
    """Connects with a name and leaves with the same as reason string."""
    client = Raw(port).join(name, version=5)
    reason = b"\x1f" + text(name)
    client.send(packet(0xE0, b"\x80" + bytes([len(reason)]) + reason))
    assert client.read() is None
    refused = Raw(port)
    refused.send(connect(name) + struct.pack(">BB", 0x30, 0))
    refused.read()
    ready()


def foreign(port, kind):
    """Speaks something else than MQTT until it is closed."""
    client = Raw(port)
    client.send({"tls": b"\x16\x03\x01\x00\x05", "http": b"GET / HTTP/1.1\r\n\r\n"}[kind])
    assert client.read() is None


SCENARIOS = {"deaf": deaf, "goodbye": goodbye, "forge": forge, "foreign": foreign}
SCENARIOS[sys.argv[1]](int(sys.argv[2]), *sys.argv[3:])
