"""Just enough MQTT 3.1.1 over a bare socket to behave badly: no library would."""

import socket
import struct


def text(value: str) -> bytes:
    """A string with its length."""
    data = value.encode()
    return struct.pack("!H", len(data)) + data


def packet(first: int, body: bytes) -> bytes:
    """A control packet with its fixed header."""
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (128 if size else 0)])
        if not size:
            return bytes([first]) + length + body


def connect(
        client: str, *, clean: bool = True, keep_alive: int = 60, will: str = "", level: int = 4,
        login: tuple[str, str] | None = None) -> bytes:
    """CONNECT, with a will to the topic ``will``, and with a user name and a password."""
    flags = (2 if clean else 0) | (4 if will else 0) | (0xC0 if login else 0)
    body = text("MQTT") + bytes([level, flags]) + struct.pack("!H", keep_alive) + text(client)
    return packet(
        0x10, body + (text(will) + text("gone") if will else b"") + b"".join(text(part) for part in login or ()))


def subscribe(filter_: str, qos: int) -> bytes:
    """SUBSCRIBE for one filter."""
    return packet(0x82, struct.pack("!H", 1) + text(filter_) + bytes([qos]))


def publish(topic: str, payload: bytes, *, retain: bool = False) -> bytes:
    """PUBLISH with QoS 0."""
    return packet(0x31 if retain else 0x30, text(topic) + payload)


DISCONNECT = bytes([0xE0, 0])


def dial(port: int, first: bytes = b"", *, buffer: int = 0, timeout: float = 5) -> socket.socket:
    """A socket to the broker on which ``first`` has been sent; ``buffer`` bounds what waits on this side."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if buffer:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    found.settimeout(timeout)
    found.connect(("127.0.0.1", port))
    if first:
        found.sendall(first)
    return found


def reset(found: socket.socket) -> None:
    """Ends a connection as a device does that loses power."""
    found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    found.close()


def publishes(data: bytes) -> list[tuple[int, int]]:
    """QoS and packet identifier of the PUBLISH packets of QoS 1 and 2 at the beginning of some bytes."""
    found = []
    at = 0
    while at + 2 <= len(data):
        first, shift, size, start = data[at], 0, 0, at + 1
        while start < len(data):
            size |= (data[start] & 127) << shift
            shift += 7
            start += 1
            if not data[start - 1] & 128:
                break
        if start + size > len(data):
            break
        qos = first >> 1 & 3
        if first >> 4 == 3 and qos:
            topic = struct.unpack_from("!H", data, start)[0]
            found.append((qos, struct.unpack_from("!H", data, start + 2 + topic)[0]))
        at = start + size
    return found
