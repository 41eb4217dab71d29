"""
``aegis registry verify-all`` against the mock, in processes of their own.
"""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.scenarios._aegis import WEIGHTS, Aegis, MockProcess

COMMAND = (sys.executable, "-m", "aegis_shell", "registry", "verify-all")


def numbers(count: int) -> list[str]:
    found: list[str] = []
    for stem in range(202_810_000, 202_810_000 + count):
        figures = [int(digit) for digit in str(stem)]
        total = sum(a * b for a, b in zip(figures, WEIGHTS, strict=True)) + figures[8] * 5 // 10
        found.append(f"{stem}{(10 - total % 10) % 10}")
    return found


def command(source: Path, url: str, *more: str) -> list[str]:
    out = str(source.with_name("out.csv"))
    return [*COMMAND, str(source), "--out", out, "--base-url", f"{url}/api/v1", "--api-key", "key", *more]


def run(source: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(source, url, *more), capture_output=True, text=True, timeout=60, check=False)


def verdicts(folder: Path) -> list[dict[str, str]]:
    with (folder / "out.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_bad_rows_and_a_business_that_nobody_answers_for_are_verdicts(
    mock_process: MockProcess, tmp_path: Path
) -> None:
    """
    Exit 0, one verdict a row in the order of the rows, each bad one with its reason.
    """
    source = tmp_path / "in.csv"
    lines = [
        "business_registration_number,start_date,representative_name",
        "124-81-00998,1969-01-13,김서연",
        "124-81-00998,1969-01-14,김서연",
        "9990002009,,",
        "9990003008,,",
        "9990004045,,",
        "9990005030,,",
        "none,,",
        "000-00-00000,,",
        "1248100998,13-01-1969,김서연",
        *(f"{number},," for number in numbers(300)),
    ]
    source.write_bytes("\r\n".join(lines).encode("cp949"))
    done = run(source, mock_process.url, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = verdicts(tmp_path)
    expected = ["active", "not_confirmed", "inactive", "closed", "unregistered", "unavailable", *["invalid"] * 3]
    assert [row["status"] for row in found] == expected + ["active"] * 300
    assert [row["row"] for row in found] == [str(number) for number in range(1, 310)]
    assert all(bool(row["reason"]) == (row["status"] not in {"active", "inactive", "closed"}) for row in found)
    assert json.loads(done.stdout)["statuses"]["active"] == 301


def test_a_run_that_is_killed_goes_on(aegis: Aegis, mock_process: MockProcess, tmp_path: Path) -> None:
    """
    After kill -9 the same command goes on where it was: every row has its verdict once, and only calls that were on
    their way are made again.
    """
    source = tmp_path / "in.csv"
    source.write_text("\n".join(["business_registration_number", *numbers(4000)]), encoding="utf-8")
    arguments = command(source, mock_process.url, "--concurrency", "2", "--rate", "20")
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part, end = tmp_path / "out.csv.part", time.monotonic() + 30
    while not (part.exists() and part.stat().st_size > 20_000) and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(10)
    assert not (tmp_path / "out.csv").exists()
    done = run(source, mock_process.url, "--format", "json")
    assert done.returncode == 0, done.stderr
    found = verdicts(tmp_path)
    assert [row["row"] for row in found] == [str(number) for number in range(1, 4001)]
    assert {row["status"] for row in found} == {"active"}
    assert json.loads(done.stdout)["calls"] <= 40 + 2


def test_it_says_why_it_cannot_go_on(mock_process: MockProcess, tmp_path: Path) -> None:
    """
    Unusable arguments and files are 2, a registry that lets nobody in is 3, each with a sentence and no traceback.
    """
    source = tmp_path / "in.csv"
    source.write_text("business_registration_number\n1248100998\n", encoding="utf-8")
    cases = [
        (command(source, mock_process.url, "--concurrency", "0"), 2, "concurrency"),
        (command(tmp_path / "absent.csv", mock_process.url), 2, "cannot be read"),
        (command(source, f"{mock_process.url}/nowhere"), 3, "no registry at the base URL"),
        (command(source, "http://127.0.0.1:9"), 3, "registry"),
        ([*command(source, mock_process.url), "--api-key", "invalid"], 3, "refuses the key"),
    ]
    for arguments, code, said in cases:
        done = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, said in done.stderr) == (code, True), done.stderr
        assert "Traceback" not in done.stderr
