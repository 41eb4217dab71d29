"""
Mocks for official clients, and the matrix of what came of their calls.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest

from aegis_contracts import Contract, load
from aegis_mockserver import Site
from aegis_mockserver.pytest_plugin import MockServer
from tests.clients.calls import HERE, Caller, Client

RESULTS: dict[str, dict[str, list[str]]] = {}


def lacking(client: Client) -> str | None:
    """
    Say what is not installed, if something is not.
    """
    if client.runtime == "python":
        found = importlib.util.find_spec(client.package.partition(".")[0]) is not None
        return None if found else f"{client.package} is not installed: nox -s clients"
    if shutil.which("node") is None:
        return "node is not installed"
    found = (HERE / "node" / "node_modules" / client.package).is_dir()
    return None if found else f"{client.package} is not installed: nox -s clients"


@cache
def contract(name: str) -> Contract:
    """
    Load a provider's document: from the folder that CLIENTS_DOCUMENTS names, if it has one, else ours.
    """
    folders = [Path(folder) for folder in [os.environ.get("CLIENTS_DOCUMENTS", "")] if folder]
    found = [path for folder in [*folders, HERE / "documents"] for path in sorted(folder.glob(f"{name}.*"))]
    return load(found[0])


@contextmanager
def started(client: Client) -> Iterator[Caller]:
    """
    Start a mock, and a client that has been told where it is.
    """
    if reason := lacking(client):
        pytest.skip(reason)
    if client.runtime == "python":
        from tests.clients._python import PythonCaller as Runtime
    else:
        from tests.clients._node import NodeCaller as Runtime
    with MockServer(Site([contract(client.document)])) as server:
        caller = Runtime(client, server.url)
        try:
            yield caller
        finally:
            caller.close()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """
    Keep what came of each call, for the matrix.
    """
    if "test_clients.py" not in report.nodeid or (report.when != "call" and report.passed):
        return
    test, _, rest = report.nodeid.rpartition("::")[2].partition("[")
    client, _, runtime = re.sub(r"^[0-9]+-", "", rest.rstrip("]")).partition("-")
    if runtime not in {"python", "node"}:
        return  # nobody makes this call
    RESULTS.setdefault(f"{client} ({runtime})", {}).setdefault(test, []).append(report.outcome)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """
    Print the matrix: a client a row, a claim a column.
    """
    if not RESULTS:
        return
    claims = sorted({claim for row in RESULTS.values() for claim in row})
    width = max(map(len, RESULTS))
    terminalreporter.section("clients")
    for number, claim in enumerate(claims, 1):
        terminalreporter.write_line(f"{number}  {claim.removeprefix('test_').replace('_', ' ')}")
    terminalreporter.write_line(" " * width + "".join(f"{number:>4}" for number in range(1, len(claims) + 1)))
    for name, row in sorted(RESULTS.items()):
        marks = ["".join(sorted({_mark(outcome) for outcome in row.get(claim, ["none"])})) for claim in claims]
        terminalreporter.write_line(f"{name:<{width}}" + "".join(f"{mark:>4}" for mark in marks))


def _mark(outcome: str) -> str:
    return {"passed": "✓", "failed": "✗", "skipped": "–", "none": " "}[outcome]
