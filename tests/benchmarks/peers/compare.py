"""
The mock server beside Prism, on the same document, by turns.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import mock_documents
import mock_load

PRISM = "@stoplight/prism-cli@5.16.0"


def main() -> None:
    """
    Print what each server does, and its share of bare uvicorn.
    """
    missing = [tool for tool in ("npm", "wrk") if shutil.which(tool) is None]
    if missing:
        sys.exit(f"needs {' and '.join(missing)}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(["npm", "install", "--silent", "--prefix", name, PRISM], check=True)
        document = folder / "articles.json"
        document.write_text(json.dumps(mock_documents.small(), ensure_ascii=False))
        ports = [mock_load.free_port() for _ in range(3)]
        log = (folder / "access.log").as_posix()
        mock = f"import sys; sys.stdout=open({log!r},'w'); from aegis_contracts.cli import main; sys.exit(main())"
        servers = {
            "bare uvicorn": [sys.executable, "-c", mock_load.BARE, str(mock_load.HERE), str(ports[0])],
            "aegis mock": [sys.executable, "-c", mock, "mock", str(document), "--port", str(ports[1])],
            "prism": [str(folder / "node_modules/.bin/prism"), "mock", str(document), "-p", str(ports[2])],
        }
        base: dict[str, float] = {}
        for port, (server, command) in zip(ports, servers.items(), strict=True):
            url = f"http://127.0.0.1:{port}"
            with mock_load.running(command, f"{url}/articles/1") as (process, start):
                before = mock_load.resident(process)
                for what, path, body in (
                    ("GET", "/articles/1", None),
                    ("valid POST", "/articles", mock_load.VALID),
                    ("invalid POST", "/articles", mock_load.INVALID),
                ):
                    rate = mock_load.wrk(url + path, 4, body).rate
                    share = rate / base.setdefault(what, rate)
                    print(f"{server:<14} {what:<13} {rate:>9.0f}/s  {share:.2f} × bare")
                print(f"{server:<14} start {start:.2f} s, {before:.0f} → {mock_load.resident(process):.0f} MB")


if __name__ == "__main__":
    main()
