"""
The first minutes: whoever types the README and the tutorials, word for word, gets what they show.

Each page is typed into terminals, in a fresh clone with a fresh environment: ``$`` lines into a shell, Python into the
file that is named above it, one piece after the other; and all of it a second time, because people do things again.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.steps.terminal import Terminal
from tests.unit.docs._samples import ROOT, Sample, samples

pytestmark = [pytest.mark.steps, pytest.mark.timeout(900)]
ADDRESS = "127.0.0.1:4010"
INSTALL_SECONDS, COMMAND_SECONDS = 600.0, 90.0
TUTORIALS = ("first-call", "first-event", "test-your-service")
PAGES = ["README.md", *(f"docs/{language}/tutorials/{name}.md" for language in ("en", "ko") for name in TUTORIALS)]
_PASSED = re.compile(r"^([0-9]+) passed", re.MULTILINE)
_NAMED = re.compile(r'title="([^"]+)"')
_INSTALLS = re.compile(r"^(?:python3? -m venv|(?:python -m )?pip install)")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    A clone of what is here, with an environment that the README's own words made.
    """
    folder = tmp_path_factory.mktemp("newcomer") / "clone"
    _copy(folder)
    terminal = Terminal(folder, _environment())
    try:
        if reason := skip_without_index(tmp_path_factory.mktemp("index")):
            (pytest.fail if "CI" in os.environ else pytest.skip)(reason)
        for command in _commands(ROOT / "README.md"):
            if _INSTALLS.match(command) or "activate" in command:
                terminal.type(command, timeout=INSTALL_SECONDS)
    finally:
        terminal.close()
    return folder


def skip_without_index(folder: Path) -> str | None:
    """
    Return why a newcomer's ``pip install`` cannot work here: it reaches no package index. A CI always has one.
    """
    asked = ["python3", "-m", "venv", str(folder / "venv")]
    subprocess.run(asked, env=_environment(), capture_output=True, check=True, timeout=INSTALL_SECONDS)
    pip = [str(folder / "venv" / "bin" / "python"), "-m", "pip", "--retries", "0", "--timeout", "15"]
    pip += ["download", "--quiet", "--no-deps", "--no-cache-dir", "--dest", str(folder), "hatchling"]
    done = subprocess.run(pip, env=_environment(), capture_output=True, text=True, timeout=120, check=False)
    return None if done.returncode == 0 else f"no package index can be reached: {done.stderr.strip()[-200:]}"


@pytest.mark.parametrize("page", PAGES)
def test_page_can_be_typed_twice(page: str, clone: Path, tmp_path: Path) -> None:
    """
    Whoever types a page, word for word, gets what it shows; and whoever does it again gets it again.
    """
    folder = tmp_path / "clone"
    shutil.copytree(clone, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", ".venv"))
    (folder / ".venv").symlink_to(clone / ".venv")
    reader = _Reader(folder)
    try:
        for again in (False, True):
            reader.begin(again=again)
            for sample in samples(ROOT / page):
                reader.follow(sample)
        assert reader.shown, "the page shows nothing that could be compared"
    finally:
        reader.close()


class _Reader:
    """
    Somebody who does what a page says, and looks whether it shows the same.
    """

    def __init__(self, folder: Path) -> None:
        self.shown = 0
        self._folder = folder
        self._file: Path | None = None
        self._said: str | None = None
        self._port = free_port()
        self._mock: Terminal | None = None
        self._again = False
        self._place = folder
        self._terminal = Terminal(folder, _environment())

    def begin(self, *, again: bool) -> None:
        """
        Open a terminal in the folder of the clone, as one does who begins.
        """
        self._again, self._place = again, self._folder
        self._terminal.close()
        self._terminal = Terminal(self._folder, _environment())

    def follow(self, sample: Sample) -> None:
        """
        Do what one block says.
        """
        if any(mark.startswith("skip") for mark in sample.marks):
            return
        if sample.language == "console":
            self._type(sample.text)
        elif sample.language == "python":
            self._write(sample)
        elif "output" in sample.marks:
            self._compare(sample.text)

    def close(self) -> None:
        self._terminal.close()
        if self._mock is not None:
            self._mock.close()

    def _type(self, block: str) -> None:
        shown = "".join(line for line in block.splitlines(keepends=True) if not line.startswith("$ "))
        for command in (line[2:] for line in block.splitlines() if line.startswith("$ ")):
            if " -m venv " in command or "noxfile.py" in command or (self._again and " install " in command):
                continue  # the environment is there; the demo and the tests have sessions of their own
            if command.startswith("aegis mock"):
                self._serve(command)
            else:
                wait = INSTALL_SECONDS if " install " in command else COMMAND_SECONDS
                self._said = self._terminal.type(self._here(command), timeout=wait)
                if command.startswith("cd "):
                    self._place = (self._place / command[3:]).resolve()
        if shown.strip() and self._said is not None and "aegis mock" not in block:
            self._compare(shown)

    def _serve(self, command: str) -> None:
        # The terminal is taken from now on: what follows needs another one, as the page has to say.
        if self._mock is not None:
            self._mock.close()
        self._mock, self._terminal = self._terminal, Terminal(self._folder, _environment())
        self._mock.start(f"{command} --port {self._port}", until="Ctrl-C ends it", timeout=COMMAND_SECONDS)

    def _write(self, sample: Sample) -> None:
        named = _NAMED.search(sample.title)
        self._said = None
        if named:
            self._file = self._place / named[1]
            self._file.write_text(self._here(sample.text), encoding="utf-8")
        else:
            assert self._file is not None, "the page names no file"
            before = self._file.read_text(encoding="utf-8")
            self._file.write_text(f"{before}\n\n{self._here(sample.text)}", encoding="utf-8")

    def _compare(self, shown: str) -> None:
        if self._said is None:
            assert self._file is not None
            self._said = self._terminal.type(f"python {self._file.name}", timeout=COMMAND_SECONDS)
        if passed := _PASSED.search(shown):
            # Done again, the files of later steps are there from the first time, and their tests run as well.
            told = _PASSED.search(self._said)
            assert told is not None, self._said
            assert int(told[1]) >= int(passed[1]) if self._again else told[1] == passed[1], self._said
            self.shown += 1
            return
        lines = [re.escape(line.rstrip()).replace("…", ".*") for line in shown.rstrip().splitlines()]
        said = "\n".join(line.rstrip() for line in self._said.rstrip().splitlines())
        # A piece that is added to a file prints after what the file printed before.
        assert re.search(rf"(?:\A|\n){chr(10).join(lines)}\Z", said, re.DOTALL), f"shown:\n{shown}\nsaid:\n{said}"
        self.shown += 1

    def _here(self, text: str) -> str:
        return text.replace(ADDRESS, f"127.0.0.1:{self._port}")


def _commands(page: Path) -> Iterator[str]:
    for sample in samples(page):
        if sample.language == "console":
            yield from (line[2:] for line in sample.text.splitlines() if line.startswith("$ "))


def _copy(folder: Path) -> None:
    """
    Copy what git knows here, changes that are not committed included.
    """
    named = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    for name in filter(None, named.decode().split("\0")):
        if (source := ROOT / name).is_file() and not name.startswith("tests/"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, folder / name)


def _environment() -> dict[str, str]:
    """
    What a newcomer's shell has: nothing of the environment that these tests run in.
    """
    ours = {"PYTHONPATH", "VIRTUAL_ENV", "PYTEST_CURRENT_TEST", "UV_PROJECT_ENVIRONMENT"}
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("AEGIS_")}
    path = [part for part in kept.get("PATH", "").split(os.pathsep) if ".venv" not in part and ".nox" not in part]
    return {**kept, "PATH": os.pathsep.join(path), "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8"}
