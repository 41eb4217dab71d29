"""
The mock server beside Prism and openapi-backend, on the same document, by turns, as shares of a bare application.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import mock_documents
import mock_load

HERE = Path(__file__).parent
PACKAGES = ("@stoplight/prism-cli@5.16.0", "openapi-backend@5")
CASES = (
    ("GET", "/articles/1", None, False),
    ("GET, each new", "/articles/NUMBER", None, True),
    ("valid POST", "/articles", mock_load.VALID, False),
    ("valid POST, each new", "/articles", mock_load.VARIED, True),
    ("invalid POST", "/articles", mock_load.INVALID, False),
    ("invalid POST, each new", "/articles", mock_load.INVALID_VARIED, True),
)
BARE = "bare uvicorn"


@dataclass(slots=True)
class Result:
    """
    What one server did: requests a second by case, seconds to start, megabytes before and after.
    """

    rates: dict[str, float]
    start: float
    before: float
    after: float


def measured(command: list[str], port: int, seconds: int) -> Result:
    """
    Start a server and load it with every case.
    """
    url = f"http://127.0.0.1:{port}"
    with mock_load.running(command, f"{url}/articles/1") as (process, start):
        before = mock_load.resident(process)
        rates = {
            name: mock_load.wrk(url + path, seconds, body, varied=varied).rate for name, path, body, varied in CASES
        }
        return Result(rates, start, before, mock_load.resident(process))


def commands(folder: Path, document: Path, ports: list[int]) -> dict[str, list[str]]:
    """
    Say how each server is started.
    """
    log = (document.parent / "access.log").as_posix()
    mock = f"import sys; sys.stdout=open({log!r},'w'); from aegis_shell import main; sys.exit(main())"
    modules = folder / "node_modules"
    answers = document.parent / "answers.json"
    text = json.dumps(mock_documents.article(), ensure_ascii=False)
    answers.write_text(json.dumps(dict.fromkeys(("GET", "POST"), (200, "application/json", text))))
    backend = document.parent / "openapi_backend.cjs"
    text = (HERE / "openapi_backend.cjs").read_text()
    # Node looks for packages from where the file is.
    backend.write_text(
        text.replace("require('openapi-backend')", f"require({json.dumps(str(modules / 'openapi-backend'))})")
    )
    return {
        BARE: [sys.executable, "-c", mock_load.BARE, str(answers), str(ports[0])],
        "aegis mock": [sys.executable, "-c", mock, "mock", str(document), "--port", str(ports[1])],
        "prism": [
            "node",
            str(modules / "@stoplight/prism-cli/dist/index.js"),
            "mock",
            str(document),
            "-p",
            str(ports[2]),
        ],
        "openapi-backend": ["node", str(backend), str(document), str(ports[3])],
    }


def main() -> None:
    """
    Print a table of each server's share of the bare application.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="of load for each figure (default: %(default)s)")
    parser.add_argument("--packages", type=Path, help="folder that npm has installed into, or shall")
    options = parser.parse_args()
    missing = [tool for tool in ("npm", "node", "wrk") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"needs {' and '.join(missing)}")
    with tempfile.TemporaryDirectory() as name:
        folder: Path = options.packages or Path(name)
        if not (folder / "node_modules/@stoplight/prism-cli").is_dir():
            subprocess.run(
                ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), *PACKAGES],
                check=True,
            )
        document = Path(name) / "articles.json"
        document.write_text(json.dumps(mock_documents.small(), ensure_ascii=False))
        servers = commands(folder, document, [mock_load.free_port() for _ in range(4)])
        ports = [int(command[-1]) for command in servers.values()]
        results = {
            server: measured(command, port, options.seconds)
            for (server, command), port in zip(servers.items(), ports, strict=True)
        }
    report(results)


def report(results: dict[str, Result]) -> None:
    """
    Print the table, in Markdown.
    """
    base = results[BARE]
    print("| share of bare uvicorn |" + "".join(f" {server} |" for server in results))
    print("|---|" + "---:|" * len(results))
    for case in base.rates:
        shares = "".join(f" {result.rates[case] / base.rates[case]:.2f} |" for result in results.values())
        print(f"| {case} ({base.rates[case]:.0f}/s) |{shares}")
    print("| first answer, s |" + "".join(f" {result.start:.2f} |" for result in results.values()))
    print(
        "| memory at start → after load, MB |" + "".join(f" {r.before:.0f} → {r.after:.0f} |" for r in results.values())
    )


if __name__ == "__main__":
    main()
