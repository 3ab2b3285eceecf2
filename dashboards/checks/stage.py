"""A real broker, a real Prometheus that scrapes it, and the load between them."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from documents import FOLDER

PROGRAM = Path(os.environ.get("SKEP_PROGRAM", FOLDER.parent / ".build" / "release" / "skep")).resolve()

SETTINGS = """<skep>
  <threads><event-loops>2</event-loops></threads>
  <listeners>
    <tcp-listener><name>devices</name><port>{port}</port><bind-address>127.0.0.1</bind-address>
      <anonymous>true</anonymous></tcp-listener>
    <tcp-listener><name>gateways</name><port>{gateway}</port><bind-address>127.0.0.1</bind-address>
      <anonymous>true</anonymous>
      <connect-overload-protection>
        <connect-rate>5</connect-rate><connect-burst-size>5</connect-burst-size>
      </connect-overload-protection></tcp-listener>
    <tls-tcp-listener><name>secure</name><port>{secure}</port><bind-address>127.0.0.1</bind-address>
      <anonymous>true</anonymous>
      <tls>
        <certificate>{folder}/secure.pem</certificate><private-key>{folder}/secure.key</private-key>
        <concurrent-handshake-limit>1</concurrent-handshake-limit><handshake-timeout>3000</handshake-timeout>
      </tls></tls-tcp-listener>
  </listeners>
  <authentication>
    <password-file><path>{folder}/users</path></password-file><free-failures>1000000</free-failures>
  </authentication>
  <plugins><max-open-calls>1</max-open-calls></plugins>
  <restrictions>
    <max-connections>80</max-connections>
    <no-connect-idle-timeout>1000</no-connect-idle-timeout>
    <incoming-bandwidth-throttling>4000000</incoming-bandwidth-throttling>
    <max-unsent-bytes>65536</max-unsent-bytes>
    <client-write-buffer>
      <high-threshold>32768</high-threshold><low-threshold>8192</low-threshold>
    </client-write-buffer>
  </restrictions>
  <mqtt>
    <max-inflight>20</max-inflight>
    <queued-messages><max-queue-size>300</max-queue-size></queued-messages>
  </mqtt>
  <metrics><http><port>{metrics}</port></http></metrics>
  <introspection><unix><path>{folder}/introspection.sock</path></unix><tcp><enabled>false</enabled></tcp></introspection>
</skep>
"""

SCRAPE = """global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: ["{rules}/*.yml"]
scrape_configs:
  - job_name: skep
    static_configs: [{{targets: ["127.0.0.1:{metrics}"]}}]
  - job_name: hivemq
    metrics_path: /servlet/metrics
    static_configs: [{{targets: ["127.0.0.1:{metrics}"]}}]
"""

# Nothing here goes through a proxy.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def fetch(url: str) -> bytes:
    """What a GET answers; raises OSError."""
    with _direct.open(url, timeout=30) as answer:
        return answer.read()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in found:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in found]


class Group:
    """A control group of version 2 made of plain files, which the broker sees in a mount namespace of its own.

    So its metrics are there on every machine, and memory can be made short without filling any.
    """

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.limit = 1 << 30
        self.halted = 0
        self._write("cgroup.controllers", "cpu memory pids")
        self._write("memory.events", "low 0\nhigh 0\nmax 0\noom 0\noom_kill 0")
        self._write("cpu.max", "200000 100000")
        self._write("pids.max", "512")
        self.follow(0)

    def _write(self, name: str, content: str) -> None:
        # In place, since the broker keeps these files open; to a fixed length, so that no old digits stay behind.
        with open(self.folder / name, "r+" if (self.folder / name).exists() else "w", encoding="ascii") as file:
            file.write(content + "\n")
            file.truncate()

    def follow(self, process: int) -> int:
        """Writes what the process uses now; its resident bytes."""
        ticks, resident, threads = 0, 0, 1
        if process:
            fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            ticks, threads, resident = int(fields[11]) + int(fields[12]), int(fields[17]), int(fields[21]) * 4096
        used = ticks * 10_000
        self._write("memory.current", str(resident))
        self._write("memory.max", str(self.limit))
        self._write("pids.current", str(threads))
        self._write(
            "cpu.stat", f"usage_usec {used}\nuser_usec {used * 6 // 10}\nsystem_usec {used * 4 // 10}\n"
            f"nr_periods 1\nnr_throttled {self.halted}\nthrottled_usec {self.halted}")
        return resident

    def prefix(self) -> list[str] | None:
        """The command before a command that shows it this group; None where the system does not allow that."""
        script = 'mount --bind "$1" /sys/fs/cgroup && shift && exec "$@"'
        shown = ["unshare", "--mount", "sh", "-c", script, "group", str(self.folder)]
        if os.getuid() != 0:
            shown[1:1] = ["--map-root-user"]
        if "\n0::/" not in "\n" + Path("/proc/self/cgroup").read_text() or not shutil.which("unshare"):
            return None
        tried = subprocess.run([*shown, "true"], capture_output=True, check=False)
        return shown if tried.returncode == 0 else None


@dataclass
class Stage:
    """What runs."""

    prometheus: str
    introspection: str
    has_group: bool
    begin: float

    def get(self, path: str, **parameters: str | float) -> Any:
        """The data of an answer of Prometheus."""
        answer = json.loads(fetch(f"{self.prometheus}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"))
        return answer["data"]


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            fetch(url)
            return
        time.sleep(0.05)
    sys.exit(f"{url} does not answer:\n{log.read_text()[-2000:]}")


def _stress(group: Group, process: int, begin: float, stress: tuple[float, float], done: threading.Event) -> None:
    """Keeps the group's files current, and makes memory short for a while."""
    while not done.wait(0.5):
        with contextlib.suppress(OSError, IndexError):
            resident = group.follow(process)
            is_short = stress[0] <= time.monotonic() - begin < stress[1]
            # Between calm (0.6 of the limit) and exhausted (0.95): level 9.
            group.limit = int(resident / 0.92) if is_short else 1 << 30
            group.halted += 100_000 if is_short else 0


@contextlib.contextmanager
def running(seconds: float, stress: tuple[float, float]) -> Iterator[Stage]:
    """Runs broker, Prometheus and load for so many seconds; all are still there inside of the ``with``."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        folder = Path(name)
        port, gateway, secure, metrics, prometheus = free_ports(5)

        def start(what: str, command: list[str]) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(command, stdout=(folder / what).open("wb"), stderr=subprocess.STDOUT, cwd=folder)
            stack.callback(_stop, process)
            return process

        (folder / "config.xml").write_text(
            SETTINGS.format(port=port, gateway=gateway, secure=secure, metrics=metrics, folder=folder))
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "secure.key", "-out", "secure.pem",
             "-subj", "/CN=localhost", "-days", "60"], cwd=folder, check=True, capture_output=True)
        subprocess.run(
            [PROGRAM, "passwd", "-b", "users", "known", "right"], cwd=folder, check=True, capture_output=True)
        (folder / "prometheus.yml").write_text(SCRAPE.format(rules=FOLDER / "rules", metrics=metrics))
        group = Group(folder / "group")
        prefix = group.prefix()
        broker = start("broker", [*(prefix or []), str(PROGRAM), "run", "--config", str(folder / "config.xml"),
            "--data", str(folder / "state")])
        _wait_for(f"http://127.0.0.1:{metrics}/metrics", broker, folder / "broker")
        server = start("prometheus", [
            "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{prometheus}", "--log.level=warn"])
        _wait_for(f"http://127.0.0.1:{prometheus}/-/ready", server, folder / "prometheus")
        begin = time.monotonic()
        done = threading.Event()
        follower = threading.Thread(target=_stress, args=(group, broker.pid, begin, stress, done), daemon=True)
        follower.start()
        stack.callback(done.set)
        # Some seconds more than asked for, so that the load does not end before the questions do.
        load = [str(Path(__file__).with_name("load.py")), port, gateway, secure, seconds + 60, *stress]
        loader = start("load", [sys.executable, *(str(part) for part in load)])
        time.sleep(seconds / 2)
        broker.send_signal(signal.SIGHUP)
        time.sleep(seconds / 2)
        for what, process in (("broker", broker), ("prometheus", server), ("load", loader)):
            if process.poll() is not None:
                sys.exit(f"{what} has ended:\n{(folder / what).read_text()[-2000:]}")
        yield Stage(
            f"http://127.0.0.1:{prometheus}", str(folder / "introspection.sock"), prefix is not None,
            time.time() - seconds)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
