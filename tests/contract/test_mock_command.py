"""
``aegis mock`` as a user starts it: ready, refused, stopped.
"""

from __future__ import annotations

import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

PETS: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Pets", "version": "1"},
    "paths": {
        "/pets": {
            "get": {
                "operationId": "listPets",
                "parameters": [{"name": "token", "in": "query", "schema": {"type": "string"}}],
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
}


@contextmanager
def _mock(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "aegis_shell", "mock", "--port", "0", "--json-start-line", *arguments]
    command[1:3] = ["-c", "import sys; from aegis_shell import main; sys.exit(main())"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield process, json.loads(line) if line else {}
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.communicate(timeout=60)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "pets.json"
    path.write_text(json.dumps(PETS))
    return path


def _failed(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, said = process.communicate(timeout=60)
    return process.returncode, said


def test_start_line_tells_where(document: Path) -> None:
    """
    --json-start-line prints one line of JSON when the mock is ready to answer.
    """
    with _mock(str(document)) as (process, ready):
        assert ready["pid"] == process.pid
        assert ready["kafka"] is None
        assert httpx.get(f"{ready['url']}/pets").status_code == 200


def test_ctrl_c_is_clean(document: Path) -> None:
    """
    Ctrl-C ends the mock with 130 and without a traceback.
    """
    with _mock(str(document)) as (process, ready):
        httpx.get(f"{ready['url']}/pets")
        process.send_signal(signal.SIGINT)
        code, said = _failed(process)
    assert (code, said) == (130, "")


def test_log_hides_query_values(document: Path) -> None:
    """
    The access log has a readable line for each exchange, and no value of the query.
    """
    with _mock(str(document)) as (process, ready):
        httpx.get(f"{ready['url']}/pets?token=canary")
        process.send_signal(signal.SIGINT)
        logged, _ = process.communicate(timeout=60)
    assert "200 GET /pets?token=… → listPets" in logged
    assert "canary" not in logged


def test_port_in_use_is_a_clear_error(document: Path) -> None:
    """
    A port that is taken ends with 3 and a sentence that names it.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _mock(str(document), "--port", str(port)) as (process, _):
            code, said = _failed(process)
    assert code == 3
    assert f"port {port} on 127.0.0.1 is in use" in said


def test_clash_names_both(document: Path, tmp_path: Path) -> None:
    """
    Two documents that want the same path end with 2, and both are named.
    """
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**PETS, "info": {"title": "Others", "version": "1"}}))
    with _mock(str(document), str(other)) as (process, _):
        code, said = _failed(process)
    assert code == 2
    assert "other.json" in said
    assert "pets.json" in said


@pytest.mark.parametrize(
    "text", ["", "{", "openapi: 3.1.0\ninfo: [", '{"swagger": "2.0"}', '{"openapi": "3.1.0", "paths": []}']
)
def test_broken_documents_end_in_a_few_lines(tmp_path: Path, text: str) -> None:
    """
    A broken document stops the start with 2, its name and a few lines, never with a traceback.
    """
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    with _mock(str(path)) as (process, _):
        code, said = _failed(process)
    assert code == 2
    assert "broken.yaml" in said
    assert "Traceback" not in said
    assert len(said.splitlines()) < 12


def test_watch_serves_what_is_saved_and_keeps_what_works(document: Path) -> None:
    """
    --watch serves a changed document, says what changed, and keeps the last good one when a save is broken.
    """
    with _mock(str(document), "--watch") as (process, ready):
        assert process.stderr is not None
        changed = json.loads(json.dumps(PETS).replace('"/pets"', '"/cats"').replace("listPets", "listCats"))
        document.write_text(json.dumps(changed))
        assert "+ Pets: listCats (GET /cats)" in process.stderr.readline()
        assert "- Pets: listPets (GET /pets)" in process.stderr.readline()
        assert httpx.get(f"{ready['url']}/cats").status_code == 200
        document.write_text("{")
        assert "the old ones stay" in process.stderr.readline()
        assert httpx.get(f"{ready['url']}/cats").status_code == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fallback", "always"], "--proxy"),
        (["--absent", "nul"], "did you mean 'null'?"),
        (["--absent", ""], "there are null, empty"),
        (["--absent", "null", "--validate", "off"], "--validate off"),
        (["--proxy", "ftp://x"], "must begin with http"),
        (["--proxy", "http://x/?a=1", "--fallback", "never"], "query"),
        (["--faults", '{"operation": "listPet", "status": 503}'], "did you mean 'listPets'?"),
        (["--faults", '{"statsu": 503}'], "did you mean 'status'?"),
        (["--faults", '{"jitter": 1, "distribution": "fixed"}'], "jitter"),
        (["--faults", "status=503"], "must be JSON"),
        (["--events", "nowhere"], "no such folder"),
        (["--allow-host", "http://x"], "no host"),
        (["--allow-callbacks", "*"], "no host"),
        (["--state", "missing.json"], "No such file"),
    ],
)
def test_an_option_that_can_have_no_effect_is_refused(document: Path, arguments: list[str], said: str) -> None:
    """
    What names something that there is not, or could do nothing, ends the start with 2 and a sentence.
    """
    with _mock(str(document), *arguments) as (process, _):
        code, told = _failed(process)
    assert code == 2
    assert said in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ({"/pet": [{"id": 1}]}, "did you mean '/pets'?"),
        ({"pets": [{"id": 1}]}, "did you mean '/pets'?"),
        ({"/pets": 5}, "list of items"),
        ({"stores": {"/pet": {}}}, "did you mean '/pets'?"),
        ({"stores": {"/pets": 5}}, "list of items"),
        ({"stores": {"/pets": {"items": 5}}}, "neither stores"),
        ([1], "object of stores"),
    ],
)
def test_seed_data_that_nothing_reads_is_refused(document: Path, tmp_path: Path, content: Any, said: str) -> None:
    """
    A store that no operation reads, or that holds no items, ends the start, and the nearest store is named.
    """
    item = {"get": {"operationId": "readPet", "responses": {"200": {"description": "ok"}}}}
    item["parameters"] = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]  # type: ignore[assignment]
    document.write_text(json.dumps({**PETS, "paths": {**PETS["paths"], "/pets/{id}": item}}))
    state = tmp_path / "state.json"
    state.write_text(json.dumps(content))
    with _mock(str(document), "--state", str(state)) as (process, _):
        code, told = _failed(process)
    assert code == 2
    assert said in told
    assert "Traceback" not in told


def test_a_fault_of_the_contract_that_can_do_nothing_is_refused(document: Path) -> None:
    """
    ``x-mock-faults`` is held to what the command line and the control API are.
    """
    broken = json.loads(document.read_text())
    broken["paths"]["/pets"]["get"]["x-mock-faults"] = [{"latncy": 1}]
    document.write_text(json.dumps(broken))
    with _mock(str(document)) as (process, _):
        code, told = _failed(process)
    assert code == 2
    assert "did you mean 'latency'?" in told


def test_tls_is_served_with_an_authority_of_its_own(document: Path) -> None:
    """
    --tls serves https; who trusts the authority that was made for this start connects, by each of the mock's names, and
    who does not is warned. The file is gone when the mock is.
    """
    with _mock(str(document), "--tls", "--allow-host", "api.pets.test") as (process, ready):
        assert ready["url"].startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=ready["ca"])
        with httpx.Client(verify=trusting) as client:
            for name in ("127.0.0.1", "localhost"):
                assert client.get(f"{ready['url'].replace('127.0.0.1', name)}/pets").status_code == 200
            called = {"sni_hostname": "api.pets.test"}
            reply = client.get(f"{ready['url']}/__mock__/health", headers={"Host": "api.pets.test"}, extensions=called)
            assert reply.status_code == 200
        with pytest.raises(httpx.ConnectError):
            httpx.get(f"{ready['url']}/pets")
        process.send_signal(signal.SIGTERM)
        assert _failed(process) == (0, "")
    assert not Path(ready["ca"]).exists()


def test_what_stops_the_start_is_json_when_asked(tmp_path: Path) -> None:
    """
    With --json-start-line the reason for which nothing is served is one line of JSON, with each finding and its place.
    """
    path = tmp_path / "broken.yaml"
    path.write_text("openapi: 3.1.0\ninfo: [")
    with _mock(str(path)) as (process, _):
        code, said = _failed(process)
    told = json.loads(said)
    assert (code, told["exit_code"]) == (2, 2)
    assert told["findings"][0]["source"] == str(path)
    assert told["findings"][0]["line"] > 0


def test_a_port_in_use_is_json_when_asked() -> None:
    """
    What the environment refuses is JSON, too, with the exit code.
    """
    with socket.create_server(("127.0.0.1", 0)) as taken, _mock("--port", str(taken.getsockname()[1])) as (process, _):
        code, said = _failed(process)
    assert (code, json.loads(said)["exit_code"]) == (3, 3)


def test_every_route_is_listed_with_an_address_that_answers() -> None:
    """
    --routes lists every operation, and each address answers as it stands: nobody has to fill in a path.
    """
    command = [sys.executable, "-m", "aegis_shell", "mock", "--port", "0", "--routes"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = []
        while "/__mock__/" not in (line := process.stdout.readline()):
            assert line, "the mock ended"
            lines.append(line.split())
        routes = [words for words in lines if len(words) == 3 and words[1].startswith("http")]
        assert len(routes) == int(lines[0][3])
        read = {
            url: httpx.get(url, headers={"Authorization": "Bearer k"}) for method, url, _ in routes if method == "GET"
        }
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    assert not any("{" in url for _, url, _ in routes)
    assert {answer.status_code for answer in read.values()} <= {200, 404}
    # The one 404 is a user that nobody registered yet: the address is the operation's.
    assert {answer.json()["code"] for answer in read.values() if answer.status_code == 404} == {"user_not_found"}
