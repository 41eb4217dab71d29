"""
``aegis generate``: clients for anybody's documents, in anybody's package.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

import pytest

from aegis_codegen import _taken, cli
from aegis_contracts import ContractError
from aegis_shell import CommandError, main

GOLDEN = Path(__file__).resolve().parents[2] / "golden"

AWKWARD = """
openapi: 3.1.0
info: {title: Call, version: '1'}
paths:
  /close:
    get: {tags: [close], operationId: close, responses: {'200': {$ref: '#/components/responses/Any'}}}
    put: {tags: [page], operationId: with_raw_response, responses: {'200': {$ref: '#/components/responses/Any'}}}
    post: {tags: [resource], operationId: import, responses: {'200': {$ref: '#/components/responses/Any'}}}
    delete: {tags: [models], operationId: __init__, responses: {'200': {$ref: '#/components/responses/Any'}}}
components:
  responses:
    Any: {description: it, content: {application/json: {schema: {$ref: '#/components/schemas/Any'}}}}
  schemas:
    Any:
      type: object
      properties:
        Field: {$ref: '#/components/schemas/Field'}
        ResponseModel: {$ref: '#/components/schemas/ResponseModel'}
        CallError: {$ref: '#/components/schemas/CallError'}
        Shared: {$ref: '#/components/schemas/Shared'}
        Again: {$ref: 'shared.yaml#/components/schemas/Shared'}
        class: {type: string}
        '': {type: string}
    Field: {type: object, properties: {list: {type: array, items: {type: string}}, str: {type: string}}}
    ResponseModel: {type: object, properties: {int: {type: integer}, model_config: {type: string}}}
    CallError: {type: object, properties: {a: {type: integer}}}
    Shared: {$ref: 'shared.yaml#/components/schemas/Shared'}
"""
SHARED = """
openapi: 3.1.0
info: {title: Shared, version: '1'}
paths: {}
components:
  schemas:
    Shared: {type: object, required: [a], properties: {a: {type: integer}}}
"""


def python(folder: Path, script: str) -> str:
    """
    Run *script* in a fresh interpreter that finds the packages in *folder*.
    """
    done = subprocess.run([sys.executable, "-c", script], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_clients_of_several_documents_are_imported_from_one_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """
    The clients and error families of all documents stand in the package that was named, and nothing of Aegis does.
    """
    documents = [str(GOLDEN / case / "openapi.yaml") for case in ("pagination", "discriminator")]
    assert main(["generate", *documents, "--into", "acme.apis", "--out", str(tmp_path)]) == 0
    assert "from acme.apis import PaginationClient, AsyncPaginationClient, PaginationError" in capsys.readouterr().out
    told = python(
        tmp_path,
        "import sys; from acme.apis import APIS, DiscriminatorError, PaginationClient;"
        "PaginationClient('http://x.test').things;"
        "print(APIS, DiscriminatorError.__module__, 'aegis_sdk' in sys.modules)",
    )
    assert told.strip() == "('pagination', 'discriminator') acme.apis.discriminator.family False"
    assert main(["generate", *documents, "--into", "acme.apis", "--out", str(tmp_path), "--check"]) == 0
    (tmp_path / "acme" / "apis" / "pagination" / "api.py").write_text("# edited\n")
    assert main(["generate", *documents, "--into", "acme.apis", "--out", str(tmp_path), "--check"]) == 1
    assert "stale" in capsys.readouterr().out


def test_packages_of_other_documents_are_left_alone(tmp_path: Path) -> None:
    """
    Generating into a package removes nothing that other documents gave.
    """
    for case in ("pagination", "discriminator"):
        document = str(GOLDEN / case / "openapi.yaml")
        assert main(["generate", document, "--into", "acme", "--out", str(tmp_path)]) == 0
    assert (tmp_path / "acme" / "pagination" / "client.py").exists()


def test_awkward_names_give_a_package_that_can_be_used(tmp_path: Path) -> None:
    """
    Names that the clients, the runtime or Python have already are moved aside; an alias of another file's schema is
    that schema's class.
    """
    (tmp_path / "awkward.yaml").write_text(AWKWARD)
    (tmp_path / "shared.yaml").write_text(SHARED)
    assert main(["generate", str(tmp_path / "awkward.yaml"), "--into", "acme", "--out", str(tmp_path)]) == 0
    told = python(
        tmp_path,
        "from acme import AsyncCallClient, CallClient, call;"
        "client = CallClient('http://x.test');"
        "print(client.close_operations.close, client.resource.import_, client.models.init);"
        "print(client.page_operations.with_raw_response_, client.page_operations.with_raw_response);"
        "print(sorted(name for name in call.__all__ if name.startswith('Shared')), call.CallError.__mro__[1].__name__);"
        "client.close()",
    )
    assert "['Shared'] CallError" in told


def test_nothing_to_call_is_refused(tmp_path: Path) -> None:
    """
    A document without operations is refused with its place, and nothing is written.
    """
    document = tmp_path / "shared.yaml"
    document.write_text(SHARED)
    with pytest.raises(ContractError, match=r"shared\.yaml.*no-operations"):
        cli.generate_all([document], "acme")


def test_a_response_that_refers_to_nothing_is_refused_with_its_place(tmp_path: Path) -> None:
    """
    A response whose reference leads nowhere is the document's fault: the refusal names the place and the reference.
    """
    document = tmp_path / "dangling.yaml"
    document.write_text(
        "openapi: 3.1.0\ninfo: {title: Shop, version: '1'}\n"
        "paths: {/a: {get: {operationId: a, responses: {'200': {$ref: '#/components/responses/Gone'}}}}}\n",
        "utf-8",
    )
    with pytest.raises(ContractError, match=r"dangling\.yaml:3:.*refers to #/components/responses/Gone"):
        cli.generate_all([str(document)], "acme")


def test_two_documents_of_one_name_are_refused() -> None:
    """
    Two documents that want the same package cannot both be had: both are named.
    """
    document = GOLDEN / "pagination" / "openapi.yaml"
    with pytest.raises(ContractError, match=r"wants the package pagination, as .*pagination"):
        cli.generate_all([document, document.parent / ".." / "pagination" / "openapi.yaml"], "acme")


@pytest.mark.parametrize("package", ["acme-apis", "acme..apis", "class", ""])
def test_a_package_needs_a_name_that_python_can_import(package: str) -> None:
    """
    What cannot be imported is not written.
    """
    with pytest.raises(CommandError, match="no name of a package"):
        cli.run(_options(package))


@pytest.mark.parametrize(
    "package", ["json", "json.apis", "asyncio", "httpx", "httpcore", "pydantic", "yaml", "aegis_runtime", "aegis_sdk.x"]
)
def test_a_package_hides_nothing_that_clients_are_made_of(package: str, tmp_path: Path) -> None:
    """
    A name of the standard library, of what we stand on or of our own is refused, with a name that is free.
    """
    document = GOLDEN / "pagination" / "openapi.yaml"
    options = argparse.Namespace(documents=[str(document)], into=package, out=tmp_path, check=False, provider=False)
    with pytest.raises(CommandError, match=rf"--into {package} would hide .*--into acme\.{package}") as refused:
        cli.run(options)
    assert refused.value.exit_code == 2
    assert not list(tmp_path.iterdir())


def test_a_name_below_one_of_your_own_is_free(tmp_path: Path) -> None:
    """
    Below a package of one's own any name may be used, also one that would hide something if it stood alone.
    """
    document = GOLDEN / "pagination" / "openapi.yaml"
    options = argparse.Namespace(documents=[str(document)], into="acme.json", out=tmp_path, check=False, provider=False)
    assert cli.run(options) == 0
    assert (tmp_path / "acme" / "json").is_dir()


def test_every_package_of_ours_is_known_as_taken() -> None:
    """
    What this distribution brings is what the command knows of it.
    """
    root = GOLDEN.parents[1]
    found = {path.parent.name for room in ("sdk", "mockserver") for path in (root / room).glob("*/__init__.py")}
    assert found == _taken.OURS


def _options(package: str) -> object:
    return argparse.Namespace(documents=[], into=package, out=Path(), check=False)
