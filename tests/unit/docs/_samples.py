"""
Reads the Python samples of a page and runs them as a reader would, one after the other, against a mock of their own.

A page is one session: what a sample defines, the next one may use. Comments that no reader sees steer it:
``<!-- sample: skip REASON -->`` leaves the next sample out, ``<!-- sample: file NAME -->`` also writes it to a file,
``<!-- sample: fresh -->`` empties the mock before it, ``<!-- output -->`` holds the next block to what was printed.
``<!-- sample: run -->`` runs a shell sample too; ``<!-- sample: pytest -->`` runs pytest over the files written so far.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[3]
URL = "http://127.0.0.1:4010"
_KAFKA = re.compile(r"\b(EventConsumer|EventPublisher|OutboxRelay)\b")
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)?(?P<more>[^\n]*)\n(?P<text>.*?)^(?P=indent)```\s*?$", re.MULTILINE | re.DOTALL
)
_MARKS = re.compile(r"<!-- (sample|output)(?:: ?([^>]*?))? -->\s*\Z")


@dataclass(frozen=True)
class Sample:
    """
    One block of a page.
    """

    language: str
    text: str
    line: int
    marks: tuple[str, ...]
    title: str = ""


def samples(page: Path) -> Iterator[Sample]:
    """
    Return the blocks of *page* in their order.
    """
    content = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(content):
        before, marks = content[: found.start()], []
        while mark := _MARKS.search(before):
            marks.append("output" if mark[1] == "output" else (mark[2] or "").strip())
            before = before[: mark.start()]
        line = content.count("\n", 0, found.start()) + 2
        yield Sample(found["language"] or "", textwrap.dedent(found["text"]), line, tuple(marks), found["more"])


def python_pages() -> list[Path]:
    """
    Return every page with samples that run, README included.
    """
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*/**/*.md"))]
    return [page for page in pages if any(_runs(sample) for sample in samples(page))]


def needs_kafka(page: Path) -> bool:
    """
    Say whether a page's samples speak to Kafka.
    """
    return any(_KAFKA.search(sample.text) for sample in samples(page) if _runs(sample))


def run_apart(page: Path, url: str, folder: Path) -> None:
    """
    Run the samples of *page* in a process of its own, as a reader would: nothing that they leave behind reaches others.
    """
    command = [sys.executable, "-m", "tests.unit.docs._samples", str(page), url, str(folder)]
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=100, check=False,
        env={**os.environ, "PYTHONPATH": paths},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def run_page(page: Path, url: str, folder: Path, reset: Callable[[], None]) -> None:
    """
    Run the samples of *page*; an error names page and line.

    Args:
        url: what stands in place of the address in the samples.
        folder: where samples with a file's name go.
    """
    space: dict[str, Any] = {"__name__": "__sample__"}
    printed = ""
    with asyncio.Runner() as runner:
        for sample in samples(page):
            if "output" in sample.marks:
                check_output(sample, printed, page)
            if "fresh" in sample.marks:
                reset()
            if "pytest" in sample.marks:
                _pytest(folder)
            if "run" in sample.marks:
                printed = _shell(sample.text.replace(URL, url), folder)
            if not _runs(sample):
                continue
            names = [mark.removeprefix("file ") for mark in sample.marks if mark.startswith("file ")]
            for name in names:
                (folder / name).write_text(sample.text.replace(URL, url), encoding="utf-8")
            if names:
                continue
            told = io.StringIO()
            with contextlib.redirect_stdout(told):
                _run(_compiled(sample, page, url), space, runner)
            printed = told.getvalue()


def _pytest(folder: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _shell(text: str, folder: Path) -> str:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euc", text], cwd=folder, capture_output=True, text=True, timeout=60, check=False,
        env={**os.environ, "PATH": path},
    )  # fmt: skip
    return done.stdout + done.stderr


def _runs(sample: Sample) -> bool:
    files = any(mark.startswith("file ") for mark in sample.marks)
    return (sample.language == "python" or files) and not any(mark.startswith("skip") for mark in sample.marks)


def _compiled(sample: Sample, page: Path, url: str) -> CodeType:
    text = "\n" * (sample.line - 1) + sample.text.replace(URL, url)
    code: CodeType = compile(text, str(page), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    return code


def _run(code: CodeType, space: dict[str, Any], runner: asyncio.Runner) -> None:
    if code.co_flags & inspect.CO_COROUTINE:

        async def main() -> None:
            await eval(code, space)

        runner.run(main())
    else:
        exec(code, space)


def check_output(sample: Sample, printed: str, page: Path) -> None:
    """
    Hold what a page shows to what was printed; ``…`` stands for anything.
    """
    lines = [re.escape(line.rstrip()).replace("…", ".*") for line in sample.text.rstrip().splitlines()]
    shown = "\n".join(line.rstrip() for line in printed.rstrip().splitlines())
    assert re.fullmatch("\n".join(lines), shown, re.DOTALL), f"{page}:{sample.line} shows other output:\n{printed}"


def _reset(url: str) -> None:
    httpx.post(f"{url}/__mock__/reset").raise_for_status()


if __name__ == "__main__":
    run_page(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), partial(_reset, sys.argv[2]))
