"""
The mock server against a bare uvicorn application that returns the same bytes, in one run, by turns.

Run as a program: ``python tests/benchmarks/mock_load.py [seconds] [rounds]``. Needs wrk. Only ratios mean anything: the
machine is the same for both, and so is the moment.
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
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
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
STARTS = 5  # the shortest counts: what is longer was the machine's doing
BARE = """
import json, sys
sys.path.insert(0, sys.argv[1])
from mock_documents import article
body = json.dumps(article(), ensure_ascii=False, separators=(",", ":")).encode()
headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
async def app(scope, receive, send):
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
import uvicorn
uvicorn.run(app, port=int(sys.argv[2]), log_level="critical", access_log=False, lifespan="off")
"""


@dataclass(frozen=True, slots=True)
class Load:
    """
    What wrk measured: requests a second, the 99th percentile in milliseconds.
    """

    rate: float
    p99: float


def wrk(url: str, seconds: int, body: object = None, *, varied: bool = False) -> Load:
    """
    Load one address with one thread and 16 connections.

    Args:
        varied: every request is new: ``NUMBER`` in the address and in the body is a number that counts up.
    """
    command = ["wrk", "-t1", "-c16", f"-d{seconds}s", "--latency"]
    with tempfile.TemporaryDirectory() as folder:
        lines: list[str] = []
        if body is not None:
            text = json.dumps(body)
            lines = [f"wrk.method='POST' wrk.headers['content-type']='application/json' wrk.body=[==[{text}]==]"]
        if varied:
            path = urlsplit(url).path
            lines.append(f"local n, path, body = 1000, '{path}', wrk.body")
            lines.append("local function with(text) return text and (text:gsub('NUMBER', n)) end")
            lines.append("request = function() n = n + 1 return wrk.format(nil, with(path), nil, with(body)) end")
        if lines:
            script = Path(folder) / "load.lua"
            script.write_text("\n".join(lines))
            command += ["-s", str(script)]
        said = subprocess.run([*command, url], capture_output=True, text=True, check=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", said)
    tail = re.search(r"99%\s+([\d.]+)(us|ms|s)", said)
    assert rate is not None
    assert tail is not None
    return Load(float(rate[1]), float(tail[1]) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[tail[2]])


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


def measure(seconds: int, rounds: int) -> dict[str, float]:
    """
    Measure by turns, and return medians of ratios, memory in MB, start-up in seconds.
    """
    sys.path.insert(0, str(HERE))
    from mock_documents import small

    with tempfile.TemporaryDirectory() as folder:
        document = Path(folder) / "articles.json"
        document.write_text(json.dumps(small(), ensure_ascii=False))
        log = (Path(folder) / "access.log").as_posix()
        mock = f"import os,sys; sys.stdout=open({log!r},'w'); from aegis_shell import main; sys.exit(main())"
        ports = [free_port(), free_port()]
        commands = (
            [sys.executable, "-c", BARE, str(HERE), str(ports[0])],
            [sys.executable, "-c", mock, "mock", str(document), "--port", str(ports[1])],
        )
        bare_url, mock_url = (f"http://127.0.0.1:{port}" for port in ports)
        starts = [
            min(start_of(command, f"{url}/articles/1") for _ in range(STARTS))
            for command, url in zip(commands, (bare_url, mock_url), strict=True)
        ]
        with (
            running(commands[0], f"{bare_url}/articles/1"),
            running(commands[1], f"{mock_url}/articles/1") as (process, _),
        ):
            before = resident(process)
            found: dict[str, list[float]] = {}
            bases: dict[str, float] = {}
            for _ in range(rounds):
                for name, path, body, varied, over in (
                    ("GET", "/articles/1", None, False, None),
                    ("GET, each new", "/articles/NUMBER", None, True, None),
                    ("valid POST", "/articles", VALID, False, None),
                    ("valid POST, each new", "/articles", VARIED, True, None),
                    ("invalid POST", "/articles", INVALID, False, "valid POST"),
                    ("invalid POST, each new", "/articles", INVALID_VARIED, True, "valid POST, each new"),
                ):
                    base = bases[over] if over else wrk(bare_url + path, seconds, body, varied=varied).rate
                    bases[name] = base
                    load = wrk(mock_url + path, seconds, body, varied=varied)
                    found.setdefault(f"{name} × bare", []).append(load.rate / base)
                    found.setdefault(f"{name} p99 ms", []).append(load.p99)
            figures = {name: round(median(values), 2) for name, values in found.items()}
            figures |= {"start × bare": round(starts[1] / starts[0], 2), "start s": round(starts[1], 3)}
            return figures | {"RSS at start MB": round(before), "RSS after load MB": round(resident(process))}


def main() -> None:
    """
    Print the figures.
    """
    if shutil.which("wrk") is None:
        sys.exit("wrk is not installed")
    seconds, rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 2, int(sys.argv[2]) if len(sys.argv) > 2 else 3
    for name, value in measure(seconds, rounds).items():
        print(f"{name:<31} {value}")


if __name__ == "__main__":
    main()
