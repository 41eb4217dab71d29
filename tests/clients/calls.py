"""
What the users of a client call, whatever its language, and what the client has to say when it is refused.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

HERE = Path(__file__).parent


class RefusedError(Exception):
    """
    The error that a client raised: the name of its type, and what it says.
    """

    def __init__(self, type_: str, text: str) -> None:
        super().__init__(f"{type_}: {text}")
        self.type = type_
        self.text = text


class Caller(Protocol):
    """
    A client that has been told where the mock is.
    """

    def call(self, name: str, *arguments: Any) -> Any:
        """
        Make one of the calls below; ``RefusedError`` carries the client's own error.

        ``create`` takes a text and returns the item's key, ``read`` returns the text, ``update`` takes a key and a
        text, ``walk`` takes a page's size and returns all keys by the client's own paging, ``delete`` takes a key,
        ``refuse`` asks for what the contract forbids, ``stream`` returns the pieces, ``upload`` sends a file.
        """

    def left(self) -> list[str]:
        """
        Return the addresses outside of this machine that the client wanted to reach.
        """

    def close(self) -> None:
        """
        End whatever the client runs in.
        """


@dataclass(frozen=True)
class Client:
    """
    One row of the matrix.

    Args:
        name: what the matrix calls it.
        runtime: python or node.
        package: what is installed, and imported.
        module: the file that has its calls.
        document: the contract that it talks to.
        calls: what its users call.
        gone: the error for an item that is no more.
        refused: the error for an invalid request, and what its text must name.
    """

    name: str
    runtime: str
    package: str
    module: str
    document: str
    calls: frozenset[str]
    gone: str = ""
    refused: tuple[str, str] = ("", "")


def matrix() -> list[Client]:
    """
    Read which clients there are.
    """
    rows = tomllib.loads((HERE / "matrix.toml").read_text(encoding="utf-8"))
    return [_client(document, runtime, row) for document, runtimes in rows.items() for runtime, row in runtimes.items()]


def _client(document: str, runtime: str, row: dict[str, Any]) -> Client:
    kind, _, names = row.get("refused", "").partition(": ")
    calls = frozenset(row["calls"].split())
    name = f"{document}-{runtime}"
    return Client(name, runtime, row["package"], document, document, calls, row.get("gone", ""), (kind, names))
