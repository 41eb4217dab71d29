"""
Golden cases as data, and their generated packages as importable modules.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module, invalidate_caches
from pathlib import Path
from types import ModuleType

import pytest

import aegis_sdk._generated
from aegis_codegen import generate
from aegis_contracts import Contract, load

GOLDEN = Path(__file__).resolve().parents[2] / "golden"


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], ModuleType]]:
    """
    Generate a golden case beside the SDK's own packages; ``package(case, "client")`` imports one of its modules.
    """
    root = tmp_path_factory.mktemp("generated")
    known: dict[str, str] = {}
    sys.path_importer_cache.pop(str(root), None)
    aegis_sdk._generated.__path__.append(str(root))

    def module(case: str, name: str) -> ModuleType:
        if case not in known:
            files = generate(GOLDEN / case / "openapi.yaml")
            for path, text in files.items():
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, "utf-8")
            known[case] = next(iter(files)).partition("/")[0]
            invalidate_caches()
        return import_module(f"aegis_sdk._generated.{known[case]}.{name}")

    yield module
    aegis_sdk._generated.__path__.remove(str(root))
    for folder in known.values():
        for name in [name for name in sys.modules if name.startswith(f"aegis_sdk._generated.{folder}")]:
            del sys.modules[name]


@pytest.fixture(scope="session")
def contract() -> Callable[[str], Contract]:
    """
    Load the contract of a golden case.
    """
    return lambda case: load(GOLDEN / case / "openapi.yaml")
