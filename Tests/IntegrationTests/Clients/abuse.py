"""Does to a broker what nobody should: abuse.py SCENARIO PORT PROCESS. Prints NAME=NUMBER lines for the test to judge.

All along a well-behaved client publishes to itself and must get everything back.
"""
import resource
import select
import socket
import sys

from mqtt_bytes import (DISCONNECT, Echo, Raw, connect, eventually, open_files, packet, publish, raise_open_file_limit,
                        resident_bytes, subscribe, text)


def report(**numbers):
    for name, number in numbers.items():
        print(f"{name}={number}", flush=True)


class Watch:
    """Memory of the broker: its growth at most since the start."""

    def __init__(self, process):
        self.process, self.before, self.most = process, resident_bytes(process), 0

    def look(self):
        self.most = max(self.most, resident_bytes(self.process) - self.before)


def never_reads(port, process, qos):
    """Subscribers with small receive buffers that never read, while others publish 400 MB to them."""
    echo, watch = Echo(port), Watch(process)
    deaf = [Raw(port, receive_buffer=4096).join(f"deaf{n}").subscribe("flood/#", qos=qos) for n in range(4)]
    publisher = Raw(port).join("publisher")
    payload = bytes(10_000)
    for number in range(10_000):
        publisher.send(publish("flood/x", payload, qos=qos, identifier=1 + number % 1000))
        if qos:
            publisher.expect(0x40)
        if number % 500 == 0:
            watch.look()
            echo.progress()
    eventually("the flood is through", lambda: publisher.send(b"\xc0\x00") is None and publisher.read()[0] == 0xD0)
    watch.look()
    echo.finish()
    report(growth=watch.most, deaf=len(deaf), echoes=echo.count)


def no_connect(port, process):
    """Clients that never send CONNECT, or only a part of it; the broker must close them."""
    echo, before = Echo(port), open_files(process)
    silent = [Raw(port) for _ in range(100)]
    for client in silent[50:]:
        client.send(connect("never")[:7])
    closed = sum(client.read() is None for client in silent)
    echo.finish()
    eventually("the descriptors are back", lambda: open_files(process) <= before)
    report(closed=closed, echoes=echo.count)


def half_close(port, process):
    """Clients that close their sending side; each has a will, which must be published."""
    echo, before = Echo(port), open_files(process)
    watcher = Raw(port).join("watcher").subscribe("wills/#")
    clients = [Raw(port).join(f"half{n}", will=(f"wills/{n}", "gone")).subscribe(f"x/{n}") for n in range(50)]
    for client in clients:
        client.socket.shutdown(socket.SHUT_WR)
    closed = sum(client.read() is None for client in clients)
    wills = {watcher.expect(0x30) for _ in clients}
    # One that closes behind a good DISCONNECT has no will.
    last = Raw(port).join("last", will=("wills/last", "gone"))
    last.send(DISCONNECT)
    last.socket.shutdown(socket.SHUT_WR)
    assert last.read() is None
    watcher.send(publish("wills/end", b"end"))
    assert watcher.expect(0x30).endswith(b"end")
    watcher.close()
    echo.finish()
    eventually("the descriptors are back", lambda: open_files(process) <= before)
    report(closed=closed, wills=len(wills), echoes=echo.count)


def vanish(port, process):
    """5,000 connect at once and vanish: silent, in the middle of CONNECT, or just behind it."""
    limit, count = raise_open_file_limit(), 5_000
    assert limit >= count + 100, f"the limit of open files, {limit}, is too low for this test"
    echo, watch, before = Echo(port), Watch(process), open_files(process)
    for turn in range(3):
        sockets = []
        for number in range(count):
            client = socket.socket()
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
            sockets.append(client)
        echo.progress()
        for number, client in enumerate(sockets):
            bytes_of = [b"", connect(f"v{number}")[:5], connect(f"v{number}") + subscribe(1, f"v/{number}")][number % 3]
            try:
                client.send(bytes_of)
            except OSError:
                pass  # not connected yet: it vanishes silently
        watch.look()
        for client in sockets:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            client.close()
        echo.progress()
        eventually("the descriptors are back", lambda: open_files(process) <= before)
    watch.look()
    echo.finish()
    report(growth=watch.most, echoes=echo.count)


def partial_packets(port, process):
    """200 clients that each announce a packet of a megabyte and send all of it but the last byte."""
    echo, watch = Echo(port), Watch(process)
    head = packet(0x30, text("partial") + bytes(1_000_000))[:-1]
    clients = [Raw(port).join(f"partial{n}") for n in range(200)]
    stopped = 0
    for client in clients:
        try:
            client.send(head)
        except OSError:
            stopped += 1
        watch.look()
    echo.progress()
    # What the kernel still holds must have been read before anybody finishes: it would find room then.
    eventually("the limit was applied to all", lambda: sum(map(has_ended, clients)) >= len(clients) - 16)
    # Those that were not stopped send their last byte, and live on.
    alive = 0
    for client in clients:
        try:
            client.send(b"\x00" + b"\xc0\x00")
            alive += client.read() == (0xD0, b"")
        except OSError:
            pass
    watch.look()
    echo.finish()
    report(growth=watch.most, alive=alive, ended=len(clients) - alive, echoes=echo.count)


def has_ended(client):
    """Whether the broker has closed the connection, to a client that waits for no packet."""
    return bool(select.select([client.socket], [], [], 0)[0])


def drip(port, process):
    """300 clients send a conversation one byte at a time, all at once."""
    del process
    echo = Echo(port)
    clients = [Raw(port) for _ in range(300)]
    talks = [connect(f"drip{n}") + subscribe(1, f"drip/{n}") + publish(f"drip/{n}", b"hello") for n in range(300)]
    for position in range(max(map(len, talks))):
        for client, talk in zip(clients, talks):
            if position < len(talk):
                client.send(talk[position:position + 1])
        if position % 16 == 0:
            echo.progress()
    answered = 0
    for client in clients:
        kinds = [client.read()[0] for _ in range(3)]
        answered += kinds == [0x20, 0x90, 0x30]
    echo.finish()
    report(answered=answered, echoes=echo.count)


def no_descriptors(port, process):
    """More connections than the broker has descriptors for."""
    limit = resource.prlimit(process, resource.RLIMIT_NOFILE)[0]
    echo, before = Echo(port), open_files(process)
    clients = [Raw(port) for _ in range(limit + 20)]
    for number, client in enumerate(clients):
        client.send(connect(f"many{number}"))
    # Each is either let in or turned away: none is left waiting.
    answers = [client.read() for client in clients]
    served = answers.count((0x20, b"\x00\x00"))
    echo.progress()
    for client in clients:
        client.close()
    eventually("the descriptors are back", lambda: open_files(process) <= before)
    late = Raw(port).join("late").subscribe("late")
    late.send(publish("late", b"x"))
    late.expect(0x30)
    echo.finish()
    report(limit=limit, served=served, turned_away=answers.count(None), echoes=echo.count)


SCENARIOS = {
    "never_reads_0": lambda port, process: never_reads(port, process, 0),
    "never_reads_1": lambda port, process: never_reads(port, process, 1),
    "no_connect": no_connect,
    "half_close": half_close,
    "vanish": vanish,
    "partial_packets": partial_packets,
    "drip": drip,
    "no_descriptors": no_descriptors,
}

SCENARIOS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]))
