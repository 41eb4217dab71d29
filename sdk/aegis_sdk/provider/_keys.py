"""
Keys that callers send as their credential: whose each one is, without showing any.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from aegis_contracts.exchange import Credential
from aegis_runtime import Secret
from aegis_sdk.errors import ConfigurationError

__all__ = ["ApiKeys"]

_Keys: TypeAlias = str | Secret | Iterable[str | Secret]


class ApiKeys:
    """
    The keys that a service takes, and nothing else: ``install(app, authenticate=ApiKeys(settings.keys))``.

    Args:
        keys: the keys; or keys by caller, whose name then stands in ``scope["aegis.caller"]``. Two keys of one caller
            (``{"billing": [old, new]}``) let a key be changed without a pause.
    """

    def __init__(self, keys: Iterable[str | Secret] | Mapping[str, _Keys]) -> None:
        # An iterable may be a mapping, too, so a type checker cannot tell by itself.
        everything: Any = keys
        named: Mapping[str, _Keys] = everything if isinstance(keys, Mapping) else {"caller": list(keys)}
        self._callers: dict[bytes, str] = {}
        for caller, given in named.items():
            for key in [given] if isinstance(given, str | Secret) else given:
                text = Secret(key).reveal()
                if not text:
                    raise ConfigurationError(f"ApiKeys: a key of {caller} is empty")
                self._callers[_hashed(text)] = caller
        if not self._callers:
            raise ConfigurationError("ApiKeys: without a key nobody could call")

    def __call__(self, credential: Credential) -> str | None:
        """
        Whose key it is; ``None`` if it is nobody's.
        """
        given = _hashed(credential.value)
        found = None
        # Every key is compared, and each in the same time, so that time tells nothing.
        for key, caller in self._callers.items():
            if hmac.compare_digest(key, given):
                found = caller
        return found

    def __repr__(self) -> str:
        return f"<{len(self._callers)} ApiKeys>"


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
