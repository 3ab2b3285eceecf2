"""The brokers that are killed: Skep, and others to compare it with."""
import os
import random
import shutil
import socket
import subprocess
import threading

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"
# When it writes its state to disk: Debian's setting, every second, after every change.
MOSQUITTO_SAVING = {
    "mosquitto": "",
    "mosquitto-eager": "autosave_interval 1\n",
    "mosquitto-each": "autosave_interval 1\nautosave_on_changes true\n",
}
# Queues without limits worth mentioning: what a limit drops is not lost in a crash.
PLENTY = 10_000_000
PLENTY_OF_BYTES = 10_000_000_000


class BrokerProcess:
    """A broker in a process of its own, with one data directory for all its lives."""

    # Whether a message comes once to a client of whose filters several match; MQTT allows both.
    merges_overlaps = True

    def __init__(self, folder, port, arguments):
        self.folder, self.port, self.arguments = folder, port, arguments
        self.data = os.path.join(folder, "data")
        os.makedirs(self.data, exist_ok=True)
        self.log = os.path.join(folder, "log")
        self.process, self.is_up = None, False
        self.killer = None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                self.arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder)

    def kill_after(self, seconds):
        """From another thread, so that it hits the broker wherever it is, not where this program happens to wait."""
        self.killer = threading.Timer(seconds, self.kill)
        self.killer.start()

    def kill(self):
        self.is_up = False
        self.process.kill()

    def has_ended(self):
        return self.process is not None and self.process.poll() is not None

    def finish(self):
        if self.killer:
            self.killer.cancel()
            self.killer.join()
        if self.process:
            self.process.kill()
            self.process.wait()

    def last_words(self):
        with open(self.log, "rb") as log:
            return log.read()[-2000:].decode(errors="replace")

    def size_of_data(self):
        return sum(os.path.getsize(os.path.join(place, name))
                   for place, _, names in os.walk(self.data) for name in names)


def free_ports(count):
    """Below those that the system gives to connections: one of ours could take the broker's while it is down."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        first = int(file.read().split()[0])
    ports = []
    while len(ports) < count:
        port = random.randrange(max(1024, first - 10_000), first)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports:
            ports.append(port)
    return ports


def skep(folder, program, event_loops):
    port, metrics_port = free_ports(2)
    settings = os.path.join(folder, "config.xml")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(f"""<skep>
  <threads><event-loops>{event_loops}</event-loops></threads>
  <listeners><tcp-listener><port>{port}</port><bind-address>127.0.0.1</bind-address></tcp-listener></listeners>
  <persistence><will-grace>1</will-grace></persistence>
  <mqtt>
    <queued-messages>
      <max-queue-size>{PLENTY}</max-queue-size>
      <max-bytes>{PLENTY_OF_BYTES}</max-bytes>
      <max-broker-bytes>{PLENTY_OF_BYTES}</max-broker-bytes>
    </queued-messages>
  </mqtt>
  <metrics><http><port>{metrics_port}</port></http></metrics>
  <introspection>
    <unix><path>{folder}/introspection.sock</path></unix>
    <tcp><enabled>false</enabled></tcp>
  </introspection>
</skep>
""")
    return BrokerProcess(folder, port, [
        os.path.abspath(program), "run", "--config", settings, "--data", os.path.join(folder, "data"),
        "--log-level", "warning"])


def mosquitto(folder, saving):
    """As Debian configures it, which saves all state every half an hour; or with settings that save it more
    often. With its default of 20 messages in flight it would drop what a 3.1.1 client sends beyond that."""
    port, = free_ports(1)
    settings = os.path.join(folder, "mosquitto.conf")
    with open(settings, "w", encoding="utf-8") as file:
        file.write(f"""listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/data/
max_inflight_messages 1000
max_queued_messages {PLENTY}
max_queued_bytes 0
user root
""" + saving)
    broker = BrokerProcess(folder, port, [MOSQUITTO, "-c", settings])
    broker.merges_overlaps = False
    return broker
