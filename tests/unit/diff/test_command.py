"""
The command ``aegis diff``: versions from files, folders and git; reports; waivers; exit codes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml

from aegis_shell import main


def api(**schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": {"type": "object", "properties": {"a": schema}}}}
    operation = {"responses": {"200": {"description": "ok", "content": content}}}
    return {"openapi": "3.1.1", "info": {"title": "T", "version": "1"}, "paths": {"/t": {"get": operation}}}


@pytest.fixture
def versions(tmp_path: Path) -> tuple[str, str]:
    (tmp_path / "old.yaml").write_text(yaml.safe_dump(api(type="string", maxLength=3)))
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(api(type="string", maxLength=9)))
    return str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")


def test_a_breaking_change_ends_with_one_and_its_instance(
    versions: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """
    JSON says rule, both places with lines, counterexample and the version bump; the exit code is 1.
    """
    assert main(["diff", *versions, "--format", "json"]) == 1
    report = json.loads(capsys.readouterr().out)
    assert (report["compatible"], report["bump"]) == (False, "major")
    (change,) = report["changes"]
    assert (change["rule"], change["severity"], change["path"]) == ("response-length-widened", "breaking", "/a")
    assert 3 < len(change["counterexample"]["a"]) <= 9
    assert change["old"]["pointer"].endswith("/properties/a/maxLength")
    assert change["old"]["line"] > 1


def test_the_way_back_is_compatible(versions: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """
    An answer that only shrinks ends with 0.
    """
    assert main(["diff", *reversed(versions)]) == 0
    assert "compatible" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("text", "was ruled out, may come now"),
        ("markdown", "| where | what | instance | hits |"),
        ("github", "::error file="),
    ],
)
def test_every_report_names_the_rule(
    versions: tuple[str, str], capsys: pytest.CaptureFixture[str], style: str, shown: str
) -> None:
    """
    Text, Markdown and annotations carry the rule and the instance.
    """
    assert main(["diff", *versions, "--format", style]) == 1
    printed = capsys.readouterr().out
    assert shown in printed
    assert "response-length-widened" in printed


def test_a_waiver_needs_a_reason_and_ends(
    versions: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    What is waived with a reason passes and is still told; without a reason, or after its day, it does not.
    """
    waivers = tmp_path / "waivers.yaml"
    for entry, code in (
        ({"rule": "response-length-widened", "reason": "nobody stores it", "subject": "GET /t"}, 0),
        ({"rule": "response-length-widened", "reason": "nobody stores it", "expires": "2020-01-01"}, 1),
        ({"rule": "response-length-widened", "reason": " "}, 2),
        ({"rule": "no-such-rule", "reason": "x"}, 2),
        ({"rule": "response-length-widened", "reason": "x", "operation": "GET /t"}, 2),
    ):
        waivers.write_text(yaml.safe_dump({"waivers": [entry]}))
        assert main(["diff", *versions, "--waivers", str(waivers)]) == code, entry
    assert "nobody stores it" in capsys.readouterr().out


def test_a_revision_of_git_is_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    REVISION:path reads what was committed, files that it refers to included, and leaves nothing behind.
    """
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api").mkdir()
    document = api()
    content = document["paths"]["/t"]["get"]["responses"]["200"]["content"]["application/json"]
    content["schema"] = {"$ref": "../common.yaml#/T"}
    (tmp_path / "api" / "t.yaml").write_text(yaml.safe_dump(document))
    (tmp_path / "common.yaml").write_text(yaml.safe_dump({"T": {"type": "integer"}}))
    git = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        subprocess.run([*git, *command], check=True)
    (tmp_path / "common.yaml").write_text(yaml.safe_dump({"T": {"type": "number"}}))
    assert main(["diff", "HEAD:api/t.yaml", "api/t.yaml"]) == 1
    assert main(["diff", "HEAD:api", "api"]) == 1
    assert main(["diff", "HEAD:api", "HEAD:./api"]) == 0
    assert main(["diff", "nowhere:api", "api"]) == 2
    assert "REVISION:path" in capsys.readouterr().err


UNUSABLE: dict[str, str] = {
    "empty.yaml": "",
    "other.yaml": "hello: world\n",
    "list.json": "[1, 2]",
    "bytes.yaml": "\x00\x01",
    "cut.json": '{"openapi": "3.1.0", "info"',
    "nothing.yaml": "openapi: 3.1.0\ninfo: {title: T, version: '1'}\n",
    "half-path.yaml": "openapi: 3.1.0\npaths:\n  /t:\n",
    "half-operation.yaml": "openapi: 3.1.0\npaths:\n  /t:\n    get:\n",
    "half-responses.yaml": "openapi: 3.1.0\npaths:\n  /t:\n    get:\n      responses:\n",
    "half-answer.yaml": "openapi: 3.1.0\npaths:\n  /t:\n    get:\n      responses:\n        '200':\n",
    "dangling.yaml": "openapi: 3.1.0\npaths:\n  /x: {get: {responses: {'200': {$ref: '#/components/responses/No'}}}}\n",
    "type.yaml": "openapi: 3.1.0\npaths: {}\ncomponents: {schemas: {T: {type: strng}}}\n",
    "asyncapi.yaml": "asyncapi: 3.0.0\ninfo: {title: T, version: '1'}\n",
    "schema.json": '{"$ref": "#/$defs/no"}',
    "of-another-kind.json": '{"type": "object"}',
}


@pytest.mark.parametrize("name", UNUSABLE)
@pytest.mark.parametrize("turned", [False, True])
def test_what_cannot_be_compared_ends_with_two(
    versions: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, turned: bool
) -> None:
    """
    A document that is empty, half, broken or no contract is named with what to mend, and never called a change.
    """
    (tmp_path / name).write_text(UNUSABLE[name])
    pair = (str(tmp_path / name), versions[0])
    assert main(["diff", *(pair[::-1] if turned else pair)]) == 2
    told = capsys.readouterr()
    assert name in told.err
    assert "mend: " in told.err
    assert told.out == ""


@pytest.mark.parametrize("named", ["", "no.yaml", "/dev/null", "x" * 5_000, "no:t.yaml", "http://127.0.0.1:9/t.yaml"])
def test_a_name_that_leads_nowhere_ends_with_two(
    versions: tuple[str, str], capsys: pytest.CaptureFixture[str], named: str
) -> None:
    """
    Whatever is named instead of a version, the answer is a sentence and the exit code 2, on either side.
    """
    for pair in ((named, versions[0]), (versions[0], named), (named, named)):
        assert main(["diff", *pair]) == 2
        assert "mend: " in capsys.readouterr().err


def test_a_folder_without_contracts_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A folder that has no document is the wrong folder, not a version without one.
    """
    (tmp_path / "notes.yaml").write_text("hello: world\n")
    assert main(["diff", str(tmp_path), str(tmp_path)]) == 2
    assert "has no OpenAPI" in capsys.readouterr().err


def test_what_a_command_gives_is_a_version(versions: tuple[str, str], tmp_path: Path) -> None:
    """
    A pipe, as shells name the output of a command, is read like a file.
    """
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    content = Path(versions[0]).read_bytes()
    writer = threading.Thread(target=lambda: pipe.write_bytes(content))
    writer.start()
    assert main(["diff", str(pipe), versions[1]]) == 1
    writer.join()


@pytest.mark.parametrize("option", ["--output", "--waivers", "--needs"])
def test_a_file_that_cannot_be_used_ends_with_two(
    versions: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str], option: str
) -> None:
    """
    A report that cannot be written, or a file that cannot be read, is told by its name.
    """
    there = str(tmp_path / "nowhere" / "file")
    assert main(["diff", *versions, option, there]) == 2
    assert there in capsys.readouterr().err


def test_a_missing_extra_ends_with_two(versions: tuple[str, str]) -> None:
    """
    Whatever keeps diff from comparing ends with 2, so that 0 and 1 are always a verdict.
    """
    without = "import sys; sys.modules['jsonschema'] = None; from aegis_shell import main; sys.exit(main())"
    done = subprocess.run(
        [sys.executable, "-c", without, "diff", *versions], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "aegis-integration[verify]" in done.stderr


def test_swagger_is_compared_with_what_it_became(tmp_path: Path) -> None:
    """
    A Swagger 2.0 document and the OpenAPI 3.1 document that says the same are compatible, both ways.
    """
    old = {
        "swagger": "2.0",
        "info": {"title": "T", "version": "1"},
        "paths": {
            "/t": {
                "post": {
                    "consumes": ["application/json"],
                    "parameters": [
                        {"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/T"}}
                    ],
                    "responses": {"200": {"description": "ok", "schema": {"$ref": "#/definitions/T"}}},
                }
            }
        },
        "definitions": {"T": {"type": "object", "properties": {"a": {"type": "string", "x-nullable": True}}}},
    }
    content = {"application/json": {"schema": {"type": "object", "properties": {"a": {"type": ["null", "string"]}}}}}
    operation = {"requestBody": {"required": True, "content": content}, "responses": {"200": {"description": "ok"}}}
    operation["responses"]["200"]["content"] = content  # type: ignore[index]
    new = {"openapi": "3.1.1", "info": {"title": "T", "version": "2"}, "paths": {"/t": {"post": operation}}}
    (tmp_path / "old.json").write_text(json.dumps(old))
    (tmp_path / "new.json").write_text(json.dumps(new))
    assert main(["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")]) == 0
    assert main(["diff", str(tmp_path / "new.json"), str(tmp_path / "old.json")]) == 0


def test_a_reference_to_nothing_ends_with_two(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """
    A contract that refers to nothing cannot be compared: the reference is named, and there is no traceback.
    """
    broken = api(**{"$ref": "#/components/schemas/Nothing"})
    (tmp_path / "old.yaml").write_text(yaml.safe_dump(api(type="string")))
    (tmp_path / "new.yaml").write_text(yaml.safe_dump(broken))
    assert main(["diff", str(tmp_path / "old.yaml"), str(tmp_path / "new.yaml")]) == 2
    assert "#/components/schemas/Nothing" in capsys.readouterr().err
