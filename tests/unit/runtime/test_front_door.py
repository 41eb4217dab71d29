"""
What a user sees of the package, and what importing it costs.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import aegis_runtime
import aegis_sdk

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("module", [aegis_sdk, aegis_runtime])
def test_all_names_what_there_is(module: object) -> None:
    """
    Every name in ``__all__`` is there, and the list is in order.
    """
    names: list[str] = module.__all__  # type: ignore[attr-defined]
    assert all(getattr(module, name) is not None for name in names)
    assert len(set(names)) == len(names)


def test_unknown_names_are_unknown() -> None:
    """
    A name that is not there is an AttributeError that says where it was looked for.
    """
    with pytest.raises(AttributeError, match="module 'aegis_sdk' has no attribute 'Nope'"):
        aegis_sdk.Nope  # noqa: B018


def test_the_version_is_the_distributions() -> None:
    """
    Code, contract and distribution have one version.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert aegis_sdk.__version__ == project["version"]


def loaded_after(statement: str) -> set[str]:
    """
    The modules that *statement* loads in a fresh interpreter.
    """
    script = f"import sys; before = set(sys.modules); {statement}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    return set(done.stdout.split())


def test_importing_the_package_loads_next_to_nothing() -> None:
    """
    ``import aegis_sdk`` loads neither httpx nor pydantic nor any of our own rooms.
    """
    ours = {name for name in loaded_after("import aegis_sdk") if not name.startswith("_")}
    assert {"httpx", "pydantic", "asyncio", "dataclasses"} & ours == set()
    assert {name for name in ours if name.startswith("aegis_")} == {
        "aegis_sdk",
        "aegis_sdk._generated",
        "aegis_sdk.clients",
        "aegis_runtime",
        "aegis_runtime._version",
    }


def test_making_a_client_builds_no_model() -> None:
    """
    A client is made without pydantic and without other transports; models come with the first call.
    """
    statement = "from aegis_sdk import UserClient; UserClient('http://x.test', 'token').users"
    loaded = loaded_after(statement)
    assert {"pydantic", "pydantic_core", "pyreqwest", "aiokafka", "msgspec", "jsonschema_rs"} & loaded == set()
    assert "httpx" in loaded


def test_errors_need_nothing() -> None:
    """
    Code that only catches errors loads neither httpx nor pydantic.
    """
    loaded = loaded_after("import aegis_sdk.errors")
    assert {
        "httpx",
        "pydantic",
        "aegis_runtime.call",
        "aegis_runtime.client",
        "aegis_runtime.transports",
        "aegis_sdk._generated.user",
    } & loaded == set()


@pytest.mark.parametrize(
    ("module", "package", "extra"),
    [
        ("aegis_runtime.transports._fast", "pyreqwest", "fast"),
        ("aegis_sdk.metrics", "prometheus_client", "metrics"),
        ("aegis_sdk.tracing", "opentelemetry", "otel"),
    ],
)
def test_missing_extras_are_named(module: str, package: str, extra: str) -> None:
    """
    Without the package that an extra installs, the error says which extra to install.
    """
    script = f"import sys; sys.modules[{package!r}] = None; import {module}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert f"needs the extra '{extra}': pip install 'aegis-integration[{extra}]'" in done.stderr.splitlines()[-1]
