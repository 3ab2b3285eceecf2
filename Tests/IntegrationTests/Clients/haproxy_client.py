"""Connects to a broker through HAProxy: haproxy_client.py PORT DIRECTORY SEND [PEM AUTHORITY CLIENT].

PORT is where the broker takes the PROXY protocol, SEND how HAProxy speaks it, such as send-proxy-v2. With three more files
HAProxy speaks TLS to the client: its certificate with its key, whom it trusts, and the client's certificate with its key.
Prints "ok ADDRESS" with the client's own address, as the broker has to know it.
"""
import queue
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

PORT, DIRECTORY, SEND = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
TLS = sys.argv[4:]
PATIENCE = 30
# Another than that of HAProxy's own connections to the broker.
OWN_HOST = "127.0.0.2"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def settings(port):
    bind = f"bind 127.0.0.1:{port}"
    if TLS:
        bind += f" ssl crt {TLS[0]} ca-file {TLS[1]} verify required"
    return f"""
defaults
    mode tcp
    timeout connect 10s
    timeout client 60s
    timeout server 60s
listen mqtt
    {bind}
    server broker 127.0.0.1:{PORT} {SEND}
"""


def start(port):
    """HAProxy, once it listens."""
    (DIRECTORY / "haproxy.cfg").write_text(settings(port))
    proxy = subprocess.Popen(["haproxy", "-db", "-f", str(DIRECTORY / "haproxy.cfg")])
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and proxy.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return proxy
        except OSError:
            time.sleep(0.02)
    raise SystemExit("HAProxy did not start")


def converse(port):
    """One message there and back; the client's own address."""
    messages, states = queue.Queue(), queue.Queue()
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="proxied")
    client.on_connect = lambda c, u, flags, reason, properties: states.put(("connected", reason.is_failure))
    client.on_subscribe = lambda c, u, mid, reasons, properties: states.put(("subscribed", False))
    client.on_message = lambda c, u, message: messages.put(message.payload)
    if TLS:
        context = ssl.create_default_context(cafile=TLS[1])
        context.check_hostname = False
        context.load_cert_chain(TLS[2])
        client.tls_set_context(context)
    client.connect("127.0.0.1", port, 60, bind_address=OWN_HOST)
    own = "%s:%d" % client.socket().getsockname()[:2]
    client.loop_start()
    assert states.get(timeout=PATIENCE) == ("connected", False)
    client.subscribe("proxied", 1)
    assert states.get(timeout=PATIENCE) == ("subscribed", False)
    client.publish("proxied", b"there and back", 1)
    assert messages.get(timeout=PATIENCE) == b"there and back"
    client.disconnect()
    client.loop_stop()
    return own


def main():
    port = free_port()
    proxy = start(port)
    try:
        print("ok", converse(port), flush=True)
    finally:
        proxy.terminate()
        proxy.wait(PATIENCE)


main()
