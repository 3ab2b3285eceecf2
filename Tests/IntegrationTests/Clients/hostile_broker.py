"""A broker that is none: hostile_broker.py MODE prints its port, answers CONNECT and SUBSCRIBE, and then misbehaves."""

import os
import socket
import struct
import sys
import threading

MODE = sys.argv[1]
ENDLESS = 20_000


def length(count):
    result = b""
    while True:
        count, byte = count >> 7, count & 127
        if not count:
            return result + bytes([byte])
        result += bytes([byte | 128])


def packet(first, body):
    return bytes([first]) + length(len(body)) + body


def publish(payload, qos=0, topic=b"a"):
    identifier = b"\0\7" if qos else b""
    return packet(0x30 | qos << 1, struct.pack(">H", len(topic)) + topic + identifier + payload)


CONNACK = {
    # More than 127 bytes, so that the code does not stand where it stands in short ones.
    "long refusal": packet(0x20, b"\0\x87" + length(203) + b"\x1f" + struct.pack(">H", 200) + b"x" * 200),
    "short connack": packet(0x20, b""),
    "broken properties": packet(0x20, b"\0\0\x03\x21\0"),
    "small packets": packet(0x20, b"\0\0\x05\x27\0\0\0\x14"),
    "no qos": packet(0x20, b"\0\0\x02\x24\0"),
}
SUBACK_CODE = {"lower qos": 0, "refused subscription": 0x80}
# What comes a moment after SUBACK, again and again.
AFTERWARDS = {
    "garbage": os.urandom(50_000),
    "endless length": b"\x30\xff\xff\xff\xff\xff",
    "topic beyond the packet": b"\x30\x04\xff\xffaa",
    "huge packet": b"\xd0" + length(200_000_000) + b"z" * 100_000,
    "unsent messages": publish(b"12345678", 1) * ENDLESS,
    "negative stamps": publish(b"\x80" + b"\0" * 8),
    "unsent acknowledgements": b"\x40\x02\0\7" * ENDLESS,
    "unsent receipts": b"\x50\x02\0\7" * ENDLESS,
    "disconnect": b"\xe0\x02\x8b\0",
}


class Client:
    def __init__(self, connection, number):
        self.connection = connection
        self.number = number
        self.buffer = b""

    def read(self):
        while True:
            for end in range(2, min(6, len(self.buffer)) + 1):
                if self.buffer[end - 1] < 128:
                    count = sum((self.buffer[i] & 127) << 7 * (i - 1) for i in range(1, end))
                    if len(self.buffer) >= end + count:
                        first, body = self.buffer[0], self.buffer[end:end + count]
                        self.buffer = self.buffer[end + count:]
                        return first, body
                    break
            data = self.connection.recv(65_536)
            if not data:
                raise EOFError
            self.buffer += data

    def misbehave(self):
        try:
            while True:
                threading.Event().wait(0.7)
                self.connection.sendall(AFTERWARDS[MODE])
                if MODE == "disconnect":
                    return self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def run(self):
        version = 4
        try:
            while True:
                first, body = self.read()
                properties = b"\0" if version == 5 else b""
                if first >> 4 == 1:
                    version = body[2 + struct.unpack(">H", body[:2])[0]]
                    properties = b"\0" if version == 5 else b""
                    self.connection.sendall(CONNACK.get(MODE, packet(0x20, b"\0\0" + properties)))
                elif first >> 4 == 8:
                    code = SUBACK_CODE.get(MODE, 2)
                    self.connection.sendall(packet(0x90, body[:2] + properties + bytes([code])))
                    if MODE == "closed while others connect" and self.number == 0:
                        return self.connection.close()
                    if MODE in AFTERWARDS:
                        threading.Thread(target=self.misbehave, daemon=True).start()
        except (EOFError, OSError):
            pass


listener = socket.create_server(("127.0.0.1", 0), backlog=256)
print(listener.getsockname()[1], flush=True)
count = 0
while True:
    accepted, _ = listener.accept()
    threading.Thread(target=Client(accepted, count).run, daemon=True).start()
    count += 1
