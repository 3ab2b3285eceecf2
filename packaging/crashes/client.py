"""A correct client with a durable session: it keeps its side of the session whatever happens to the broker."""
import collections
import socket
import struct

import wire
from loop import READ, WRITE

EXPIRY = 3600
RECONNECT_SECONDS = 0.02
# Few, so that each is used again soon after the broker has completed it.
IDENTIFIERS = 250
ABNORMAL = struct.pack("ii", 1, 0)


class Outgoing:
    """A message of ours that is not done: PUBLISH waits for PUBACK or PUBREC, after that PUBREL for PUBCOMP."""

    __slots__ = ("stream", "number", "is_released", "waits_here")

    def __init__(self, stream, number):
        self.stream, self.number, self.is_released, self.waits_here = stream, number, False, True


class Client:
    """`role` is told what happens: connected, delivered, progressed, subscribed, closed."""

    def __init__(self, rig, role, name, version, receive_maximum=None, will=None, will_delay=0):
        self.rig, self.loop, self.ledger, self.role = rig, rig.loop, rig.ledger, role
        self.name, self.version, self.receive_maximum = name, version, receive_maximum
        self.will, self.will_delay = will, will_delay
        self.socket = None
        self.wants_connection = self.is_connected = self.has_session = False
        self.connection = 0
        self.input, self.output = bytearray(), bytearray()
        self.can_write = self.is_writing = False
        # In the order in which they were first sent, which is the order in which they are sent again (MQTT-4.6.0-1).
        self.outgoing, self.last_identifier, self.window = {}, 0, 65535
        self.order_of_acknowledgements = {wire.PUBACK: collections.deque(), wire.PUBREC: collections.deque()}
        self.received = {}
        self.requests = {}
        # Acknowledgements that wait, when the client is a slow one.
        self.is_slow, self.held_back = False, collections.deque()

    # Connections

    def connect(self):
        self.wants_connection = True
        if self.socket is None and not self.rig.is_down:
            self.open()

    def open(self):
        connection = socket.socket()
        try:
            connection.connect(("127.0.0.1", self.rig.port))
        except OSError:
            connection.close()
            self.retry()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.connection = connection, self.rig.next_connection()
        self.can_write, self.is_writing = True, False
        self.loop.watch(connection, self.ready)
        self.send(wire.connect(
            self.name, self.version, clean=False, expiry=EXPIRY, receive_maximum=self.receive_maximum, will=self.will,
            will_delay=self.will_delay))

    def retry(self):
        if self.wants_connection and not self.rig.is_down:
            self.loop.later(RECONNECT_SECONDS, lambda: self.wants_connection and self.connect())

    def leave(self, politely):
        """Closes the connection, with DISCONNECT or with a reset."""
        self.wants_connection = False
        if self.socket is None:
            return
        if politely:
            self.send(wire.DISCONNECT_PACKET)
            self.flush()
        else:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABNORMAL)
        self.drop()

    def drop(self):
        self.loop.forget(self.socket)
        self.socket.close()
        self.socket, self.is_connected = None, False
        self.input.clear()
        self.output.clear()
        self.held_back.clear()
        self.role.closed()

    def was_closed(self):
        """By the broker, or by its end."""
        if not self.rig.is_ending():
            self.ledger.notes["connections closed by the living broker"] += 1
        self.drop()
        self.retry()

    def ready(self, events):
        if events & WRITE:
            self.flush()
        if events & READ and self.socket is not None:
            self.read()

    def read(self):
        try:
            data = self.socket.recv(1 << 18)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.was_closed()
            return
        self.input += data
        try:
            for first, body in wire.take_packets(self.input):
                self.handle(first, body)
                if self.socket is None:
                    return
        except (wire.Malformed, IndexError) as error:
            self.ledger.fault("corrupted", f"{self.name} got a malformed packet: {error}")
            self.was_closed()
            return
        self.role.progressed()

    def send(self, data):
        if self.socket is not None:
            self.output += data
            self.loop.dirty.add(self)

    def flush(self):
        if self.socket is None:
            return
        if self.can_write and self.output:
            try:
                count = self.socket.send(self.output)
                del self.output[:count]
            except BlockingIOError:
                pass
            except OSError:
                # What the broker said before it ended is still to be read.
                self.can_write = False
        if not self.can_write:
            self.output.clear()
        is_writing = bool(self.output)
        if is_writing != self.is_writing:
            self.is_writing = is_writing
            self.loop.watch(self.socket, self.ready, READ | WRITE if is_writing else READ)

    # Packets

    def handle(self, first, body):
        kind = first >> 4
        if kind == wire.PUBLISH:
            self.take(first, body)
        elif kind in (wire.PUBACK, wire.PUBREC):
            self.acknowledged(kind, body)
        elif kind == wire.PUBREL:
            identifier = wire.read_identifier(body)
            self.received.pop(identifier, None)
            self.answer(wire.PUBCOMP, identifier)
        elif kind == wire.PUBCOMP:
            self.completed(wire.read_identifier(body))
        elif kind in (wire.SUBACK, wire.UNSUBACK):
            self.granted(body)
        elif kind == wire.CONNACK:
            self.admitted(body)
        elif kind == wire.DISCONNECT:
            self.ledger.notes[f"DISCONNECT {body[:1].hex() or '00'}"] += 1
        else:
            raise wire.Malformed(f"first byte {first:#x}")

    def admitted(self, body):
        was_there, reason, maximum = wire.read_connack(body, self.version)
        if reason:
            self.ledger.notes[f"CONNACK {reason:#x}"] += 1
            return
        self.window = maximum
        if self.has_session and not was_there:
            self.ledger.fault("session lost", f"{self.name} came back, and the broker had no session for it")
            self.begin_anew()
        self.has_session = True
        self.is_connected = True
        self.send_again()
        for packet, _ in self.requests.values():
            self.send(packet)
        self.role.connected(was_there)

    def begin_anew(self):
        """What a client does whose session is gone: forgets its own, publishes again what was not acknowledged."""
        self.received.clear()
        unfinished, self.outgoing = list(self.outgoing.values()), {}
        for each in unfinished:
            if each.is_released:
                self.ledger.complete(each.stream, each.number)
            else:
                if each.stream.qos == 2:
                    self.ledger.send_again(each.stream, each.number)
                self.outgoing[self.free_identifier()] = each
        self.role.session_lost()

    def send_again(self):
        for queue in self.order_of_acknowledgements.values():
            queue.clear()
        for identifier, each in self.outgoing.items():
            if each.is_released:
                self.send(wire.acknowledgement(wire.PUBREL, identifier))
            else:
                # A broker that has stored it takes it for another message; with QoS 2 it knows the identifier.
                if each.stream.qos == 1:
                    self.ledger.send_again(each.stream, each.number)
                self.send_publish(identifier, each, duplicate=True)

    # Publishing

    def free_identifier(self):
        while True:
            self.last_identifier = self.last_identifier % IDENTIFIERS + 1
            if self.last_identifier not in self.outgoing and self.last_identifier not in self.requests:
                return self.last_identifier

    def publish(self, stream):
        each = Outgoing(stream, self.ledger.send(stream))
        identifier = self.free_identifier()
        self.outgoing[identifier] = each
        self.send_publish(identifier, each)

    def send_publish(self, identifier, each, duplicate=False):
        stream = each.stream
        self.order_of_acknowledgements[wire.PUBACK if stream.qos == 1 else wire.PUBREC].append(identifier)
        self.send(wire.publish(
            stream.topic, stream.payload(each.number), stream.qos, identifier, self.version, duplicate,
            stream.retained))

    def acknowledged(self, kind, body):
        identifier = wire.read_identifier(body)
        each = self.outgoing.get(identifier)
        queue = self.order_of_acknowledgements[kind]
        if each is None or each.is_released or (each.stream.qos == 1) != (kind == wire.PUBACK):
            self.ledger.fault("acknowledgement of nothing", f"{self.name} got packet type {kind} for {identifier}")
            return
        if queue and queue[0] == identifier:
            queue.popleft()
        else:
            # [MQTT-4.6.0-2], [MQTT-4.6.0-3]
            self.ledger.fault("acknowledgements out of order",
                              f"{self.name}: {self.ledger.describe(each.stream, each.number)}")
            queue.remove(identifier)
        reason = body[2] if len(body) > 2 else 0
        if reason >= wire.REFUSED:
            del self.outgoing[identifier]
            self.ledger.refuse(each.stream, each.number, reason)
        elif kind == wire.PUBACK:
            del self.outgoing[identifier]
            self.ledger.complete(each.stream, each.number)
        else:
            each.is_released = True
            self.ledger.acknowledge(each.stream, each.number)
            self.send(wire.acknowledgement(wire.PUBREL, identifier))

    def completed(self, identifier):
        each = self.outgoing.get(identifier)
        if each is None or not each.is_released:
            self.ledger.fault("acknowledgement of nothing", f"{self.name} got PUBCOMP for {identifier}")
            return
        del self.outgoing[identifier]
        self.ledger.complete(each.stream, each.number)

    # Receiving

    def take(self, first, body):
        topic, payload, qos, identifier, duplicate, retained = wire.read_publish(first, body, self.version)
        found = self.ledger.identify(self.name, topic, payload)
        if found and retained:
            self.ledger.fault("corrupted", f"{self.name} got a live message marked as retained: "
                              + self.ledger.describe(*found))
        if qos == 2 and identifier in self.received:
            known, again = self.received[identifier], found
            found = None
            if known and again and known != again:
                self.ledger.fault("identifier used again", f"{self.name} had not released {identifier} from "
                                  f"{self.ledger.describe(*known)}, and got {self.ledger.describe(*again)}")
        elif qos == 2:
            self.received[identifier] = found
        if found:
            self.role.delivered(*found, qos, duplicate)
        if qos:
            self.answer(wire.PUBACK if qos == 1 else wire.PUBREC, identifier)

    def answer(self, kind, identifier):
        if self.is_slow:
            self.held_back.append((kind, identifier))
        else:
            self.send(wire.acknowledgement(kind, identifier))

    def let_go(self, count):
        """Sends so many of the acknowledgements that a slow client has held back."""
        for _ in range(min(count, len(self.held_back))):
            self.send(wire.acknowledgement(*self.held_back.popleft()))

    # Subscribing

    def subscribe(self, filters, answer):
        """`filters` are pairs of filter and QoS; sent again after a reconnect until SUBACK has come."""
        identifier = self.free_identifier()
        packet = wire.subscribe(identifier, filters, self.version)
        self.requests[identifier] = packet, lambda codes: self.check_grant(filters, codes, answer)
        self.request(packet)

    def check_grant(self, filters, codes, answer):
        if codes != [qos for _, qos in filters]:
            self.ledger.fault("subscription refused", f"{self.name}: {filters} were answered with {codes}")
        answer()

    def unsubscribe(self, filters, answer):
        identifier = self.free_identifier()
        packet = wire.unsubscribe(identifier, filters, self.version)
        self.requests[identifier] = packet, lambda codes: answer()
        self.request(packet)

    def request(self, packet):
        # Before CONNACK it waits with the others.
        if self.is_connected:
            self.send(packet)

    def granted(self, body):
        request = self.requests.pop(wire.read_identifier(body), None)
        if request is None:
            self.ledger.fault("acknowledgement of nothing", f"{self.name} got a SUBACK or UNSUBACK for nothing")
        else:
            request[1](wire.read_reasons(body, self.version))
