"""Writes the dashboards as JSON: python3 write.py FOLDER"""

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

import clients
import hivemq
import overload
import overview
import process

MODULES = (overview, clients, overload, process, hivemq)


def main() -> None:
    """One file for each dashboard, named after its uid."""
    folder = Path(sys.argv[1])
    for module in MODULES:
        board = module.board()
        # Grafana gives the number; a dashboard that brings one replaces whichever has it.
        content = {"id": None} | json.loads(JSONEncoder().encode(board.build()))
        (folder / f"{board.uid}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
