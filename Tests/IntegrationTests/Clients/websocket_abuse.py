"""Breaks the rules of WebSocket: websocket_abuse.py PORT PATH. Prints "ok NAME" for each fault that was answered as it must."""
import os
import socket
import struct
import sys

PORT, PATH = int(sys.argv[1]), sys.argv[2]
PATIENCE = 30
CONNECT = bytes.fromhex("101000044d51545404020000000461626364").replace(b"MQTT", b"MQTT")


def frame(payload, opcode=2, final=True, masked=True, reserved=0):
    head = bytes([(0x80 if final else 0) | reserved << 4 | opcode])
    length, bit = len(payload), 0x80 if masked else 0
    if length < 126:
        head += bytes([bit | length])
    elif length < 65536:
        head += bytes([bit | 126]) + struct.pack(">H", length)
    else:
        head += bytes([bit | 127]) + struct.pack(">Q", length)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


class Connection:
    """An upgraded connection, read frame by frame."""

    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT), PATIENCE)
        self.file = self.socket.makefile("rb")
        self.socket.sendall(
            f"GET {PATH} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: mqtt\r\n\r\n".encode())
        assert self.file.readline().startswith(b"HTTP/1.1 101 ")
        while self.file.readline().strip():
            pass

    def send(self, data):
        self.socket.sendall(data)

    def frame(self):
        """The opcode and payload of the next frame; None at the end."""
        head = self.file.read(2)
        if len(head) < 2:
            return None
        length = head[1]
        if length == 126:
            length = struct.unpack(">H", self.file.read(2))[0]
        elif length == 127:
            length = struct.unpack(">Q", self.file.read(8))[0]
        return head[0] & 0x0F, self.file.read(length)

    def expect(self, *frames):
        for expected in frames:
            got = self.frame()
            assert got == expected, (got, expected)


def closed(code):
    return (8, struct.pack(">H", code))


def connected():
    connection = Connection()
    connection.send(frame(CONNECT))
    connection.expect((2, b"\x20\x02\x00\x00"))
    return connection


def violations():
    faults = {
        "text": (frame(b"hello", opcode=1), 1003), "unmasked": (frame(CONNECT, masked=False), 1002),
        "reserved": (frame(b"", reserved=4), 1002), "opcode": (frame(b"", opcode=5), 1002),
        "oversized": (b"\x82\xff" + struct.pack(">Q", 1 << 40), 1009),
        "long_ping": (b"\x89\xfe\x00\xff", 1002), "continuation": (frame(b"x", opcode=0), 1002),
        "interleaved": (frame(b"\xc0", final=False) + frame(b"\xc0\x00"), 1002),
    }
    for name, (data, code) in faults.items():
        connection = connected()
        connection.send(data)
        connection.expect(closed(code), None)
        print(f"ok {name}", flush=True)


def packets_and_frames():
    """One packet in many frames, many packets in one, a ping in between, and a message larger than any buffer."""
    connection = Connection()
    for byte in CONNECT[:-1]:
        connection.send(frame(bytes([byte])))
    connection.send(frame(b"", opcode=2, final=False) + frame(b"hi", opcode=9) + frame(CONNECT[-1:], opcode=0))
    frames = [connection.frame(), connection.frame()]
    assert sorted(frames) == [(2, b"\x20\x02\x00\x00"), (10, b"hi")], frames
    connection.send(frame(b"\xc0\x00" * 3))
    connection.expect((2, b"\xd0\x00" * 3))
    connection.send(frame(b"\x82\x06\x00\x01\x00\x01l\x00"))
    connection.expect((2, b"\x90\x03\x00\x01\x00"))
    payload = os.urandom(2_000_000)
    packet = b"\x30\x83\x89\x7a\x00\x01l" + payload
    connection.send(frame(packet))
    received = b""
    while len(received) < len(packet):
        opcode, part = connection.frame()
        assert opcode == 2
        received += part
    assert received == packet
    connection.send(frame(b"\xe0\x00"))
    connection.expect(closed(1000))
    connection.send(frame(struct.pack(">H", 1000), opcode=8))
    connection.expect(None)
    print("ok packets_and_frames", flush=True)


def floods():
    """Ten thousand pings of somebody who does not read, and then reads."""
    connection = connected()
    connection.send(b"".join(frame(struct.pack(">I", number), opcode=9) for number in range(10_000)))
    last = 0
    while last < 9_999:
        opcode, payload = connection.frame()
        number = struct.unpack(">I", payload)[0]
        assert opcode == 10 and number >= last
        last = number
    print("ok floods", flush=True)


violations()
packets_and_frames()
floods()
