"""
What a provider says when it refuses: RFC 9457 problems and the shapes that older services use instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

__all__ = ["Problem"]

_MEMBERS = frozenset({"type", "title", "status", "detail", "instance", "code"})


@dataclass(frozen=True, slots=True, repr=False)
class Problem:
    """
    An error body. Its texts come from the provider and may name people, so its repr shows none of them.

    Attributes:
        code: the stable machine-readable code; ``status_code`` and numeric codes of older services land here as text.
        detail: what happened this time; ``msg`` of older services lands here.
        extensions: every other member of the body.
    """

    type: str = "about:blank"
    title: str = ""
    status: int | None = None
    detail: str = ""
    instance: str = ""
    code: str = ""
    extensions: Mapping[str, object] = field(default_factory=dict[str, object])

    def __repr__(self) -> str:
        return f"Problem(status={self.status}, …)"

    @classmethod
    def read(cls, body: object) -> Problem:
        """
        Read a parsed error body of any shape; what is not an object says nothing.
        """
        if not isinstance(body, dict):
            return cls()
        members = cast("dict[str, object]", body)
        status = members.get("status")
        code = members.get("code", members.get("status_code", ""))
        return cls(
            type=_text(members.get("type")) or "about:blank",
            title=_text(members.get("title")),
            status=status if isinstance(status, int) and not isinstance(status, bool) else None,
            detail=_text(members.get("detail")) or _text(members.get("msg")),
            instance=_text(members.get("instance")),
            code=str(code) if isinstance(code, (str, int)) and not isinstance(code, bool) else "",
            extensions={name: value for name, value in members.items() if name not in _MEMBERS},
        )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
