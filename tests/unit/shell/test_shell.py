"""
The shell: whoever installs a command is found, mistakes are answered in a line, and no terminal makes it fail.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from aegis_shell import ENVIRONMENT, FOUND, OK, USAGE, main

COMMAND = (sys.executable, "-m", "aegis_shell")


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """
    A folder with a distribution that is not ours and brings commands of its own.
    """
    metadata = tmp_path / "parcels-1.0.dist-info"
    metadata.mkdir()
    requires = 'Requires-Dist: nosuchpackage; extra == "fast"'
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: parcels\nVersion: 1.0\n{requires}\n")
    (metadata / "entry_points.txt").write_text(
        "[aegis.commands]\nparcels = parcels_cli:commands.send\nbroken = parcels_cli:gone\nhungry = parcels_hungry\n"
        "mock = parcels_cli\n"
    )
    (tmp_path / "parcels_hungry.py").write_text("import nosuchpackage\n")
    (tmp_path / "parcels_cli.py").write_text(
        dedent("""
        class commands:
            class send:
                SUMMARY = "소포를 보냅니다"
                def register(parser):
                    parser.add_argument("--weight", type=int)
                    parser.set_defaults(run=lambda options: run(options))
        class Lost(Exception):
            exit_code = 1
        def run(options):
            if options.weight == 0:
                raise Lost("nothing to send")
            if options.weight == 1:
                raise RuntimeError("a secret value")
            if options.weight == 2:
                open("no/such/file")
            print("보냄", options.weight)
            return 0
        """),
        encoding="utf-8",
    )
    return tmp_path


def aegis(
    *arguments: str, path: Path | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    """
    Run the command as a program of its own.
    """
    environment = {**os.environ, **(env or {})}
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    return subprocess.run([*COMMAND, *arguments], capture_output=True, check=False, env=environment)


def test_a_command_of_another_distribution_shows_up(foreign: Path) -> None:
    """
    A distribution that is not ours adds a command by an entry point: it is listed, runs, and takes none of our names.
    """
    done = aegis("parcels", "--weight", "7", path=foreign)
    assert (done.returncode, done.stdout.decode()) == (OK, "보냄 7\n")
    listed = aegis("help", path=foreign).stdout.decode()
    assert "parcels     소포를 보냅니다" in listed
    assert "serve contracts as a stateful mock" in listed
    assert "broken      (cannot be loaded: AttributeError)" in listed


@pytest.mark.parametrize(
    ("weight", "code", "said"),
    [
        ("0", FOUND, "nothing to send"),
        ("1", 70, "aegis parcels: unexpected RuntimeError at parcels_cli.py:14; that is our fault: "),
        ("2", ENVIRONMENT, "aegis parcels: no/such/file: No such file or directory"),
        ("x", USAGE, "aegis parcels: argument --weight: invalid int value: 'x'"),
    ],
)
def test_what_a_command_raises_is_told_in_a_line(foreign: Path, weight: str, code: int, said: str) -> None:
    """
    An error with an exit code speaks for itself; any other never shows a traceback, nor a value that it may hold.
    """
    done = aegis("parcels", "--weight", weight, path=foreign)
    assert done.returncode == code
    assert done.stderr.decode().startswith(said)
    assert b"Traceback" not in done.stderr
    assert b"secret" not in done.stderr


def test_what_is_missing_is_named_by_its_own_distribution(foreign: Path) -> None:
    """
    A command that lacks a package names the extra of the distribution that brought the command.
    """
    done = aegis("hungry", path=foreign)
    assert done.returncode == ENVIRONMENT
    assert done.stderr.decode() == (
        "aegis hungry needs nosuchpackage, which is not installed: pip install 'parcels[fast]'\n"
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["mok"], "aegis: no command 'mok'; did you mean mock?"),
        (["help", "lnt"], "aegis: no command 'lnt'; did you mean lint?"),
        (["zzzz"], "aegis: no command 'zzzz'; aegis help lists them"),
        (["--versoin"], "aegis: no option --versoin; did you mean --version?"),
        (["mock", "--prot", "1"], "aegis mock: no option --prot; did you mean --port?"),
        (["mock", "--por", "1"], "aegis mock: no option --por; did you mean --port?"),
        (["events", "produce", "--cuont", "1", "X"], "aegis events: no option --cuont; did you mean --count?"),
        (["events", "prodce"], "aegis events: argument COMMAND: 'prodce' is not known; did you mean produce?"),
        (
            ["mock", "--validate", "strct"],
            "aegis mock: argument --validate: 'strct' is not known; did you mean strict?",
        ),
    ],
)
def test_a_mistake_is_answered_first(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A misspelt command, option or choice ends with 2; the first line says what was probably meant.
    """
    assert main(arguments) == USAGE
    assert capsys.readouterr().err.splitlines()[0] == said


def test_help_is_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    """
    ``aegis help COMMAND`` shows what ``aegis COMMAND --help`` shows, for commands inside commands too.
    """
    for name in (["mock"], ["events", "produce"]):
        assert main(["help", *name]) == main([*name, "--help"]) == OK
        first, second = (part for part in capsys.readouterr().out.split("usage: ") if part)
        assert first == second


@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "ascii", "utf-8"])
def test_no_encoding_makes_a_command_fail(foreign: Path, encoding: str) -> None:
    """
    What a console has no sign for is written as an escape, and the command goes on.
    """
    done = aegis("help", path=foreign, env={"PYTHONIOENCODING": encoding})
    assert done.returncode == OK
    shown = "소포를 보냅니다".encode(encoding, "backslashreplace")
    assert shown in done.stdout


def test_pipes_are_utf_8_under_any_locale(foreign: Path) -> None:
    """
    What goes into a file or a pipe is UTF-8, whatever the locale says.
    """
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": ""}
    done = aegis("parcels", "--weight", "7", path=foreign, env=locale)
    assert done.stdout.decode("utf-8") == "보냄 7\n"


def test_starting_reads_no_metadata() -> None:
    """
    One of our own commands starts without importlib.metadata, which costs as much as the rest of a mock's start.
    """
    code = (
        "import sys, aegis_shell; aegis_shell.main(['mock', '--help']); sys.exit('importlib.metadata' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=False).returncode == OK
