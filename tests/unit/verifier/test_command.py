"""
``aegis verify`` as a user calls it: exit codes, reports, baseline, the neighbours in a box.
"""

from __future__ import annotations

import asyncio
import json
import smtplib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import uvicorn

from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_shell import main
from aegis_verifier.box import Inboxes, MockInbox
from tests.unit.verifier.faults.user import FAULTS
from tests.unit.verifier.faults.wrapper import spoiled

SECRET = "sk-very-secret-4711"


class Served:
    """
    An ASGI application on a socket of the loopback.
    """

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, port=0, log_level="critical", lifespan="on")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._server.serve()), daemon=True)
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def close(self) -> None:
        """
        End it.
        """
        self._server.should_exit = True
        self._thread.join()


@pytest.fixture(scope="module")
def good() -> Iterator[str]:
    """
    A faultless provider.
    """
    served = Served(asgi_app(open_site()))
    yield served.url
    served.close()


@pytest.fixture(scope="module")
def bad() -> Iterator[str]:
    """
    A provider that answers enum values in capitals.
    """
    served = Served(spoiled(asgi_app(open_site()), FAULTS["enum in capitals"]()))
    yield served.url
    served.close()


def test_faultless_provider_is_0(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A provider that keeps its contract ends with 0, and the report says what was checked and covered.
    """
    assert main(["verify", good, "--api", "sms", "--seed", "1"]) == 0
    said = capsys.readouterr()
    assert "✓ sendMessage" in said.out
    assert "1 of 1 operations succeeded" in said.out
    assert "cases" in said.err


def test_fault_is_1_and_told_everywhere(bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A fault ends with 1, and every report has the rule and a line that repeats it, without secrets.
    """
    files = {name: tmp_path / name for name in ("text", "json", "junit", "html", "github")}
    reports = [part for name, file in files.items() for part in ("--report", f"{name}={file}")]
    command = ["verify", bad, "--api", "user", "--operation", "getUser", "--seed", "1", "--auth", SECRET, *reports]
    assert main(command) == 1
    texts = {name: file.read_text(encoding="utf-8") for name, file in files.items()}
    for text in texts.values():
        assert "enum" in text
        assert "curl -sS -i" in text
        assert SECRET not in text
    assert SECRET not in capsys.readouterr().out
    finding = json.loads(texts["json"])["findings"][0]
    assert finding["finding"] == "getUser enum /body/status"
    assert "user.yaml#/components/schemas/UserStatus/enum" in finding["contract"]
    assert ET.fromstring(texts["junit"]).find(".//failure") is not None
    assert texts["github"].startswith("::error file=")
    assert "<script" not in texts["html"]
    assert "http-equiv" not in texts["html"]


def test_baseline_lets_known_failures_pass_until_their_day(
    bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A known failure passes until its day, then counts again; one that is gone is named.
    """
    known = tmp_path / "known.yaml"
    command = ["verify", bad, "--api", "user", "--operation", "getUser", "--seed", "1", "--baseline", str(known)]
    entry = "known:\n  - {{finding: getUser enum /body/status, owner: user team, until: {day}}}\n"
    known.write_text(entry.format(day="2999-12-31") + "  - {finding: gone status, owner: x, until: 2999-12-31}\n")
    assert main(command) == 0
    said = capsys.readouterr()
    assert "user team, until 2999-12-31" in said.out
    assert "gone status was not found any more" in said.err
    known.write_text(entry.format(day="2020-01-01"))
    assert main(command) == 1
    assert "it counts again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["http://127.0.0.1:9"], "say which contract"),
        (["http://127.0.0.1:9", "--api", "users"], "did you mean user"),
        (["http://127.0.0.1:9", "--api", "user"], "does not answer"),
        (["ftp://x", "--api", "user"], "http:// or https://"),
        (["--api", "user"], "--run"),
        (["http://127.0.0.1:9", "--contract", "nowhere.yaml"], "no such file"),
        (["http://127.0.0.1:9", "--api", "user", "--kind", "exmaples"], "examples"),
        (["http://127.0.0.1:9", "--api", "user", "--report", "pdf"], "none of text"),
        (["http://127.0.0.1:9", "--api", "user", "--fixtures", "nowhere.yaml"], "No such file"),
        (["http://127.0.0.1:9", "--api", "user", "--header", "x"], "NAME:VALUE"),
    ],
)
def test_unusable_arguments_are_2(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    What cannot be used ends with 2, and a sentence that says how to mend it.
    """
    assert main(["verify", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_no_kafka_is_2(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A Kafka that does not answer ends with 2: the run could not be made.
    """
    assert main(["verify", good, "--api", "user", "--kafka", "127.0.0.1:9"]) == 2
    assert "no Kafka broker answers" in capsys.readouterr().err


def test_time_for_the_run_is_a_bound(good: str, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Nothing is sent after the time, what was left out is counted, and with nothing decided there is no verdict.
    """
    assert main(["verify", good, "--api", "user", "--max-time", "0.001"]) == 2
    said = capsys.readouterr()
    assert "the time for the run was over" in said.out
    assert "no verdict" in said.err


def test_a_case_that_is_being_played_ends_with_the_time(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A provider that answers nothing does not keep a run waiting beyond its time, and is not called broken for that.
    """
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        begun = time.monotonic()
        assert main(["verify", url, "--api", "sms", "--max-time", "0.5", "--timeout", "60"]) == 2
    assert time.monotonic() - begun < 30
    assert "0 broken" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("option", "said"),
    [
        (["--setup", "sh 'x"], "no closing quotation"),
        (["--run", "sh 'x"], "no closing quotation"),
        (["--report", "html=nowhere/to/be/found.html"], "there is no such folder"),
        (["--header", "a: b\nc"], "on one line"),
        (["--auth", "one\ntwo"], "it is not shown here"),
    ],
)
def test_what_would_fail_later_is_refused_at_once(
    option: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A command that cannot be read, a report that cannot be written and a credential on two lines are 2 before anything.
    """
    assert main(["verify", "http://127.0.0.1:1", "--api", "sms", *option]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "two" not in told


def test_a_state_that_cannot_be_prepared_ends_the_run(
    good: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    A setup command that fails is asked at most once for each case at work, not for hundreds of others.
    """
    asked = tmp_path / "asked"
    command = f"{sys.executable} -c \"open({str(asked)!r}, 'a').write('x'); raise SystemExit('no state')\""
    assert main(["verify", good, "--api", "user", "--setup", command, "--workers", "2"]) == 2
    assert "no state" in capsys.readouterr().err
    assert len(asked.read_text()) <= 4


def test_neighbours_in_a_box(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A provider is started among mock neighbours, Kafka and a mail sink; its events are held, and all are ended.
    """
    mock = f"{sys.executable} -m aegis_shell mock openapi/user.yaml --log-format none"
    command = f'sh -c "exec {mock} --port {{port}} --kafka $AEGIS_KAFKA_BOOTSTRAP"'
    found = main(["verify", "--run", command, "--api", "user", "--kind", "sequences", "--seed", "1"])
    said = capsys.readouterr()
    assert found == 0, said.out + said.err
    assert "events 1" in said.out


def test_provider_that_does_not_start_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """
    A command that ends at once is 2, with what it said.
    """
    command = f"{sys.executable} -c \"import sys; sys.exit('no database')\""
    assert main(["verify", "--run", command, "--api", "user"]) == 2
    assert "no database" in capsys.readouterr().err


def test_mails_are_read_from_the_mocks_mail_server() -> None:
    """
    The mock in the box takes every mail, and its inbox tells them by their recipient, with text and HTML decoded.
    """
    command = [sys.executable, "-m", "aegis_shell", "mock", "--port", "0", "--smtp", "0", "--json-start-line"]
    process = subprocess.Popen([*command, "--log-format", "none"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = "a@example.com", "kim@example.com", "이지스 이메일 인증"
        mail.set_content("https://aegis.example.com/verify?token=abc 안녕하세요")
        host, _, port = told["smtp"].rpartition(":")
        with smtplib.SMTP(host, int(port)) as client:
            client.send_message(mail)
        inbox = Inboxes([MockInbox(told["url"])])
        assert "token=abc 안녕하세요" in inbox.texts("kim@example.com")[0]
        assert inbox.texts("lee@example.com") == []
    finally:
        process.terminate()
        process.communicate()


def test_fixtures_are_used(good: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    Values of a fixtures file are sent in the place of made ones; an unknown section is refused.
    """
    file = tmp_path / "fixtures.yaml"
    file.write_text('fields: {sendMessage.message: "고정된 문구"}\n', encoding="utf-8")
    report = tmp_path / "report.json"
    command = ["verify", good, "--api", "sms", "--fixtures", str(file), "--report", f"json={report}"]
    assert main(command) == 0
    file.write_text("field: {}\n")
    assert main(command) == 2
    assert "field is none of parameters, fields, bodies" in capsys.readouterr().err


def test_schemathesis_is_a_second_source(bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    With ``--fuzz`` Schemathesis sends cases, too, and what it finds is in the same report.
    """
    contract = tmp_path / "one.json"
    answer = {"schema": {"type": "object", "properties": {"active_users": {"type": "string"}}}}
    response = {"200": {"description": "it", "content": {"application/json": answer}}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/metrics": {"get": {"operationId": "m", "responses": response}}},
    }
    contract.write_text(json.dumps(document))
    command = [
        "verify",
        bad,
        "--contract",
        str(contract),
        "--header",
        "Authorization: Bearer x",
        "--fuzz",
        "2",
        "--kind",
        "sequences",
    ]
    assert main(command) == 1
    assert "Schemathesis says" in capsys.readouterr().out
