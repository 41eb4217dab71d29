"""
What OpenAPI and Arazzo documents have in common: a place, a source, and an info object with a title.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from aegis_contracts.documents._documents import Documents, Place

__all__ = ["Titled"]

_NOTHING: dict[str, Any] = {}


class Titled:
    """
    A document that says in its ``info`` what it is.
    """

    _untitled: ClassVar[str]

    def __init__(self, documents: Documents) -> None:
        self.documents = documents
        self.document: dict[str, Any] = documents.data

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.title} ({self.source})>"

    @property
    def root(self) -> Place:
        """
        The place of the document itself.
        """
        return Place(self.documents.root, "")

    @property
    def source(self) -> str:
        """
        The document as the user named it.
        """
        return self.documents.shown(self.root).removesuffix("#")

    @property
    def info(self) -> Mapping[str, Any]:
        """
        The document's ``info`` object.
        """
        info = self.document.get("info")
        return cast("Mapping[str, Any]", info) if isinstance(info, dict) else _NOTHING

    @property
    def title(self) -> str:
        """
        The title.
        """
        return str(self.info.get("title", "")) or self._untitled
