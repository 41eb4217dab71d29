"""
How many exchanges a second ``aegis verify`` holds to a contract, beside Schemathesis with the checks that correspond.

Both are run by their commands against the same provider in a process of its own, by turns; the provider counts what it
is asked, so neither tells its own figure. What a command needs to start counts for both. Processor time is compared
(decision 57); seconds by the clock, in which both also wait for the provider, are printed beside it.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aegis_contracts import bundled
from tests.unit.verifier.library import KEY, library

LEAST = 5.0
# What the two have in common: answers as declared, what is broken is refused, credentials, methods, made is read.
KINDS = ("examples", "boundaries", "invalid", "security", "negotiation", "sequences", "oddities")
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "ignored_auth",
    "use_after_free",
    "ensure_resource_availability",
)
# provider → path below which it offers the contract, credential as a header, credential
OFFERS = {"library": ("", "X-Library-Key: ", KEY), "user": ("/api/v1", "Authorization: Bearer ", "token")}


@contextmanager
def provider(name: str) -> Generator[str]:
    """
    Serve a provider with an empty store.
    """
    command = [sys.executable, "-m", "tests.benchmarks._providers", name]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2])
    try:
        assert process.stdout is not None
        url = f"http://127.0.0.1:{process.stdout.readline().strip()}"
        for _ in range(200):
            try:
                asked(url)
                break
            except urllib.error.URLError:
                time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait()


def asked(url: str) -> int:
    """
    How many requests the provider has had.
    """
    with urllib.request.urlopen(f"{url}/-/count", timeout=5) as answer:
        return int(answer.read())


@dataclass(frozen=True, order=True)
class Rate:
    """
    What a command did: requests for each second of its processor time, by the clock, and how many there were.
    """

    worked: float
    waited: float
    number: int


def rate(name: str, command: list[str], folder: Path) -> Rate:
    """
    Count the requests that a provider gets from a command, and take its time.
    """
    # Bytecode is kept for both alike: neither is compiled anew by each start.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(folder / "bytecode")
    with provider(name) as url:
        began, before = time.perf_counter(), processor_time()
        called = [part.replace("{url}", url) for part in command]
        subprocess.run(called, capture_output=True, check=False, cwd=folder, env=environment)
        waited, worked = time.perf_counter() - began, processor_time() - before
        number = asked(url)
    return Rate(number / worked, number / waited, number)


def processor_time() -> float:
    """
    Seconds of all processes that were waited for.
    """
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def commands(name: str, contract: Path) -> tuple[list[str], list[str]]:
    """
    The two commands: ours, and that of Schemathesis.
    """
    path, header, credential = OFFERS[name]
    ours = [sys.executable, "-m", "aegis_shell", "verify", "{url}", "--contract", str(contract), "--auth", credential]
    ours += [part for kind in KINDS for part in ("--kind", kind)]
    theirs = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()", "run", str(contract)]
    theirs += ["--url", "{url}" + path, "--checks", ",".join(CHECKS), "--continue-on-failure", "--no-color"]
    theirs += ["--generation-database", "none", "--max-examples", "25", "--header", header + credential]
    return ours, theirs


@pytest.mark.parametrize("name", OFFERS)
def test_exchanges_a_second(benchmark: BenchmarkFixture, name: str, tmp_path: Path) -> None:
    """
    A provider is asked at least five times as often a second as by Schemathesis, whatever both need to start.
    """
    contract = bundled() / "openapi" / "user.yaml"
    if name == "library":
        contract = tmp_path / "library.json"
        contract.write_text(json.dumps(library().openapi()), encoding="utf-8")
    ours, theirs = commands(name, contract)
    if benchmark.disabled:
        with provider(name) as url:
            assert asked(url) == 0
        benchmark(lambda: None)
        return
    benchmark.pedantic(rate, (name, ours, tmp_path), rounds=1, iterations=1)  # type: ignore[no-untyped-call]
    found: list[Rate] = []
    other: list[Rate] = []
    for _ in range(3):
        found.append(rate(name, ours, tmp_path))
        other.append(rate(name, theirs, tmp_path))
    best, their_best = max(found), max(other)
    ratio = best.worked / their_best.worked
    benchmark.extra_info.update({"ratio to Schemathesis": round(ratio, 2), "goal": f">= {LEAST}"})
    print(f"\n{name}: {ratio:.1f} x Schemathesis (goal >= {LEAST})")
    for who, one in (("ours", best), ("Schemathesis", their_best)):
        print(f"  {who}: {one.worked:.0f} a processor second, {one.waited:.0f} by the clock, of {one.number}")
    assert ratio >= LEAST
