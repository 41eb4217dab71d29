"""
What the provider's people bring: fixtures from a file, and provider states by a command or an address.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aegis_shell import USAGE, CommandError
from aegis_verifier._settings import Fixtures

_SECTIONS = ("parameters", "fields", "bodies")
_SECONDS = 30.0


def fixtures_of(path: str) -> Fixtures:
    """
    Read a fixtures file (YAML or JSON): ``parameters``, ``fields`` and ``bodies`` by name or ``operation.name``.

    Raises:
        CommandError: it cannot be used; the message says where.
    """
    from aegis_contracts import ContractError
    from aegis_contracts.documents._text import parse

    try:
        value: Any = parse(Path(path).read_bytes(), path)
    except OSError as error:
        raise CommandError(f"--fixtures {path}: {error.strerror}", USAGE) from None
    except ContractError as error:
        raise CommandError(f"--fixtures {error}", USAGE) from None
    if not isinstance(value, dict):
        raise CommandError(f"--fixtures {path}: must be an object with {', '.join(_SECTIONS)}", USAGE)
    for name, section in value.items():
        if name not in _SECTIONS:
            raise CommandError(f"--fixtures {path}: {name} is none of {', '.join(_SECTIONS)}", USAGE)
        if not isinstance(section, dict):
            raise CommandError(f"--fixtures {path}: {name} must be an object of values by name", USAGE)
    return Fixtures(*({key: _several(given) for key, given in value.get(name, {}).items()} for name in _SECTIONS))


def _several(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def setup_of(target: str) -> Callable[[str], None]:
    """
    Return what prepares a provider state: an address gets ``{"operation": …}``, a command ``AEGIS_VERIFY_OPERATION``.
    """
    if target.startswith(("http://", "https://")):
        return lambda operation: _post(target, operation)
    return lambda operation: _call(target, operation)


def _post(url: str, operation: str) -> None:
    body = json.dumps({"operation": operation}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310 - the user's own address
    try:
        urllib.request.urlopen(request, timeout=_SECONDS).close()  # noqa: S310 - likewise
    except OSError as error:
        reason = getattr(error, "reason", error) if not isinstance(error, urllib.error.HTTPError) else error
        raise CommandError(f"--setup {url} failed for {operation}: {reason}", USAGE) from None


def _call(command: str, operation: str) -> None:
    environment = {**os.environ, "AEGIS_VERIFY_OPERATION": operation}
    try:
        done = subprocess.run(  # noqa: S603 - the user's own command
            shlex.split(command), env=environment, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise CommandError(f"--setup {command} did not end within {_SECONDS:g} s for {operation}", USAGE) from None
    except OSError as error:
        raise CommandError(f"--setup {command} failed for {operation}: {error.strerror}", USAGE) from None
    if done.returncode:
        said = done.stderr.strip()[-500:] or "it wrote nothing to stderr"
        raise CommandError(f"--setup {command} ended with {done.returncode} for {operation}: {said}", USAGE)
