"""Does to the introspection sockets what nobody should: introspection_abuse.py SCENARIO SOCKET PORT PROCESS.

Prints NAME=NUMBER lines for the test to judge. All along an MQTT client publishes to itself and must get everything back.
"""
import json
import socket
import sys
import time

from mqtt_bytes import Echo, eventually, open_files, raise_open_file_limit, resident_bytes

scenario, path, port, process = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def report(**numbers):
    for name, number in numbers.items():
        print(f"{name}={number}", flush=True)


def open_socket():
    client = socket.socket(socket.AF_UNIX)
    client.connect(path)
    client.settimeout(30)
    return client


def post(client, body, length=None):
    head = f"POST /jolokia/ HTTP/1.1\r\nHost: x\r\nContent-Length: {length or len(body)}\r\n\r\n".encode()
    try:
        client.sendall(head + body)
    except (BrokenPipeError, ConnectionResetError):
        pass


def answer(client):
    """Status and body; (0, b"") where the connection was closed without an answer."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            more = client.recv(65536)
            if not more:
                return 0, b""
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        length = int([line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")][0].split(b":")[1])
        while len(body) < length:
            more = client.recv(65536)
            if not more:
                break
            body += more
        return int(head.split()[1]), body
    except (ConnectionResetError, BrokenPipeError):
        return 0, b""


def is_alive():
    client = open_socket()
    post(client, b'{"type":"read","mbean":"skep:type=Broker","attribute":"Status"}')
    status, body = answer(client)
    client.close()
    return status == 200 and json.loads(body)["value"] == "running"


def json_texts():
    """Every beginning of a request, deep nesting, wrong types, and bytes that are no UTF-8."""
    whole = b'[{"type":"exec","mbean":"skep:type=Sessions","operation":"find","arguments":[{"id":"\\u00e9*"}]}]'
    texts = [whole[:end] for end in range(len(whole))]
    texts += [b"[" * 100_000, b'{"a":' * 20_000, b"\xff\xfe", b'"' + b"x" * 200_000 + b'"', b"1" * 100_000, b"null",
              b'[1,"a",null,{}]', b'{"type":1}', b'{"type":"read","mbean":{}}', b'{"type":"exec","arguments":5}']
    client = open_socket()
    refused = 0
    for text in texts:
        post(client, text)
        status, body = answer(client)
        if status == 0:
            client = open_socket()
            continue
        json.loads(body)
        refused += 1
    report(texts=len(texts), answered=refused, alive=int(is_alive()))


def large_bodies():
    """Bodies of 10 MB, announced and not: refused before they are held in memory."""
    before, most, refused = resident_bytes(process), 0, 0
    for _ in range(20):
        client = open_socket()
        post(client, b"[" + b" " * 10_000_000 + b"]")
        status, _ = answer(client)
        refused += status in (0, 413)
        client.close()
        client = open_socket()
        client.sendall(b"POST /jolokia/ HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(100):
                client.sendall(b"186a0\r\n" + b" " * 100_000 + b"\r\n")
        except (BrokenPipeError, ConnectionResetError):
            pass
        status, _ = answer(client)
        refused += status in (0, 413)
        client.close()
        most = max(most, resident_bytes(process) - before)
    report(refused=refused, growth=most, alive=int(is_alive()))


def many_connections():
    """2,000 connections, half of which begin a request; a new one is served all the same, and all are given back."""
    raise_open_file_limit()
    before = open_files(process)
    clients = []
    for number in range(2_000):
        client = open_socket()
        if number % 2:
            try:
                client.sendall(b"POST /jolokia/ HTTP/1.1\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass
        clients.append(client)
    held = open_files(process) - before
    alive = is_alive()
    for client in clients:
        client.close()
    eventually("the descriptors are back", lambda: open_files(process) <= before + 1)
    report(held=held, alive=int(alive))


def stopped_readers():
    """Clients that ask for everything, again and again, and read nothing."""
    before, most = resident_bytes(process), 0
    clients = []
    for _ in range(20):
        client = open_socket()
        client.setblocking(False)
        try:
            for _ in range(200):
                client.send(b"GET /jolokia/list HTTP/1.1\r\nHost: x\r\n\r\n")
        except (BlockingIOError, BrokenPipeError, ConnectionResetError):
            pass
        clients.append(client)
    for _ in range(20):
        assert is_alive()
        most = max(most, resident_bytes(process) - before)
        time.sleep(0.1)
    report(growth=most, alive=int(is_alive()))


echo = Echo(port)
{"json": json_texts, "bodies": large_bodies, "connections": many_connections, "readers": stopped_readers}[scenario]()
echo.finish()
report(echoes=echo.count)
