"""Draws the dashboards after a longer load: python3 preview.py SECONDS FOLDER"""

import signal
import sys
from pathlib import Path

import pictures
import stage


def main() -> int:
    """The exit status: 1 when a panel could not be drawn."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    seconds = int(sys.argv[1])
    # Memory is short from two fifths of the time on, for a fifth of it.
    with stage.running(seconds, (seconds * 0.4, seconds * 0.6)) as running:
        faults = list(pictures.draw(running, Path(sys.argv[2])))
    print("\n".join(faults), end="")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
