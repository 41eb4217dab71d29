"""
The shell: whoever installs a command is found, mistakes are answered in a line, and no terminal makes it fail.
"""

from __future__ import annotations

import os
import shutil
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


@pytest.mark.parametrize(
    ("words", "among"),
    [
        (["li"], "lint"),
        (["par"], "parcels"),
        (["mock", "--js"], "--json-start-line"),
        (["mock", "--validate", "str"], "strict"),
        (["events", "pro"], "produce"),
        (["events", "produce", "--boo"], "--bootstrap"),
        (["help", "moc"], "mock"),
        (["completion", "z"], "zsh"),
    ],
)
def test_what_may_come_next_is_completed(foreign: Path, words: list[str], among: str) -> None:
    """
    A shell completes commands, options and choices, of any distribution that brings a command.
    """
    done = aegis("complete", "--", *words, path=foreign)
    assert done.returncode == OK
    assert done.stdout.decode().split() == [among]


@pytest.mark.skipif(not shutil.which("bash"), reason="bash is not installed")
def test_bash_completes() -> None:
    """
    What ``aegis completion bash`` prints makes bash complete, in a program of its own.
    """
    asked = (
        'eval "$(aegis completion bash)"; COMP_WORDS=(aegis mock --validate re); COMP_CWORD=3; _aegis; echo $COMPREPLY'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", asked], env={**os.environ, "PATH": path}, capture_output=True, check=False, timeout=30
    )
    assert done.stdout.decode().strip() == "report", done.stderr.decode()


@pytest.mark.parametrize("encoding", ["cp949", "cp1252", "ascii", "utf-8"])
def test_events_are_the_same_bytes_under_any_encoding(tmp_path: Path, encoding: str) -> None:
    """
    ``aegis events produce > e.jsonl; aegis events validate e.jsonl`` holds whatever encoding a console has.
    """
    made = aegis("events", "produce", "--seed", "1", env={"PYTHONIOENCODING": encoding})
    assert made.returncode == OK, made.stderr.decode()
    assert "businessRegistrationNumber" in made.stdout.decode("utf-8")
    (tmp_path / "e.jsonl").write_bytes(made.stdout)
    held = aegis("events", "validate", str(tmp_path / "e.jsonl"), env={"PYTHONIOENCODING": encoding})
    assert held.returncode == OK, held.stderr.decode()
    assert held.stderr.decode().startswith("5 events")


@pytest.mark.parametrize(
    "arguments",
    [
        ["events", "tail", "--bootstrap", "http://x:9"],
        ["events", "tail", "--bootstrap", "x:99999"],
        ["events", "tail", "--bootstrap", ""],
        ["events", "produce", "--bootstrap", "a:b"],
        ["topics", "plan", "--bootstrap", "localhost:"],
        ["mock", "--kafka", "localhost"],
        ["mock", "--kafka", "localhost:99999"],
        ["mock", "--host", "999.1.1.1"],
        ["mock", "--port", "99999"],
    ],
)
def test_an_address_that_cannot_be_one_is_a_mistake_of_usage(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    An impossible address ends with 2 and names the option, before anything is started or asked.
    """
    option = next(word for word in arguments if word.startswith("--"))
    assert main(arguments) == USAGE
    assert f"argument {option}: " in capsys.readouterr().err.splitlines()[0]
