"""
Schemathesis as a second source of cases: its generator, its checks of answers, in our report.

What a provider may refuse by meaning is decided by our own cases, which know what the contract declares; so its checks
of acceptance stay out.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from aegis_contracts import Contract, Operation, Violation
from aegis_shell import ENVIRONMENT, CommandError, install_hint
from aegis_verifier._settings import Settings, carried
from aegis_verifier._values import Case, Failure, Outcome, Script

_CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
)
_RUN = "from schemathesis.cli import schemathesis; schemathesis()"
_TITLE = re.compile(r"^- (?:(ST\d+) )?(.+)$", re.MULTILINE)
_AGAIN = re.compile(r"Reproduce with:\s*\n+\s*(curl .+)")


def fuzzed(contract: Contract, address: str, settings: Settings, *, examples: int, seconds: float) -> list[Outcome]:
    """
    Run Schemathesis over one contract, and return one outcome for each operation.

    Args:
        address: where the provider offers the contract, its path among it.
        examples: cases for each operation.
        seconds: after them the run ends.

    Raises:
        CommandError: Schemathesis is not installed, or did not run.
    """
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "junit.xml"
        command = [sys.executable, "-c", _RUN, "run", contract.source, "--url", address]
        command += ["--phases", "examples,coverage,fuzzing", "--checks", ",".join(_CHECKS), "--continue-on-failure"]
        command += ["--max-examples", str(examples), "--generation-database", "none", "--no-color"]
        command += ["--seed", str(int.from_bytes(settings.seed.encode()[:4], "big"))]
        command += ["--report", "junit", "--report-junit-path", str(report)]
        for name, value in (*settings.headers, *_credentials(contract, settings)):
            command += ["--header", f"{name}: {value}"]
        try:
            done = subprocess.run(  # noqa: S603 - ours, with what the user gave
                command, capture_output=True, text=True, timeout=seconds, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired:
            return [_open(operation, "Schemathesis did not end in time") for operation in contract.operations.values()]
        if "No module named 'schemathesis'" in done.stderr:
            raise CommandError(f"--fuzz needs schemathesis: {install_hint('fuzz')}", ENVIRONMENT)
        if not report.is_file():
            raise CommandError(
                f"--fuzz: Schemathesis did not run:\n{(done.stderr or done.stdout)[-1_000:]}", ENVIRONMENT
            )
        return list(_outcomes(contract, report.read_text(encoding="utf-8")))


def _credentials(contract: Contract, settings: Settings) -> tuple[tuple[str, str], ...]:
    for operation in contract.operations.values():
        if values := settings.credentials.choice(operation):
            return carried(operation, values)[0]
    return ()


def _outcomes(contract: Contract, text: str) -> Iterator[Outcome]:
    by_place = {f"{o.method} {o.path}": o for o in contract.operations.values()}
    for test in ET.fromstring(text).iter("testcase"):  # noqa: S314 - written by a tool that we have started
        operation = by_place.get(test.get("name", ""))
        if operation is None:
            continue
        outcome = Outcome(_case(operation))
        for failure in test.iter("failure"):
            said = failure.text or ""
            again = _AGAIN.search(said)
            for code, title in dict.fromkeys(_TITLE.findall(said)):
                message = f"Schemathesis says: {title}"
                mend = f"repeat it with {again[1]}" if again is not None else ""
                rule = f"fuzz-{code.lower()}" if code else "fuzz"
                outcome.failures.append(Failure(Violation("", rule, message, operation.source, mend), None))
        yield outcome


def _open(operation: Operation, reason: str) -> Outcome:
    return Outcome(_case(operation), open=reason)


def _case(operation: Operation) -> Case:
    def script() -> Script:
        return []
        yield  # pragma: no cover - a generator, as every script is

    return Case(operation, "fuzz", "schemathesis", "answers as declared whatever Schemathesis sends", script)
