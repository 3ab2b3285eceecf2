"""MQTT 3.1.1 and 5 packets as bytes: what the clients of the crash test and its own broker say to each other."""
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT = range(8, 15)

# PUBREL has the flags 0010 (MQTT-3.6.1-1).
FIRST_BYTE = {PUBACK: 0x40, PUBREC: 0x50, PUBREL: 0x62, PUBCOMP: 0x70}
DISCONNECT_PACKET = b"\xe0\x00"
PINGREQ_PACKET = b"\xc0\x00"
PINGRESP_PACKET = b"\xd0\x00"
REFUSED = 0x80

# Bytes of the properties of CONNACK (MQTT 5, 3.2.2.3); 0 for a text or binary, which has a length of its own, None for
# a pair of texts.
CONNACK_PROPERTIES = {
    0x11: 4, 0x12: 0, 0x13: 2, 0x15: 0, 0x16: 0, 0x1A: 0, 0x1C: 0, 0x1F: 0, 0x21: 2, 0x22: 2, 0x24: 1, 0x25: 1,
    0x26: None, 0x27: 4, 0x28: 1, 0x29: 1, 0x2A: 1,
}
RECEIVE_MAXIMUM = 0x21


class Malformed(Exception):
    """A packet that MQTT does not allow."""


def variable(number):
    digits = bytearray()
    while True:
        number, digit = number >> 7, number & 0x7F
        digits.append(digit | 0x80 if number else digit)
        if not number:
            return bytes(digits)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(data)) + data


def packet(first, body):
    return bytes([first]) + variable(len(body)) + body


def acknowledgement(kind, identifier):
    return struct.pack(">BBH", FIRST_BYTE[kind], 2, identifier)


def read_variable(data, at):
    """The number that stands there, and where it ends."""
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at
        if shift > 21:
            raise Malformed("a length of more than 4 bytes")


def take_packets(buffer):
    """Removes all whole packets from the buffer and returns them, each as its first byte and its body."""
    packets, at, end = [], 0, len(buffer)
    while end - at >= 2:
        length, body = buffer[at + 1], at + 2
        if length >= 0x80:
            try:
                length, body = read_variable(buffer, at + 1)
            except IndexError:
                break
        if body + length > end:
            break
        packets.append((buffer[at], bytes(buffer[body:body + length])))
        at = body + length
    if at:
        del buffer[:at]
    return packets


def connect(name, version, clean, expiry=None, receive_maximum=None, will=None, will_delay=0):
    """`will` is a topic and a payload; it is sent with QoS 2."""
    flags = (0x02 if clean else 0) | (0x04 | 2 << 3 if will else 0)
    body = text("MQTT") + bytes([version, flags, 0, 0])
    if version == 5:
        properties = b""
        if expiry is not None:
            properties += b"\x11" + struct.pack(">I", expiry)
        if receive_maximum is not None:
            properties += b"\x21" + struct.pack(">H", receive_maximum)
        body += variable(len(properties)) + properties
    body += text(name)
    if will:
        if version == 5:
            body += b"\x05\x18" + struct.pack(">I", will_delay)
        body += text(will[0]) + text(will[1])
    return packet(0x10, body)


def publish(topic, payload, qos, identifier, version, duplicate=False, retain=False):
    first = 0x30 | (8 if duplicate else 0) | qos << 1 | (1 if retain else 0)
    body = text(topic) + (struct.pack(">H", identifier) if qos else b"") + (b"\x00" if version == 5 else b"")
    return packet(first, body + payload)


def read_publish(first, body, version):
    """Topic, payload, QoS, identifier (0 without one), whether DUP and whether RETAIN is set."""
    qos = first >> 1 & 3
    at = 2 + (body[0] << 8 | body[1])
    topic, identifier = body[2:at], 0
    if qos:
        identifier = body[at] << 8 | body[at + 1]
        at += 2
    if version == 5:
        length, at = read_variable(body, at)
        at += length
    return topic, body[at:], qos, identifier, bool(first & 8), bool(first & 1)


def subscribe(identifier, filters, version):
    """`filters` are pairs of a filter and a QoS."""
    body = struct.pack(">H", identifier) + (b"\x00" if version == 5 else b"")
    return packet(0x82, body + b"".join(text(name) + bytes([qos]) for name, qos in filters))


def unsubscribe(identifier, filters, version):
    body = struct.pack(">H", identifier) + (b"\x00" if version == 5 else b"")
    return packet(0xA2, body + b"".join(text(name) for name in filters))


def read_identifier(body):
    return body[0] << 8 | body[1]


def read_reasons(body, version):
    """The codes of a SUBACK or UNSUBACK; the latter has none in 3.1.1."""
    at = 2
    if version == 5:
        length, at = read_variable(body, at)
        at += length
    return list(body[at:])


def read_connack(body, version):
    """Whether the session was there, the reason code, and the Receive Maximum of the broker."""
    maximum = 65535
    if version == 5 and len(body) > 2:
        length, at = read_variable(body, 2)
        end = at + length
        while at < end:
            name = body[at]
            if name not in CONNACK_PROPERTIES:
                raise Malformed(f"property {name:#x} in CONNACK")
            size = CONNACK_PROPERTIES[name]
            at += 1
            if name == RECEIVE_MAXIMUM:
                maximum = body[at] << 8 | body[at + 1]
            if size:
                at += size
            else:
                for _ in range(1 if size == 0 else 2):
                    at += 2 + (body[at] << 8 | body[at + 1])
    return bool(body[0] & 1), body[1], maximum
