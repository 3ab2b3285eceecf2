"""Kills an MQTT broker at random moments under load and sees whether it keeps its promises."""
import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile

import brokers
import report
import rig
import self_test

BROKEN, UNAVAILABLE = 1, 69


def count(text):
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def parse():
    parser = argparse.ArgumentParser(prog="packaging/crash", description=__doc__)
    parser.add_argument("--rounds", type=count, default=5, help="how often to kill it (5); 0 for load without a kill")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="the same seed, the same plan")
    parser.add_argument("--broker", default=".build/release/skep", help="Skep's program")
    parser.add_argument("--event-loops", type=count, default=2, help="Skep's event loops (2)")
    parser.add_argument("--peer", choices=brokers.MOSQUITTO_SAVING, help="another broker")
    parser.add_argument("--time-limit", type=count, help="seconds for all (60 and 20 for each round)")
    parser.add_argument("--keep", action="store_true", help="stop at the first fault and keep the data as it was")
    parser.add_argument("--self-test", action="store_true", help="try the test itself, with brokers that have a defect")
    return parser.parse_args()


def version(*command):
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    return (result.stdout or result.stderr).splitlines()[0].strip()


def make_broker(options, folder):
    if options.peer:
        saving = brokers.MOSQUITTO_SAVING[options.peer]
        settings = ", " + saving.strip().replace("\n", ", ") if saving else ""
        return brokers.mosquitto(folder, saving), version(brokers.MOSQUITTO, "-h") + settings
    return brokers.skep(folder, options.broker, options.event_loops), "skep " + version(options.broker, "--version")


def try_broker(options, folder):
    """Prints what came of it; the exit status."""
    broker, name = make_broker(options, folder)
    test = rig.Rig(broker, options.seed, options.time_limit or 60 + 20 * options.rounds, keep=options.keep)
    print(f"{name}: {options.rounds} rounds, seed {options.seed}", flush=True)
    failure = None
    try:
        test.run(options.rounds)
    except rig.Failed as error:
        failure = str(error)
    finally:
        broker.finish()
    if test.roles:
        print("\n" + report.summary(test, name) + "\n\n" + report.of_receivers(test.ledger))
    if test.ledger.counts:
        print("\n" + report.examples(test.ledger))
    if failure:
        print(f"\n{failure}\nThe run ended early: what was lost is not counted.")
    if not test.starts:
        return UNAVAILABLE
    has_failed = failure is not None or bool(test.ledger.counts)
    print(f"\n{name}, seed {options.seed}: " + ("a promise was broken" if has_failed else "every promise was kept"))
    return BROKEN if has_failed else 0


def main():
    options = parse()
    # So that the broker is ended, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    if options.self_test:
        return 0 if self_test.main(options.seed) else BROKEN
    folder = tempfile.mkdtemp(prefix="skep-crash-")
    status = 0
    try:
        status = try_broker(options, folder)
        return status
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    finally:
        if status and options.keep:
            print(f"The broker's data and log are in {folder}")
        else:
            shutil.rmtree(folder)


sys.exit(main())
