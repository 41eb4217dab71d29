"""
The needs of a whole suite: recorded in every process that runs tests, added up, and written when all of it passed.
"""

from __future__ import annotations

import json
import re
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from aegis_testing.needs._recording import recording
from aegis_testing.needs._uses import Uses
from aegis_testing.needs._widths import widened

_FROM_WORKER = "aegis_needs"
_NAME = re.compile(r"[^A-Za-z0-9._-]+")


class Suite:
    """
    Records while the suite runs.

    A run that left tests out, or failed, has not seen everything: its needs would let a change through that breaks what
    it did not get to. So it writes nothing, and says so.

    Args:
        folder: where the needs go, in a folder of the consumer's own.
        consumer: its name.
    """

    def __init__(self, config: pytest.Config, folder: Path, consumer: str) -> None:
        self._config = config
        self._folder = folder
        self._consumer = consumer
        self._uses = Uses()
        self._open = ExitStack()
        self._left_out = 0
        self._said = ""

    def pytest_sessionstart(self) -> None:
        """
        Begin to record.
        """
        self._open.enter_context(recording(self._uses))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """
        Count what is left out.
        """
        self._left_out += len(items)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """
        Add what a worker of pytest-xdist has used.
        """
        output: dict[str, Any] = getattr(node, "workeroutput", {})
        if (told := output.get(_FROM_WORKER)) is not None:
            self._uses.add(told["uses"])
            self._left_out = max(self._left_out, told["left_out"])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """
        Write, or hand over to whoever writes.
        """
        self._open.close()
        value = self._uses.as_value(self._consumer)
        output: dict[str, Any] | None = getattr(self._config, "workeroutput", None)
        if output is not None:
            output[_FROM_WORKER] = {"uses": value, "left_out": self._left_out}
        elif exitstatus != pytest.ExitCode.OK:
            self._said = "needs were not written: the suite did not pass, so not all of it was seen"
        elif self._left_out:
            self._said = f"needs were not written: {self._left_out} tests were left out, so not all of it was seen"
        elif not self._uses:
            self._said = "needs were not written: nothing was used of any contract by the SDK"
        else:
            self._write(widened(value))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """
        Say what became of it.
        """
        if self._said:
            terminalreporter.write_line(self._said)

    def _write(self, value: dict[str, Any]) -> None:
        file = self._folder / self._consumer / "needs.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{json.dumps(value, ensure_ascii=False, indent=2)}\n", encoding="utf-8")
        counts = f"operations {len(value['operations'])}, events {len(value['events'])}"
        here = self._config.invocation_params.dir
        self._said = (
            f"needs of {self._consumer}: {counts}, in {file.relative_to(here) if file.is_relative_to(here) else file}"
        )


def consumer_of(config: pytest.Config) -> str:
    """
    Name the consumer: as it is told, else as its project is called, else as its folder is.
    """
    told: str = config.getoption("aegis_consumer") or config.getini("aegis_consumer")
    if not told:
        project = config.rootpath / "pyproject.toml"
        if project.is_file():
            told = str(tomllib.loads(project.read_text(encoding="utf-8")).get("project", {}).get("name", ""))
    return _NAME.sub("-", told or config.rootpath.name).strip("-.") or "consumer"
