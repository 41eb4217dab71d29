"""
What openapi-python-client makes of a contract by itself, for comparison in the same run.
"""

from __future__ import annotations

import contextlib
import io
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from aegis_contracts import load

__all__ = ["bundle", "default_client"]


def default_client(contract: Path, folder: Path, name: str) -> ModuleType:
    """
    Generate the default client of *contract* into *folder*, as the importable package *name*.

    ``import_module(f"{name}.api.users.get_user").sync_detailed(user_id, client=…)`` calls an operation; the client is a
    ``import_module(f"{name}.client").AuthenticatedClient(base_url=…, token=…)``.
    """
    from openapi_python_client import Project
    from openapi_python_client.config import Config, ConfigFile, MetaType
    from openapi_python_client.parser import GeneratorData
    from openapi_python_client.parser.errors import GeneratorError

    settings = ConfigFile(post_hooks=[], project_name_override=name)
    config = Config.from_sources(settings, MetaType.NONE, contract, "utf-8", True, folder / name)
    data = GeneratorData.from_dict(bundle(contract), config=config)
    assert not isinstance(data, GeneratorError), data
    with contextlib.redirect_stdout(io.StringIO()):
        Project(openapi=data, config=config).build()
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return import_module(name)


def bundle(contract: Path) -> dict[str, Any]:
    """
    Write a contract as one document: the components of the documents that it refers to become its own.
    """
    loaded = load(contract)
    document = cast("dict[str, Any]", _local(loaded.document))
    components: dict[str, Any] = document.setdefault("components", {})
    common = cast("dict[str, Any]", _local(load(contract.with_name("common.yaml")).document))
    for kind, members in common["components"].items():
        components[kind] = {**members, **components.get(kind, {})}
    for scheme, node in common["components"]["securitySchemes"].items():
        components["securitySchemes"][scheme] = node
    return document


def _local(node: Any) -> Any:
    if isinstance(node, dict):
        members = cast("dict[str, Any]", node)
        found = {key: _local(value) for key, value in members.items()}
        if isinstance(found.get("$ref"), str):
            found["$ref"] = found["$ref"].removeprefix("./common.yaml")
        return found
    return [_local(item) for item in cast("list[Any]", node)] if isinstance(node, list) else node
