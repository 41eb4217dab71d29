"""
``aegis demo``, run as a user runs it: in a process of its own, on terminals of several kinds.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "aegis_shell", "demo"]
CHAPTERS = 11


def _demo(*arguments: str, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AEGIS_")}
    return subprocess.run(
        [*COMMAND, *arguments],
        env={**inherited, "PYTHONUTF8": "1", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_story_is_told_to_its_end() -> None:
    """
    Every chapter happens, on a narrow terminal too and without colour; exit 0, and nothing on standard error.
    """
    told = _demo(environment={"COLUMNS": "48", "NO_COLOR": "1"})
    assert told.returncode == 0, told.stderr
    assert told.stderr == ""
    assert told.stdout.count("✓") == CHAPTERS
    assert "\x1b[" not in told.stdout
    joined = " ".join(told.stdout.split())
    for said in (
        "삼성전자 주식회사 is active",
        "UserRegistered consumed, typed and validated",
        "이지스 이메일 인증",
        "UserProfileUpdated names business_name",
        "[이지스] 인증번호:",
        "InvalidRequestError",
        "BusinessNotActiveError",
        "CircuitOpenError",
        "closed → open → half_open → closed",
        "Everything happened as it should",
    ):
        assert said in joined
    assert all(len(line) <= 48 for line in told.stdout.splitlines())


def test_the_summary_is_json() -> None:
    """
    With --json there is no story, but one JSON document: whether all went well, and each chapter with its time.
    """
    told = _demo("--json")
    assert told.returncode == 0, told.stderr
    summary = json.loads(told.stdout)
    assert (summary["ok"], summary["error"], len(summary["chapters"])) == (True, None, CHAPTERS)
    assert all(chapter["outcome"] and chapter["seconds"] >= 0 for chapter in summary["chapters"])


def test_a_terminal_without_korean_does_not_end_it() -> None:
    """
    Where the output cannot carry Korean letters there are question marks, and the story goes on.
    """
    told = _demo(environment={"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"})
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("arguments", [(), ("--json",)])
def test_a_mock_that_cannot_start_is_a_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """
    When the mock server does not start, the reason is one sentence and the exit code says the environment.
    """
    (tmp_path / "aegis_mockserver.py").write_text("raise ImportError('this mock is broken')")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    told = _demo(*arguments, environment={"PYTHONPATH": path})
    assert told.returncode == 3
    said = json.loads(told.stdout)["error"] if arguments else told.stderr
    assert said.startswith("chapter 2 (The mock serves it) failed: the mock server did not start: ")
    assert "Traceback" not in told.stdout + told.stderr


def skip_without_proc() -> str | None:
    """
    The reason to skip a test that looks for child processes, or None if they can be seen.
    """
    return None if Path("/proc/self/task").is_dir() else "there is no /proc that tells which children a process has"


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _hear_interrupts() -> None:
    """
    A shell that runs the tests in its background has its children ignore interrupts (POSIX, 2.11).
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def test_ctrl_c_ends_the_mock_too() -> None:
    """
    An interrupt ends the story with exit code 130, and leaves no mock server behind.
    """
    if reason := skip_without_proc():
        pytest.skip(reason)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = subprocess.Popen(COMMAND, text=True, preexec_fn=_hear_interrupts, **pipes)
    assert process.stdout is not None
    for line in process.stdout:
        if "all four APIs on one port" in line:
            break
    [mock] = _children(process.pid)
    kafka = _children(mock)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert [pid for pid in (mock, *kafka) if Path(f"/proc/{pid}").exists()] == []
