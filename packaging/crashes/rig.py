"""Kills a broker again and again while clients use it, and sees whether it keeps what it has promised."""
import os
import random
import shutil
import socket
import time

import cast
import wire
from ledger import Ledger, number_of
from loop import Loop

FIRST_START_SECONDS = 30
SHORTEST_LOAD, LONGEST_LOAD = 0.1, 2.5
EARLY_KILL_PROBABILITY, LONGEST_EARLY_LIFE = 0.25, 0.15
RETRY_SECONDS = 0.003
# How long nothing at all may come before what is missing counts as lost, and how long to wait for what should not come.
SILENCE_SECONDS, CALM_SECONDS = 6, 1
COPIES_KEPT = 5


class Failed(Exception):
    """The test cannot go on."""


class Rig:
    def __init__(self, broker, seed, time_limit, loop=None, keep=False, silence=SILENCE_SECONDS,
                 longest_load=LONGEST_LOAD):
        self.broker, self.seed, self.keep, self.silence = broker, seed, keep, silence
        self.longest_load = longest_load
        self.loop = loop or Loop()
        self.ledger = Ledger(self.loop.now)
        self.random = random.Random(f"{seed} plan")
        self.deadline = time.monotonic() + time_limit
        self.is_loading = False
        self.connections = 0
        self.starts, self.waiting, self.sizes = [], [], []
        self.roles, self.dying = [], []
        self.rounds = 0

    # What clients ask

    @property
    def port(self):
        return self.broker.port

    @property
    def is_down(self):
        return not self.broker.is_up

    def is_ending(self):
        return self.is_down or self.broker.has_ended()

    def next_connection(self):
        self.connections += 1
        return self.connections

    # The run

    def run(self, rounds):
        self.start()
        self.roles = cast.make(self)
        self.tick()
        for role in self.roles:
            role.prepare()
        self.wait_for("all clients to subscribe", lambda: all(role.is_prepared() for role in self.roles), 30)
        for number in range(1, rounds + 1):
            self.round(number)
            if self.keep and (self.ledger.counts or self.ledger.first_gap):
                break
        if not rounds:
            self.load(0)
            self.loop.run_for(self.longest_load)
        self.drain()
        self.ledger.settle()

    def wait_for(self, what, condition, seconds):
        limit = min(seconds, self.deadline - time.monotonic())
        if not self.loop.run_until(lambda: condition() or self.has_died(), limit) or self.has_died():
            if self.has_died():
                raise Failed(f"The broker ended by itself, before {what}:\n{self.broker.last_words()}")
            raise Failed(f"No more time for {what} (waited {limit:.0f} s)")

    def has_died(self):
        return self.broker.is_up and self.broker.has_ended()

    def tick(self):
        for role in self.roles + self.dying:
            role.tick()
        self.loop.later(cast.TICK_SECONDS, self.tick)

    def load(self, number):
        """All come back, and the publishers begin at once, while others are still connecting."""
        self.is_loading = True
        for role in self.random.sample(self.roles, len(self.roles)):
            role.begin_round(number)
        self.dying = [
            cast.Dying(self, f"dying-{number}-{version}", version, self.wills, self.random.choice((0.05, 0.5, 10)),
                       self.random.choice((0, 1)))
            for version in (4, 5)
        ]

    def round(self, number):
        self.rounds = number
        seconds = self.random.uniform(SHORTEST_LOAD, self.longest_load)
        early = [self.random.uniform(0, LONGEST_EARLY_LIFE)
                 for _ in range(2) if self.random.random() < EARLY_KILL_PROBABILITY]
        self.load(number)
        self.broker.kill_after(seconds)
        self.wait_for("the kill", lambda: not self.broker.is_up and self.broker.has_ended(), seconds + 30)
        # What it said before is still read.
        clients = [role.client for role in self.roles + self.dying]
        self.wait_for("the connections to end", lambda: all(each.socket is None for each in clients), 30)
        self.is_loading = False
        self.ledger.kills.append(self.ledger.now())
        self.waiting.append(self.ledger.waiting())
        self.sizes.append(self.broker.size_of_data())
        self.copy_data(number)
        for life in early:
            self.broker.start()
            self.broker.kill_after(life)
            self.wait_for("an early kill", self.broker.has_ended, 30)
            self.ledger.notes["kills within start-up"] += 1
        self.start()

    def copy_data(self, number):
        if self.keep:
            shutil.copytree(self.broker.data, os.path.join(self.broker.folder, f"data-after-kill-{number}"))
            shutil.rmtree(os.path.join(self.broker.folder, f"data-after-kill-{number - COPIES_KEPT}"),
                          ignore_errors=True)

    def start(self):
        """Starts the broker, waits until it answers a CONNECT, and looks at its retained messages."""
        begin = time.monotonic()
        self.broker.start()
        answer = None
        limit = begin + FIRST_START_SECONDS
        while answer is None:
            self.loop.run_for(RETRY_SECONDS)
            if self.broker.has_ended():
                raise Failed(f"The broker did not start:\n{self.broker.last_words()}")
            if time.monotonic() > min(limit, self.deadline):
                raise Failed(f"The broker did not accept clients within {FIRST_START_SECONDS} s")
            answer = Inspector.open(self)
        self.starts.append(time.monotonic() - begin)
        # Others come when all retained messages were seen: the writers change them.
        answer.look()
        self.broker.is_up = True

    def drain(self):
        self.is_loading = False
        # The last will clients are gone, too.
        for each in self.dying:
            each.client.leave(politely=False)
        for role in self.roles:
            role.begin_end()
        clients = [role.client for role in self.roles]
        seen, since = -1, time.monotonic()
        while True:
            deliveries = sum(each.deliveries for each in self.ledger.receivers) \
                + sum(stream.acknowledged_count for stream in self.ledger.streams)
            if deliveries != seen:
                seen, since = deliveries, time.monotonic()
            is_finished = all(role.is_finished() for role in self.roles) and self.ledger.waiting() == 0 \
                and not any(each.received for each in clients)
            if time.monotonic() - since > (CALM_SECONDS if is_finished else self.silence):
                break
            if time.monotonic() > self.deadline:
                raise Failed("The queues were not drained within the time limit")
            if self.has_died():
                raise Failed(f"The broker ended by itself:\n{self.broker.last_words()}")
            self.loop.step()
        for role in self.roles:
            if not role.is_finished():
                self.ledger.fault("unfinished", f"{role.name} still waits: {len(role.client.outgoing)} messages and "
                                  f"{len(role.client.requests)} subscriptions without an answer"
                                  + ("" if role.client.is_connected else ", not connected"))
        self.broker.is_up = False
        Inspector.open(self).look()


class Inspector:
    """A client without a past that asks for all retained messages."""

    SECONDS = 5
    CALM_SECONDS = 0.03

    def __init__(self, rig, connection):
        self.rig, self.ledger, self.socket = rig, rig.ledger, connection
        self.input, self.values, self.has_pong, self.is_open = bytearray(), {}, False, True
        self.has_connack = False
        self.last = time.monotonic()
        connection.setblocking(False)
        rig.loop.watch(connection, self.read)

    @classmethod
    def open(cls, rig):
        """Nothing if the broker does not accept it (yet)."""
        connection = socket.socket()
        try:
            connection.connect(("127.0.0.1", rig.port))
        except OSError:
            connection.close()
            return None
        self = cls(rig, connection)
        connection.send(wire.connect(f"inspector-{rig.next_connection()}", 4, clean=True))
        rig.loop.run_until(lambda: self.has_connack or not self.is_open or rig.broker.has_ended(), FIRST_START_SECONDS)
        if not self.has_connack:
            self.close()
            return None
        return self

    def close(self):
        self.is_open = False
        self.rig.loop.forget(self.socket)
        self.socket.close()

    def read(self, _):
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        self.input += data
        self.last = time.monotonic()
        for first, body in wire.take_packets(self.input):
            kind = first >> 4
            if kind == wire.CONNACK:
                self.has_connack = body[1] == 0
            elif kind == wire.PINGRESP:
                self.has_pong = True
            elif kind == wire.PUBLISH:
                topic, payload, *_ = wire.read_publish(first, body, 4)
                found = self.ledger.identify("a client that asked for retained messages", topic, payload, retained=True)
                if found:
                    self.values[found[0].index] = found[1]

    def look(self):
        streams = [stream for stream in self.ledger.streams if stream.retained]
        self.socket.send(wire.subscribe(1, [("crash/kept/#", 0)], 4) + wire.PINGREQ_PACKET)

        def is_over():
            if not self.is_open:
                return True
            calm = time.monotonic() - self.last
            is_whole = all(self.ledger.retained_is_right(each, self.values.get(each.index)) for each in streams)
            return self.has_pong and calm > (self.CALM_SECONDS if is_whole else 1)
        self.rig.loop.run_until(is_over, self.SECONDS)
        for stream in streams:
            value = self.values.get(stream.index)
            if not self.ledger.retained_is_right(stream, value):
                words = "nothing" if value is None else f"value {value}"
                self.ledger.fault(
                    "retained wrong", f"{stream.topic.decode()} has {words}; {stream.last_acknowledged} was "
                    f"acknowledged last, {len(stream.sent) - 1} sent last")
        if self.is_open:
            self.socket.send(wire.DISCONNECT_PACKET)
            self.close()
