# /// script
# requires-python = ">=3.11"
# ///
"""
Every task of this repository, for people and for CI alike.

    python3 noxfile.py demo          # the story, end to end
    python3 noxfile.py tests         # the tests
    python3 noxfile.py --list        # everything else

Nothing but Python (with venv and pip) has to be there: run as a program, this file makes itself a small environment
under ``.nox/`` with nox in it, and nox makes one for each session.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
TOOLS = ("nox==2026.10.20", "uv>=0.9")


def bootstrap(arguments: list[str]) -> int:
    """
    Run nox from an environment of its own; made at the first run, and again whenever TOOLS changes.
    """
    home = ROOT / ".nox" / "bootstrap"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = home / "tools.txt"
    if not stamp.is_file() or stamp.read_text() != "\n".join(TOOLS):
        print(f"Preparing {home.relative_to(ROOT)} (once) …", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *TOOLS], check=True)
        stamp.write_text("\n".join(TOOLS))
    named = next((index for index, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    sessions = ["--session", *arguments[:named]] if named else []
    command = [str(python), "-m", "nox", "--noxfile", str(ROOT / "noxfile.py"), *sessions, *arguments[named:]]
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    try:
        return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    raise SystemExit(bootstrap(sys.argv[1:]))

import nox

nox.needs_version = ">=2025.2.9"
nox.options.default_venv_backend = "uv|virtualenv"
nox.options.reuse_venv = "yes"
nox.options.error_on_missing_interpreters = True
nox.options.sessions = ["lint", "typing", "generate", "tests", "docs"]

PROJECT = nox.project.load_toml("pyproject.toml")
PACKAGES = ("sdk", "mockserver", "tests", "noxfile.py")


def group(name: str) -> list[str]:
    """
    Return the requirements of a dependency group of pyproject.toml.
    """
    return nox.project.dependency_groups(PROJECT, name)


@nox.session
def demo(session: nox.Session) -> None:
    """
    Tell the whole story: user, registry, events on Kafka, mail, SMS, circuit breaker.
    """
    session.install("-e", ".[all]")
    session.run("aegis", "demo", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """
    Run the tests, two files at a time; arguments go to pytest.
    """
    session.install("-e", ".[all]", *group("tests"), *group("generate"), *group("docs"))
    session.run("pytest", *(session.posargs or ["tests", "--numprocesses=2", "--dist=loadfile"]))


@nox.session
def kafka(session: nox.Session) -> None:
    """
    Run the Kafka tests against the embedded cluster and Apache Kafka.

    Apache Kafka comes from Maven when Java 17 and mvn are there; else AEGIS_KAFKA_BOOTSTRAP names a broker; else
    those tests are skipped with the reason.
    """
    session.install("-e", ".[all]", *group("tests"), *group("generate"))
    session.run("pytest", "tests/kafka", *session.posargs)


@nox.session
def clients(session: nox.Session) -> None:
    """
    Run official clients of other companies, Python and Node, against the mock; ``-- -k stripe`` runs some.
    """
    try:
        session.install("-e", ".[mock,tls]", *group("clients"))
    except nox.command.CommandFailed:
        session.skip("the clients cannot be installed: no package index is reached")
    node = ROOT / "tests" / "clients" / "node"
    if shutil.which("npm") is None:
        session.log("npm is not installed: the clients in Node are skipped")
    else:
        try:
            with session.chdir(node):
                session.run(
                    "npm", "install", "--no-audit", "--no-fund", "--no-package-lock", external=True, silent=True
                )
        except nox.command.CommandFailed:
            session.log("no package registry is reached: the clients in Node are skipped")
    session.run("pytest", "tests/clients", *session.posargs)


@nox.session
def benchmarks(session: nox.Session) -> None:
    """
    Measure, side by side with peers in the same run.
    """
    session.install("-e", ".[all]", *group("tests"), *group("generate"), *group("benchmarks"))
    arguments = session.posargs or ["tests/benchmarks"]
    session.run("pytest", "--benchmark-enable", "--benchmark-only", "--benchmark-columns=median,ops", "-s", *arguments)


@nox.session
def mutants(session: nox.Session) -> None:
    """
    Put small faults into the rooms, one at a time, and see whether their tests notice; ``-- ROOM --count 50 --seed 2``.
    """
    session.install("-e", ".[all]", *group("tests"), *group("generate"), *group("mutants"))
    session.run("python", "-m", "tests.mutants", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """
    Check code style, the floors of the house, and the contracts.
    """
    session.install("-e", ".[all]", *group("lint"))
    session.run("ruff", "check", *PACKAGES)
    session.run("ruff", "format", "--check", *PACKAGES)
    session.run("lint-imports", "--no-cache")
    session.run("aegis", "lint", "--fail-on", "warning")


@nox.session
def typing(session: nox.Session) -> None:
    """
    Check types: mypy --strict and pyright strict, in the SDK and in a consumer's program.
    """
    session.install("-e", ".[all]", *group("typing"), *group("generate"), *group("tests"))
    session.run("mypy")
    session.run("mypy", "tests/typing")
    session.run("pyright")


@nox.session
def generate(session: nox.Session) -> None:
    """
    Write everything that is generated from the contracts; ``-- --check`` fails when something is stale.
    """
    session.install("-e", ".[kafka,mock]", *group("generate"))
    session.run("python", "-m", "aegis_codegen", *session.posargs)


@nox.session
def compat(session: nox.Session) -> None:
    """
    Hold the contracts to the last release: the newest tag ``v…`` behind this commit, or the revision that is named.

    As long as nothing is released there is nothing to be compatible with, and the session says so.
    """
    session.install("-e", ".[verify]")
    found = subprocess.run(
        ["git", "describe", "--tags", "--match", "v[0-9]*", "--abbrev=0"], cwd=ROOT, capture_output=True, check=False
    )
    named = session.posargs[0] if session.posargs else found.stdout.decode().strip()
    if not named:
        session.log("No release yet (no tag v…): there is nothing to be compatible with.")
        return
    waivers = ROOT / "tests" / "contract" / "waivers.yaml"
    borne = ["--waivers", str(waivers)] if waivers.is_file() else []
    for folder in ("openapi", "schemas"):
        session.run("aegis", "diff", f"{named}:{folder}", folder, *borne)


@nox.session
def docs(session: nox.Session) -> None:
    """
    Build the documentation strictly; ``-- serve`` shows it.
    """
    session.install("-e", ".[all]", *group("docs"))
    session.run("mkdocs", *(session.posargs or ["build", "--strict"]), env={"NO_MKDOCS_2_WARNING": "1"})


@nox.session
def package(session: nox.Session) -> None:
    """
    Build the wheel, install its base elsewhere, and call a client with it.
    """
    session.install("build")
    target = Path(session.create_tmp())
    session.run("python", "-m", "build", "--wheel", "--outdir", str(target), ".", silent=True)
    wheel = max(target.glob("*.whl"), key=lambda path: path.stat().st_mtime)
    session.install("--force-reinstall", str(wheel))
    with session.chdir(target):
        session.run("python", str(ROOT / "tests" / "package" / "base_install.py"))
