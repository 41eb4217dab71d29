"""
``python -m aegis_sdk.metrics dashboard|alerts``: print the Grafana dashboard or the alert rules.
"""

from __future__ import annotations

import argparse
import sys

from aegis_sdk.metrics._files import alert_rules, dashboard

_FILES = {"dashboard": dashboard, "alerts": alert_rules}


def main(arguments: list[str] | None = None) -> int:
    """
    Print a file; return the exit code.
    """
    parser = argparse.ArgumentParser(prog="python -m aegis_sdk.metrics", description=(__doc__ or "").strip())
    parser.add_argument("file", choices=sorted(_FILES), help="what to print")
    given = parser.parse_args(arguments)
    sys.stdout.write(_FILES[given.file]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
