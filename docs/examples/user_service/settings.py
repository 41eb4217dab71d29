"""
What the service is told by its environment; its neighbours' addresses are read by the SDK itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from aegis_sdk.errors import ConfigurationError


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    The settings of one process.

    Attributes:
        keys: the keys that callers send, each as good as the other.
        secret: what codes are hashed and cursors are signed with; the same in every process.
        database: ``sqlite:FILE`` or ``postgresql://…``.
        redis: ``redis://…`` for idempotency keys; without it they stand in the database.
    """

    keys: tuple[str, ...] = field(repr=False)
    secret: str = field(repr=False)
    database: str = field(default="sqlite:user_service.db", repr=False)
    redis: str = field(default="", repr=False)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """
        Read ``USER_SERVICE_KEYS`` (separated by commas), ``_SECRET``, ``_DATABASE`` and ``_REDIS``.
        """
        missing = [name for name in ("USER_SERVICE_KEYS", "USER_SERVICE_SECRET") if not environment.get(name)]
        if missing:
            raise ConfigurationError(f"set {' and '.join(missing)}; README.md says how")
        return cls(
            keys=tuple(key.strip() for key in environment["USER_SERVICE_KEYS"].split(",")),
            secret=environment["USER_SERVICE_SECRET"],
            database=environment.get("USER_SERVICE_DATABASE", "sqlite:user_service.db"),
            redis=environment.get("USER_SERVICE_REDIS", ""),
        )
