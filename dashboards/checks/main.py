"""Runs all checks: python3 main.py [PICTURES-FOLDER]; with a folder, it also draws what Grafana would show."""

import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

import alerts
import house
import linter
import live
import roundtrip
import runbook
import selftest
import stage
from documents import FOLDER, dashboards

# Seconds of load, and from when to when memory is short.
SECONDS = 40
STRESS = (9, 21)


class Report:
    """Counts what is wrong, and prints it."""

    def __init__(self) -> None:
        self.faults = 0
        self._since = time.monotonic()

    def look(self, what: str, faults: Iterable[str]) -> None:
        """One line for a check, and one for each fault."""
        found = list(faults)
        self.faults += len(found)
        now = time.monotonic()
        print(f"{'ok  ' if not found else 'FAIL'} {what} ({now - self._since:.1f} s)", flush=True)
        self._since = now
        for fault in found:
            print(f"       {fault}", flush=True)


def _stale() -> Iterable[str]:
    """Committed files that differ from what the source makes."""
    with tempfile.TemporaryDirectory() as name:
        if subprocess.run([sys.executable, str(FOLDER / "source" / "write.py"), name], check=False).returncode:
            yield "the source makes no dashboards"
        made = {path.name: path.read_bytes() for path in Path(name).iterdir()}
        committed = {path.name: path.read_bytes() for path in FOLDER.glob("*.json")}
        for file in made.keys() | committed.keys():
            if made.get(file) != committed.get(file):
                yield f"{file} is not what dashboards/build writes"


def main() -> int:
    """The exit status: 0 when nothing is wrong."""
    # What was started is stopped, whoever ends this.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    report = Report()
    report.look("the committed dashboards are what the source makes", _stale())
    for name, dashboard in dashboards().items():
        rules = (*linter.RULES, *house.RULES)
        found = [f"{rule.__name__}: {fault}" for rule in rules for fault in rule(dashboard)]
        report.look(f"{name} keeps the {len(linter.RULES)} rules of the linter and {len(house.RULES)} more", found)
        report.look(f"{name} goes through the SDK's types without loss", roundtrip.losses(dashboard))
    report.look("every rule sees a broken dashboard", selftest.missed(dashboards()["skep-overview.json"]))
    report.look("promtool accepts rules, their tests and the scrape snippet", alerts.promtool())
    report.look("every alert has tests, a section in the runbook and a panel", alerts.faults())
    with stage.running(SECONDS, STRESS) as running:
        if not running.has_group:
            print("skip the panels of control groups: this system shows a process no other /sys/fs/cgroup", flush=True)
        report.look("every query of every panel has data", live.panel_faults(running))
        report.look("a query without data would be seen", live.missed(running))
        report.look("every rule can be evaluated, every recording rule has data", live.rule_faults(running))
        report.look("every query of the runbook can be asked", runbook.query_faults(running))
        if runbook.SKEPCTL.exists():
            report.look("every command of the runbook that looks can be typed", runbook.command_faults(running))
        else:
            print("skip the commands of the runbook: packaging/build has not been run", flush=True)
        report.look("every variable offers something to choose", live.variable_faults(running))
        if len(sys.argv) > 1:
            import pictures
            report.look("every panel can be drawn", pictures.draw(running, Path(sys.argv[1])))
    print(f"{report.faults} faults" if report.faults else "all is well")
    return 1 if report.faults else 0


if __name__ == "__main__":
    sys.exit(main())
