"""
Page cursors: opaque, signed, bound to the query that they belong to, and the same for the same place.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from aegis_contracts import Violation
from aegis_runtime import Secret
from aegis_sdk._generated.user.problems import INVALID_REQUEST
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.provider._problem import ProblemError

__all__ = ["Cursors", "Slice"]

T = TypeVar("T")

_SIGNATURE: Final = 16
# openapi/common.yaml: a cursor has at most 512 characters.
_LONGEST: Final = 512
_SHORTEST: Final = 16


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """
    The items of one page, and what the contract's ``page`` says of it.
    """

    items: Sequence[T]
    next_cursor: str | None

    @property
    def page(self) -> dict[str, Any]:
        """
        The contract's ``page`` object.
        """
        return {"next_cursor": self.next_cursor, "has_more": self.next_cursor is not None}


class Cursors:
    """
    Makes cursors and reads them back.

    ```python
    cursors = Cursors(settings.cursor_secret)
    query = {"status": status, "region": region}
    after = cursors.read(cursor, query)["id"] if cursor else ""
    rows = await users_after(after, limit + 1, **query)
    found = cursors.page(rows, limit, lambda row: {"id": row.id}, query)
    ```

    Args:
        secrets: at least 16 characters each that only the service knows. The first signs; the others, earlier ones, are
            still accepted.
    """

    def __init__(self, *secrets: str | Secret) -> None:
        self._secrets = [Secret(secret) for secret in secrets]
        if not self._secrets or any(len(secret.reveal()) < _SHORTEST for secret in self._secrets):
            raise ConfigurationError(f"Cursors: needs a secret of at least {_SHORTEST} characters")

    def write(self, place: Mapping[str, Any], query: Mapping[str, Any] | None = None) -> str:
        """
        The cursor of a place.

        Args:
            place: where the next page begins, as a JSON object; it can be read by who decodes the cursor.
            query: the filters that the page belongs to; with others the cursor is refused.
        """
        data = _canonical(place)
        text = _text(self._sign(self._secrets[0], data, query) + data)
        if len(text) > _LONGEST:
            raise ValueError(f"a cursor has at most {_LONGEST} characters; keep the place to its sort keys")
        return text

    def read(self, cursor: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """
        The place of a cursor.

        Raises:
            ProblemError: it was not made here, or for another query (400).
        """
        if len(cursor) > _LONGEST:
            raise _refused()
        try:
            whole = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        except (binascii.Error, ValueError):
            raise _refused() from None
        signature, data = whole[:_SIGNATURE], whole[_SIGNATURE:]
        # The same bytes have several spellings in base64; only ours is one.
        good = [hmac.compare_digest(self._sign(secret, data, query), signature) for secret in self._secrets]
        if not any(good) or _text(whole) != cursor:
            raise _refused()
        place: dict[str, Any] = json.loads(data)
        return place

    def page(
        self,
        rows: Sequence[T],
        limit: int,
        place: Callable[[T], Mapping[str, Any]],
        query: Mapping[str, Any] | None = None,
    ) -> Slice[T]:
        """
        A page of *rows*, of which one more than *limit* was asked for to see whether there are more.

        Args:
            place: where the page after a row begins.
        """
        items = rows[:limit]
        more = len(rows) > limit and bool(items)
        return Slice(items, self.write(place(items[-1]), query) if more else None)

    def _sign(self, secret: Secret, data: bytes, query: Mapping[str, Any] | None) -> bytes:
        asked = _canonical({name: value for name, value in (query or {}).items() if value is not None})
        message = len(asked).to_bytes(8, "big") + asked + data
        return hmac.new(secret.reveal().encode(), message, hashlib.sha256).digest()[:_SIGNATURE]


def _canonical(value: Mapping[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _refused() -> ProblemError:
    said = Violation("/query/cursor", "cursor", "must be a cursor of this service, for the same query")
    return INVALID_REQUEST.error("1 rule is violated.", violations=[said])
