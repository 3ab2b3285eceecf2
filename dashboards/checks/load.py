"""A load that moves every metric that a client can move.

python3 load.py PORT GATEWAY-PORT TLS-PORT SECONDS STRESS-FROM STRESS-TO

Well-behaved clients are Paho's; those that refuse to read, to acknowledge or to say goodbye are bare sockets. The rates
are small: the aim is that everything happens, not that much happens.
"""

import contextlib
import random
import ssl
import sys
import threading
import time
from collections.abc import Callable

from paho.mqtt.client import CallbackAPIVersion, Client, MQTTv5, MQTTv311
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

import wire


class Load:
    """All actors, each in a thread of its own, until the time is over."""

    def __init__(self, ports: tuple[int, int, int], seconds: float, stress: tuple[float, float]):
        self.port, self.gateway, self.secure = ports
        self.stress = stress
        self.begin = time.monotonic()
        self.end = self.begin + seconds

    def run(self) -> None:
        """Runs everything to its end."""
        actors: list[Callable[[], None]] = [
            *(lambda number=number: self.sensor(number) for number in range(6)),
            self.readers, self.absent, self.acknowledging_slowly, self.unread, self.churn, self.refused, self.silent,
            self.crowd, self.late, self.forgetful, self.bulk, self.heavy,
            self.secured, self.named,
        ]
        threads = [threading.Thread(target=self._guard, args=(actor,), daemon=True) for actor in actors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _guard(self, actor: Callable[[], None]) -> None:
        """A socket that the broker closes is a part of the load: the actor begins again."""
        while time.monotonic() < self.end:
            try:
                actor()
            except OSError:
                self.wait(0.5)

    def wait(self, seconds: float) -> bool:
        """Sleeps; False when the time is over."""
        time.sleep(max(0, min(seconds, self.end - time.monotonic())))
        return time.monotonic() < self.end

    def client(self, name: str, version: int = MQTTv5, clean: bool = True, will: bool = False) -> Client:
        """One of Paho's clients, connected."""
        options = {} if version == MQTTv5 else {"clean_session": clean}
        found = Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=version, **options)
        if will:
            found.will_set("wills/" + name, "gone")
        if version == MQTTv5:
            found.connect("127.0.0.1", self.port, clean_start=clean)
        else:
            found.connect("127.0.0.1", self.port)
        found.loop_start()
        return found

    def sensor(self, number: int) -> None:
        """Publishes with each QoS, sometimes retained; the first uses a topic alias."""
        found = self.client(f"sensor-{number}", MQTTv5 if number < 3 else MQTTv311, will=True)
        topic, count = f"site/{number}/temperature", 0
        alias = Properties(PacketTypes.PUBLISH)
        alias.TopicAlias = 1
        while self.wait(random.uniform(0.01, 0.03)):
            count += 1
            if number == 0:
                found.publish(topic if count == 1 else "", b"21.5 degrees", 0, properties=alias)
            else:
                found.publish(topic, b"x" * random.choice((12, 40, 300)), count % 3, retain=count % 20 == 0)
        found.disconnect()

    def readers(self) -> None:
        """Wildcards, a shared group, $SYS; one that subscribes and unsubscribes."""
        found = [self.client(f"reader-{number}") for number in range(5)]
        found[0].subscribe("site/+/temperature", 2)
        found[1].subscribe([("wills/#", 1), ("bulk/#", 0)])
        found[2].subscribe("$share/group/site/#", 1)
        found[3].subscribe("$share/group/site/#", 1)
        found[4].subscribe("$SYS/#", 0)
        while self.wait(0.5):
            found[1].subscribe("site/1/temperature", 1)
            found[1].publish("nobody/listens", b"?", 1)
            self.wait(0.2)
            found[1].unsubscribe("site/1/temperature")

    def absent(self) -> None:
        """A session whose client is away: its queue fills, then messages are dropped."""
        socket = wire.dial(self.port, wire.connect("absent", clean=False) + wire.subscribe("site/#", 1))
        self.wait(1)
        wire.reset(socket)
        self.wait(3600)

    def acknowledging_slowly(self) -> None:
        """A receiver that takes its time for each message, and a publisher that is held for it at each burst."""
        receiver = self.client("slow-acks")
        receiver.on_message = lambda *_: self.wait(0.01)
        receiver.subscribe("slow/acks", 1)
        publisher = self.client("held")
        while self.wait(3.3):
            for _ in range(260):
                publisher.publish("slow/acks", b"x" * 50, 1)

    def unread(self) -> None:
        """A receiver that never reads."""
        hello = wire.connect("never-reads", keep_alive=0) + wire.subscribe("slow/reads", 0)
        socket = wire.dial(self.port, hello, buffer=4096)
        publisher = self.client("fills")
        while self.wait(0.05):
            publisher.publish("slow/reads", b"x" * 20_000, 0)
        wire.reset(socket)

    def churn(self) -> None:
        """Clients that come and go, with goodbye and without, and two with one name."""
        count = 0
        while self.wait(0.1):
            count += 1
            socket = wire.dial(self.port, wire.connect(f"churn-{count % 7}", will="wills/churn"))
            socket.recv(16)
            if count % 3 == 0:
                socket.sendall(wire.DISCONNECT)
                socket.close()
            elif count % 3 == 1:
                wire.reset(socket)
            else:
                other = wire.dial(self.port, wire.connect(f"churn-{count % 7}"))
                other.recv(16)
                other.close()
                socket.close()

    def refused(self) -> None:
        """CONNECTs that nobody accepts, and sockets that say nothing."""
        bad = (wire.connect("future", level=9), wire.connect("", clean=False), b"\x16\x03\x01\x00\x05hello", b"")
        while self.wait(0.3):
            for first in bad:
                socket = wire.dial(self.port, first)
                if first:
                    socket.recv(16)
                socket.close()

    def silent(self) -> None:
        """Promises a packet each second and sends none."""
        socket = wire.dial(self.port, wire.connect("silent", keep_alive=1))
        while socket.recv(64):
            pass
        socket.close()

    def crowd(self) -> None:
        """Many at once, at a listener that lets few in; at times more than there may be."""
        while self.wait(3):
            sockets = [wire.dial(self.gateway, wire.connect(f"crowd-{number}")) for number in range(40)]
            self.wait(2)
            direct = [wire.dial(self.port, wire.connect(f"more-{number}")) for number in range(60)]
            self.wait(0.5)
            for socket in sockets + direct:
                socket.close()

    def late(self) -> None:
        """Comes back when what waited for it has expired."""
        while self.wait(0.1):
            socket = wire.dial(self.port, wire.connect("late", clean=False) + wire.subscribe("late/#", 1))
            self.wait(0.5)
            wire.reset(socket)
            publisher = self.client("hurried")
            expiry = Properties(PacketTypes.PUBLISH)
            expiry.MessageExpiryInterval = 1
            for _ in range(5):
                publisher.publish("late/news", b"old", 1, properties=expiry)
            self.wait(3)
            publisher.disconnect()
            publisher.loop_stop()

    def forgetful(self) -> None:
        """Forgets to finish what it received, and comes back: PUBLISH and PUBREL are sent again."""
        while self.wait(0.3):
            hello = wire.connect("forgetful", clean=False) + wire.subscribe("site/1/temperature", 2)
            socket = wire.dial(self.port, hello, timeout=1)
            self.wait(0.5)
            # CONNACK has four bytes.
            for qos, number in wire.publishes(socket.recv(4096)[4:]):
                if qos == 2:
                    socket.sendall(wire.packet(0x50, number.to_bytes(2, "big")))
            self.wait(0.2)
            wire.reset(socket)

    def secured(self) -> None:
        """Clients with TLS, some that speak none or stop in the middle, and those that wait behind them."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        memory = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            context.wrap_bio(ssl.MemoryBIO(), memory).do_handshake()
        hello = memory.read()
        while self.wait(0.2):
            plain = wire.dial(self.secure, wire.connect("lost"))
            plain.recv(16)
            plain.close()
            stalled = [wire.dial(self.secure, hello) for _ in range(3)]
            self.wait(1.5)
            for one in stalled:
                one.close()
            with context.wrap_socket(wire.dial(self.secure, b"")) as found:
                found.sendall(wire.connect("secured"))
                found.recv(16)
                self.wait(1)

    def named(self) -> None:
        """Says who it is, some with a wrong password, more at once than the plugin may be asked about."""
        while self.wait(0.5):
            passwords = ("right", "wrong", "false", "guessed")
            sockets = [
                wire.dial(self.port, wire.connect(f"named-{password}", login=("known", password)))
                for password in passwords]
            for socket in sockets:
                socket.recv(16)
                socket.close()

    def bulk(self) -> None:
        """Large messages, which reach the limit on bytes."""
        socket = wire.dial(self.port, wire.connect("bulk", keep_alive=0))
        while self.wait(5):
            for _ in range(6):
                socket.sendall(wire.publish("bulk/file", bytes(900_000)))

    def heavy(self) -> None:
        """Publishes as fast as it may while the broker is stressed; retained, since that costs most credits."""
        if not self.wait(self.stress[0] - (time.monotonic() - self.begin)):
            return
        socket = wire.dial(self.port, wire.connect("heavy", keep_alive=0))
        some = b"".join(wire.publish(f"heavy/{number % 20}", b"x" * 20, retain=True) for number in range(2_000))
        while self.wait(0.01) and time.monotonic() - self.begin < self.stress[1]:
            try:
                socket.sendall(some)
            except TimeoutError:
                socket.close()
                return
        wire.reset(socket)
        self.wait(3600)


if __name__ == "__main__":
    numbers = [float(argument) for argument in sys.argv[1:]]
    Load((int(numbers[0]), int(numbers[1]), int(numbers[2])), numbers[3], (numbers[4], numbers[5])).run()
