"""
The mock server against a bare uvicorn application that returns the same bytes, in one run, by turns.

Run as a program: ``python tests/benchmarks/mock_load.py [seconds] [rounds]``. Needs wrk. Only ratios mean anything: the
machine is the same for both, and so is the moment. ``rate`` is requests a second over the bare application's, ``cpu``
the bare application's processor time for a request over the mock's: what the rate would be on a machine where nobody
else works. Beside each figure stands the goal, where there is one.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import urlsplit

HERE = Path(__file__).parent
VALID = {
    "title": "a title",
    "body": "some body text",
    "published": True,
    "author": {"name": "Kim", "email": "kim@example.com"},
    "tags": ["a", "b"],
    "comments": [],
}
VARIED = {**VALID, "title": "a title NUMBER"}
INVALID_VARIED = {**VALID, "title": "", "published": "yes NUMBER", "tags": ["A"]}
INVALID = {**VALID, "title": "", "published": "yes", "tags": ["A"]}
_NUMBERS = count(1_000_000, 1_000_000)  # no two loads send the same
STARTS = 5  # the shortest counts: what is longer was the machine's doing
BARE = """
import json, pathlib, sys
answers = json.loads(pathlib.Path(sys.argv[1]).read_text())
def prepared(status, media_type, text):
    body = text.encode()
    headers = [(b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode())]
    start = {"type": "http.response.start", "status": status, "headers": headers}
    return start, {"type": "http.response.body", "body": body}
ready = {method: prepared(*answer) for method, answer in answers.items()}
async def app(scope, receive, send):
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
    start, body = ready[scope["method"]]
    await send(start)
    await send(body)
import uvicorn
uvicorn.run(app, port=int(sys.argv[2]), log_level="critical", access_log=False, lifespan="off")
"""


@dataclass(frozen=True, slots=True)
class Case:
    """
    A kind of request, in which ``NUMBER`` counts up.

    Args:
        goal: share of the bare application's rate that the mock shall reach.
        among: how far it counts; what was posted before is read again then.
    """

    name: str
    path: str
    body: object = None
    goal: float = 0.0
    among: int = 0


ITEM = {"name": "item NUMBER", "tag": "x"}
CASES = {
    "articles": (
        Case("GET", "/articles/NUMBER", None, 0.8),
        Case("valid POST", "/articles", VARIED, 0.7),
        Case("invalid POST", "/articles", INVALID_VARIED, 0.5),
        Case("GET of what was posted", "/articles/NUMBER", None, 0.8, 1_000),
    ),
    "small answers": (
        Case("GET", "/items/NUMBER", None, 0.8),
        Case("valid POST", "/items", ITEM, 0.7),
        Case("invalid POST", "/items", {**ITEM, "name": ["NUMBER"]}, 0.5),
        Case("GET of what was posted", "/items/NUMBER", None, 0.8, 1_000),
    ),
}


@dataclass(frozen=True, slots=True)
class Load:
    """
    What wrk measured: requests a second, the 99th percentile in milliseconds; and microseconds of the server's
    processor for each request.
    """

    rate: float
    p99: float
    cpu: float = 0.0


def processor(process: subprocess.Popen[bytes] | None) -> float:
    """
    Return the seconds of processor time that a process has used.
    """
    if process is None:
        return 0.0
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wrk(
    url: str,
    seconds: int,
    body: object = None,
    *,
    varied: bool = False,
    among: int = 0,
    process: subprocess.Popen[bytes] | None = None,
) -> Load:
    """
    Load one address with one thread and 16 connections.

    Args:
        varied: every request is new: ``NUMBER`` in the address and in the body is a number that counts up.
        among: the numbers are 1 to this one, again and again.
        process: the server, whose processor time is taken.
    """
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency"]
    with tempfile.TemporaryDirectory() as folder:
        lines: list[str] = []
        if body is not None:
            text = json.dumps(body)
            lines = [f"wrk.method='POST' wrk.headers['content-type']='application/json' wrk.body=[==[{text}]==]"]
        if varied:
            path = urlsplit(url).path
            lines.append(f"local n, path, body = {next(_NUMBERS)}, '{path}', wrk.body")
            lines.append("local function with(text) return text and (text:gsub('NUMBER', n)) end")
            counted = f"n % {among} + 1" if among else "n + 1"
            lines.append(f"request = function() n = {counted} return wrk.format(nil, with(path), nil, with(body)) end")
        if lines:
            script = Path(folder) / "load.lua"
            script.write_text("\n".join(lines))
            command += ["-s", str(script)]
        before = processor(process)
        said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
        used = processor(process) - before
    number = re.search(r"(\d+) requests in", said)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert rate is not None
    assert tail is not None
    assert number is not None
    p99 = float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]]
    return Load(float(rate[1]), p99, used / max(1, int(number[1])) * 1e6)


@contextmanager
def running(command: list[str], url: str) -> Generator[tuple[subprocess.Popen[bytes], float]]:
    """
    Run a server until it answers; tells how long that took.
    """
    # As installed: with compiled modules, which an environment for development may forbid.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": f"{tempfile.gettempdir()}/aegis-benchmarks"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    started = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment) as process:
        try:
            while True:
                try:
                    urllib.request.urlopen(url, timeout=5).read()
                    break
                except OSError:
                    time.sleep(0.002)
            yield process, time.perf_counter() - started
        finally:
            process.terminate()


def start_of(command: list[str], url: str) -> float:
    """
    Return the seconds from nothing to the first answer.
    """
    with running(command, url) as (_, seconds):
        return seconds


def free_port() -> int:
    """
    Find a port that nobody listens on.
    """
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def resident(process: subprocess.Popen[bytes]) -> float:
    """
    Return the memory of a process in megabytes.
    """
    status = Path(f"/proc/{process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+)", status)
    return int(found[1]) / 1024 if found else 0.0


def fill(url: str, cases: Iterable[Case], number: int) -> None:
    """
    Begin anew, and post this many items: of those that a load posted the first are gone.
    """
    urllib.request.urlopen(urllib.request.Request(f"{url}/__mock__/reset", method="POST"), timeout=10).close()
    post = next(case for case in cases if case.name == "valid POST")
    for one in range(1, number + 1):
        body = json.dumps(post.body).replace("NUMBER", str(one)).encode()
        request = urllib.request.Request(url + post.path, body, {"content-type": "application/json"})
        urllib.request.urlopen(request, timeout=10).close()


def answers(url: str, cases: Iterable[Case]) -> dict[str, tuple[int, str, str]]:
    """
    Ask for the first answer of each method: status, media type and text.
    """
    found: dict[str, tuple[int, str, str]] = {}
    for case in cases:
        method = "GET" if case.body is None else "POST"
        if method in found:
            continue
        request = urllib.request.Request(
            url + case.path.replace("NUMBER", "1"),
            None if case.body is None else json.dumps(case.body).encode(),
            {"content-type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=5) as reply:
            found[method] = (reply.status, reply.headers["content-type"], reply.read().decode())
    return found


@dataclass(frozen=True, slots=True)
class Pair:
    """
    How the mock and the bare application are started, and where they answer.
    """

    mock: list[str]
    bare: list[str]
    mock_url: str
    bare_url: str


def pair(folder: Path, contract: dict[str, Any], cases: Iterable[Case]) -> Pair:
    """
    Write a document, and what the mock answers for the bare application to answer, too.
    """
    document, log, said = (folder / name for name in ("document.json", "access.log", "answers.json"))
    document.write_text(json.dumps(contract, ensure_ascii=False))
    mock_port, bare_port = free_port(), free_port()
    program = f"import sys; sys.stdout=open({log.as_posix()!r},'w'); from aegis_shell import main; sys.exit(main())"
    found = Pair(
        [sys.executable, "-c", program, "mock", str(document), "--port", str(mock_port)],
        [sys.executable, "-c", BARE, str(said), str(bare_port)],
        f"http://127.0.0.1:{mock_port}",
        f"http://127.0.0.1:{bare_port}",
    )
    chosen = list(cases)
    with running(found.mock, found.mock_url + chosen[0].path.replace("NUMBER", "1")):
        said.write_text(json.dumps(answers(found.mock_url, chosen)))
    return found


def measure(seconds: int, rounds: int) -> dict[str, float]:
    """
    Measure by turns, and return medians of ratios, memory in MB, start-up in seconds.
    """
    sys.path.insert(0, str(HERE))
    from mock_documents import collection, small

    found: dict[str, list[float]] = {}
    figures: dict[str, float] = {}
    for title, contract in (("articles", small()), ("small answers", collection())):
        cases = CASES[title]
        probe = cases[0].path.replace("NUMBER", "1")
        with tempfile.TemporaryDirectory() as folder:
            both = pair(Path(folder), contract, cases)
            if title == "articles":
                # By turns, too: what runs beside it must not count for one of them alone.
                starts = [
                    (start_of(both.bare, both.bare_url + probe), start_of(both.mock, both.mock_url + probe))
                    for _ in range(STARTS)
                ]
                bare, mock = (min(one[side] for one in starts) for side in (0, 1))
                figures |= {"start × bare": round(mock / bare, 2), "start s": round(mock, 3)}
            with (
                running(both.bare, both.bare_url + probe) as (bare_process, _),
                running(both.mock, both.mock_url + probe) as (mock_process, _),
            ):
                figures[f"{title}: RSS at start MB"] = round(resident(mock_process))
                for case in (case for case in cases for _ in range(rounds)):
                    if case.among:
                        fill(both.mock_url, cases, case.among)
                    base, load = (
                        wrk(url + case.path, seconds, case.body, varied=True, among=case.among, process=process)
                        for url, process in ((both.bare_url, bare_process), (both.mock_url, mock_process))
                    )
                    name = f"{title}: {case.name}"
                    found.setdefault(f"{name} rate", []).append(load.rate / base.rate)
                    found.setdefault(f"{name} cpu", []).append(base.cpu / load.cpu)
                    found.setdefault(f"{name} µs", []).append(load.cpu)
                    found.setdefault(f"{name} p99 ms", []).append(load.p99)
                    found.setdefault(f"{name} p99 of bare ms", []).append(base.p99)
                figures[f"{title}: RSS after load MB"] = round(resident(mock_process))
    return {name: round(median(values), 2) for name, values in found.items()} | figures


GOALS = {
    f"{title}: {case.name} {what}": case.goal for title in CASES for case in CASES[title] for what in ("rate", "cpu")
}
BOUNDS = {
    **{f"{title}: valid POST p99 ms": 3.0 for title in CASES},
    **{f"{title}: RSS after load MB": 80.0 for title in CASES},
    "start × bare": 1.5,
}


def main() -> None:
    """
    Print the figures.
    """
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed")
    seconds, rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for name, value in measure(seconds, rounds).items():
        goal = f"goal ≥ {GOALS[name]}" if name in GOALS else f"goal ≤ {BOUNDS[name]}" if name in BOUNDS else ""
        print(f"{name:<42} {value:<8} {goal}".rstrip())


if __name__ == "__main__":
    main()
