"""
The provider's half that is generated: it can be imported for every contract that the clients can be made of.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from aegis_codegen import _generate
from aegis_sdk.provider import RequestModel

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
# Their bodies are no objects with properties, so there is nothing to make a model of.
PLAIN = {"empty_object", "pattern_properties", "text_and_bytes"}
CONTRACTS = [
    path
    for path in sorted(GOLDEN.glob("*/openapi.yaml"))
    if "requestBody" in path.read_text("utf-8") and path.parent.name not in PLAIN
]
Requests = Callable[[Path], ModuleType]


@pytest.fixture
def requests_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Requests]:
    parent = f"provided_{tmp_path.name}"
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(contract: Path) -> ModuleType:
        files = _generate.generate(contract, parent, provider=True)
        for path, text in files.items():
            target = tmp_path / parent / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, "utf-8")
        package = next(iter(files)).split("/")[0]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return importlib.import_module(f"{parent}.{package}.requests")

    yield make
    for name in [name for name in sys.modules if name.startswith(parent)]:
        del sys.modules[name]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda path: path.parent.name)
def test_request_models_of_any_contract(contract: Path, requests_of: Requests) -> None:
    """
    The request models of a contract with every feature that the generator carries can be imported, without a warning.
    """
    module = requests_of(contract)
    for name in module.__all__:
        assert issubclass(getattr(module, name), RequestModel)


def test_names_that_models_have_themselves(requests_of: Requests) -> None:
    """
    A property with the name of something that every model has gets another attribute, and keeps its name in JSON.
    """
    [contract] = [path for path in CONTRACTS if "model_dump" in path.read_text("utf-8")]
    module = requests_of(contract)
    model = next(kind for name in module.__all__ if "model_dump_" in (kind := getattr(module, name)).model_fields)
    assert model.model_fields["model_dump_"].alias == "model_dump"
