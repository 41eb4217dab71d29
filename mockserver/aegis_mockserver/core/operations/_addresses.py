"""
Addresses inside answers: what leads to a server that the contract declares leads to the mock instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import urlsplit

from aegis_contracts import Contract, Operation

# What stands for the mock's own address where the contract declares none, until an answer leaves.
HERE = "http://here.mock.invalid"
_VARIABLE = re.compile(r"\{([^{}]+)\}")
_AUTHORITY = re.compile(r"(?:https?:)?//([^/?#\s]+)", re.IGNORECASE)
_LABEL = r"[A-Za-z0-9_.-]+"
# In some texts, such as JSON inside of JSON, slashes are escaped.
_SLASHES = r"(?:\\{0,2}/){2}"
_END = r"(?=[/?#\"'\s<>,;)\\]|$)"


def base_of(operation: Operation) -> str:
    """
    Return the address that a contract declares for an operation, its variables at their defaults; ``HERE`` for none.
    """
    for server in operation.servers:
        url = _defaulted(server)
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in {"http", "https", ""} and parts.netloc:
            # A network-path reference (RFC 3986 §4.2) has the scheme of whoever reads it.
            url = url if parts.scheme else f"https:{url}"
            return url.partition("?")[0].partition("#")[0].rstrip("/")
    return HERE


def _defaulted(server: Mapping[str, Any]) -> str:
    variables = server.get("variables", {})

    def default(match: re.Match[str]) -> str:
        variable = variables.get(match[1], {}) if isinstance(variables, dict) else {}
        return str(variable.get("default", match[1])) if isinstance(variable, dict) else match[1]

    return _VARIABLE.sub(default, str(server.get("url", "/")))


class Addresses:
    """
    The origins that a contract declares.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract

    @cached_property
    def _known(self) -> list[str]:
        urls = dict.fromkeys(
            str(server.get("url", "")) for operation in self._contract.all_operations() for server in operation.servers
        )
        authorities = dict.fromkeys(match[1] for url in urls if (match := _AUTHORITY.match(url)))
        return [self._pattern(authority) for authority in authorities if not _is_here(authority)]

    @cached_property
    def _hosts(self) -> re.Pattern[str] | None:
        return re.compile("|".join(self._known), re.IGNORECASE) if self._known else None

    @cached_property
    def _origins(self) -> re.Pattern[bytes]:
        every = "|".join(["here\\.mock\\.invalid", *self._known])
        return re.compile(rf"(?:https?:|(?<![:\w/])){_SLASHES}(?:{every}){_END}".encode(), re.IGNORECASE)

    @staticmethod
    def _pattern(authority: str) -> str:
        """
        Match an authority whatever its variables are; one that is a variable as a whole matches nothing.
        """
        parts = [re.escape(part) for part in _VARIABLE.split(authority)[::2]]
        return _LABEL.join(parts) if "".join(parts).strip("\\.:") else r"(?!)"

    def changed(self, content: bytes, host: str, scheme: str, base: str, world: str = "") -> bytes:
        """
        Let every address lead to the mock.

        Args:
            host: what the client calls the mock; a client that calls it by a declared name is left alone.
            base: where the contract is mounted, the world's address included.
            world: the address of the world that was asked, a path.
        """
        inside = world.encode("latin-1", "replace")
        declared = host and self._hosts is not None and self._hosts.fullmatch(host) is not None
        own = f"{scheme}://{host or 'localhost'}".encode("latin-1", "replace")

        def change(match: re.Match[bytes]) -> bytes:
            if match[0].endswith(b"here.mock.invalid"):
                return own + base.encode("latin-1", "replace")
            if declared:
                return match[0] + inside
            # What has no scheme takes that of the page that it is on, and so does what takes its place.
            return (own if match[0][:4].lower() == b"http" else own.partition(b":")[2]) + inside

        return self._origins.sub(change, content)


def within(content: bytes, path: str, world: str) -> bytes:
    """
    Let addresses without an origin stay in a world, where JSON tells them of what was asked for and of what is below.
    """
    own = re.escape(path.rstrip("/").encode("latin-1", "replace"))
    if not own:
        return content
    return re.sub(rb'"(?=%s(?:[/?][^"\\\s]*)?"(?!\s*:))' % own, b'"' + world.encode("latin-1", "replace"), content)


@lru_cache(maxsize=256)
def _is_here(authority: str) -> bool:
    """
    Say whether an authority is this machine anyway.
    """
    return authority.partition(":")[0].lower() in {"localhost", "127.0.0.1", "[::1]"}
