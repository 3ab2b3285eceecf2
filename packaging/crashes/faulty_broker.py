"""A small broker in the process of the test. It forgets nothing when it is killed, except as its defect says: with it
the self-test shows that the crash test finds each kind of fault, and finds none where there is none."""
import collections
import random
import socket

import wire
from brokers import free_ports
from cast import matches
from loop import READ, WRITE

WINDOW = 50

# Each with the kind of fault that it must be reported as.
DEFECTS = {
    "loses the end of a queue": "lost",
    "forgets a session": "session lost",
    "forgets which QoS 2 messages came": "QoS 2 twice",
    "forgets which QoS 2 messages were taken": "QoS 2 twice",
    "gives waiting messages other identifiers": "identifier used again",
    "turns queues around": "order",
    "goes back to older retained messages": "retained wrong",
    "forgets retained messages": "retained wrong",
    "forgets subscriptions": "lost",
    "goes back to older subscriptions": "without a subscription",
    "forgets wills": "will lost",
    "publishes wills twice": "will twice",
    "forgets that QoS 2 messages were released": "lost",
    "changes a byte": "corrupted",
    "lowers the QoS": "wrong QoS",
    "acknowledges before it stores": "lost",
    "acknowledges in another order": "acknowledgements out of order",
    "sends QoS 1 twice": "QoS 1 twice on a connection",
    "acknowledges nothing after the first kill": "unfinished",
}


class Message:
    def __init__(self, topic, payload, qos):
        self.topic, self.payload, self.qos = topic, payload, qos
        self.is_sent = self.is_taken = False


class Session:
    """What a client would find again: all of it survives the kill."""

    def __init__(self, name):
        self.name, self.version = name, 4
        self.filters, self.left = {}, {}
        self.released = collections.deque(maxlen=5)
        self.queue, self.flying, self.came = collections.deque(), {}, set()
        self.taken = collections.deque(maxlen=20)
        self.last_identifier, self.maximum = 0, WINDOW
        self.will, self.connection = None, None


class Connection:
    def __init__(self, broker, connection):
        self.broker, self.loop, self.socket = broker, broker.loop, connection
        self.input, self.output, self.session = bytearray(), bytearray(), None
        self.is_clean = False
        connection.setblocking(False)
        self.loop.watch(connection, self.ready)

    def ready(self, events):
        if events & WRITE:
            self.flush()
        if events & READ and self.socket is not None:
            try:
                data = self.socket.recv(1 << 18)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.broker.gone(self, is_orderly=False)
                return
            self.input += data
            for first, body in wire.take_packets(self.input):
                if self.socket is not None:
                    self.broker.handle(self, first, body)

    def send(self, data):
        self.output += data
        self.loop.dirty.add(self)

    def flush(self):
        if self.socket is None:
            return
        try:
            del self.output[:self.socket.send(self.output)]
        except BlockingIOError:
            pass
        except OSError:
            self.output.clear()
        self.loop.watch(self.socket, self.ready, READ | WRITE if self.output else READ)

    def close(self):
        if self.socket is not None:
            self.loop.forget(self.socket)
            self.socket.close()
            self.socket = None


class FaultyBroker:
    merges_overlaps = True

    def __init__(self, loop, defect, seed):
        self.loop, self.defect, self.random = loop, defect, random.Random(seed)
        self.port, = free_ports(1)
        self.is_up, self.is_dead, self.listener = False, True, None
        self.connections, self.sessions, self.retained, self.older = set(), {}, {}, {}
        self.kills, self.turns = 0, collections.Counter()
        self.not_stored, self.swapped = [], None

    # As the process of a broker

    def start(self):
        self.is_dead = False
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(("127.0.0.1", self.port))
        self.listener.listen(100)
        self.listener.setblocking(False)
        self.loop.watch(self.listener, self.accept)
        for session in list(self.sessions.values()):
            self.publish_will(session)

    def kill_after(self, seconds):
        self.loop.later(seconds, self.kill)

    def kill(self):
        self.is_up, self.is_dead = False, True
        self.kills += 1
        self.loop.forget(self.listener)
        self.listener.close()
        for connection in list(self.connections):
            connection.close()
            if connection.is_clean and connection.session:
                self.sessions.pop(connection.session.name, None)
        self.connections.clear()
        for session in self.sessions.values():
            session.connection = None
        self.forget()

    def has_ended(self):
        return self.is_dead

    def last_words(self):
        return self.defect or ""

    def size_of_data(self):
        return 0

    def forget(self):
        """What the defect costs at a kill."""
        sessions = list(self.sessions.values())
        for session in sessions:
            if self.defect == "loses the end of a queue" and session.queue:
                session.queue.pop()
            elif self.defect == "forgets which QoS 2 messages came":
                session.came.clear()
            elif self.defect == "forgets that QoS 2 messages were released":
                session.came.update(session.released)
            elif self.defect == "forgets which QoS 2 messages were taken":
                session.flying = {**{key: each for key, each in session.taken if key not in session.flying},
                                  **session.flying}
            elif self.defect == "gives waiting messages other identifiers":
                session.queue.extendleft(reversed([each for each in session.flying.values() if not each.is_taken]))
                session.flying.clear()
                session.last_identifier = 0
            elif self.defect == "turns queues around":
                session.queue.reverse()
            elif self.defect == "forgets subscriptions" and session.name.startswith("changer"):
                session.filters.clear()
            elif self.defect == "goes back to older subscriptions":
                session.filters.update(session.left)
            elif self.defect == "forgets wills":
                session.will = None
            elif self.defect == "changes a byte" and session.queue:
                message = session.queue[0]
                message.payload = message.payload[:-1] + bytes([message.payload[-1] ^ 1])
            elif self.defect == "lowers the QoS" and session.queue:
                session.queue[-1].qos = 1
        if self.defect == "forgets a session":
            self.sessions.pop("offline-1", None)
        elif self.defect == "goes back to older retained messages":
            self.retained.update(self.older)
        elif self.defect == "forgets retained messages":
            self.retained.clear()
        elif self.defect == "acknowledges before it stores":
            self.not_stored.clear()

    # Connections

    def accept(self, _):
        connection, _ = self.listener.accept()
        self.connections.add(Connection(self, connection))

    def gone(self, connection, is_orderly):
        connection.close()
        self.connections.discard(connection)
        session = connection.session
        if session is None or session.connection is not connection:
            return
        session.connection = None
        if is_orderly:
            session.will = None
        self.publish_will(session)
        if connection.is_clean:
            del self.sessions[session.name]

    def publish_will(self, session):
        if session.will:
            will, session.will = session.will, None
            for _ in range(2 if self.defect == "publishes wills twice" else 1):
                self.route(*will, 2)

    def admit(self, connection, body):
        version, flags = body[6], body[7]
        at, maximum = 10, WINDOW
        if version == 5:
            properties = body[11:11 + body[10]]
            at += 1 + body[10]
            # Expiry with its 5 bytes comes first.
            if len(properties) > 5:
                maximum = properties[6] << 8 | properties[7]
        fields = []
        for index in range(3 if flags & 4 else 1):
            if index == 1 and version == 5:
                at += 1 + body[at]
            length = body[at] << 8 | body[at + 1]
            fields.append(body[at + 2:at + 2 + length])
            at += 2 + length
        name = fields[0].decode()
        was_there = name in self.sessions
        session = self.sessions.setdefault(name, Session(name))
        if session.connection:
            self.gone(session.connection, is_orderly=False)
        session.version, session.connection, session.maximum = version, connection, min(maximum, WINDOW)
        session.will = tuple(fields[1:]) or None
        connection.session, connection.is_clean = session, bool(flags & 2)
        connection.send(wire.packet(0x20, bytes([was_there, 0]) + (b"\x00" if version == 5 else b"")))
        for identifier, message in session.flying.items():
            if message.is_taken:
                connection.send(wire.acknowledgement(wire.PUBREL, identifier))
            else:
                self.send(session, identifier, message, duplicate=True)
        self.feed(session)

    # Packets

    def handle(self, connection, first, body):
        kind, session = first >> 4, connection.session
        if kind == wire.CONNECT:
            self.admit(connection, body)
        elif kind == wire.PUBLISH:
            self.take(connection, first, body)
        elif kind == wire.PUBREL:
            session.came.discard(wire.read_identifier(body))
            session.released.append(wire.read_identifier(body))
            connection.send(wire.acknowledgement(wire.PUBCOMP, wire.read_identifier(body)))
        elif kind == wire.PUBREC:
            identifier = wire.read_identifier(body)
            session.flying[identifier].is_taken = True
            connection.send(wire.acknowledgement(wire.PUBREL, identifier))
        elif kind in (wire.PUBACK, wire.PUBCOMP):
            identifier = wire.read_identifier(body)
            message = session.flying.pop(identifier)
            if kind == wire.PUBCOMP:
                message.is_taken = False
                session.taken.append((identifier, message))
            self.feed(session)
        elif kind in (wire.SUBSCRIBE, wire.UNSUBSCRIBE):
            self.change(connection, kind, body)
        elif kind == wire.PINGREQ:
            connection.send(wire.PINGRESP_PACKET)
        elif kind == wire.DISCONNECT:
            self.gone(connection, is_orderly=True)

    def change(self, connection, kind, body):
        session, at, codes = connection.session, 2, []
        if session.version == 5:
            at += 1
        while at < len(body):
            length = body[at] << 8 | body[at + 1]
            name = body[at + 2:at + 2 + length].decode()
            at += 2 + length
            if kind == wire.SUBSCRIBE:
                session.filters[name] = body[at]
                codes.append(body[at])
                at += 1
            else:
                session.left[name] = session.filters.pop(name, 1)
                codes.append(0)
        answer = body[:2] + (b"\x00" if session.version == 5 else b"")
        if kind == wire.SUBSCRIBE or session.version == 5:
            answer += bytes(codes)
        connection.send(wire.packet(0x90 if kind == wire.SUBSCRIBE else 0xB0, answer))
        if kind == wire.SUBSCRIBE:
            for topic, payload in self.retained.items():
                if any(matches(each, topic.decode()) for each in session.filters):
                    connection.send(wire.publish(topic, payload, 0, 0, session.version, retain=True))

    def take(self, connection, first, body):
        session = connection.session
        topic, payload, qos, identifier, _, is_retained = wire.read_publish(first, body, session.version)
        if self.defect == "acknowledges nothing after the first kill" and self.kills:
            return
        if is_retained:
            self.older.setdefault(topic, payload)
            if payload:
                self.retained[topic] = payload
            else:
                self.retained.pop(topic, None)
        if identifier not in session.came:
            if self.defect == "acknowledges before it stores":
                self.not_stored.append((topic, payload, qos))
                if len(self.not_stored) > 20:
                    self.route(*self.not_stored.pop(0))
            else:
                self.route(topic, payload, qos)
        if qos == 2:
            session.came.add(identifier)
        answer = connection, wire.acknowledgement(wire.PUBACK if qos == 1 else wire.PUBREC, identifier)
        if self.defect == "acknowledges in another order" and self.swapped is None \
                and session.name == "publisher-1" and qos == 1:
            self.swapped = answer
            return
        answer[0].send(answer[1])
        if self.swapped and self.swapped[0] is connection and qos == 1:
            held, self.swapped = self.swapped, None
            held[0].send(held[1])

    def route(self, topic, payload, qos):
        name, groups = topic.decode(), collections.defaultdict(list)
        for session in list(self.sessions.values()):
            best = -1
            for each, granted in session.filters.items():
                if matches(each, name):
                    if each.startswith("$share/"):
                        groups[each].append((session, granted))
                    else:
                        best = max(best, granted)
            if best >= 0:
                self.enqueue(session, topic, payload, min(qos, best))
        for each, members in groups.items():
            self.turns[each] += 1
            session, granted = members[self.turns[each] % len(members)]
            self.enqueue(session, topic, payload, min(qos, granted))

    # Towards clients

    def enqueue(self, session, topic, payload, qos):
        if qos == 0:
            return
        session.queue.append(Message(topic, payload, qos))
        if self.defect == "sends QoS 1 twice" and qos == 1 and self.random.random() < 0.01:
            session.queue.append(Message(topic, payload, qos))
        self.feed(session)

    def feed(self, session):
        while session.connection and session.queue and len(session.flying) < session.maximum:
            message = session.queue.popleft()
            while True:
                session.last_identifier = session.last_identifier % 65535 + 1
                if session.last_identifier not in session.flying:
                    break
            session.flying[session.last_identifier] = message
            self.send(session, session.last_identifier, message, duplicate=False)

    def send(self, session, identifier, message, duplicate):
        session.connection.send(wire.publish(
            message.topic, message.payload, message.qos, identifier, session.version, duplicate))
