"""
Who may use the control API: what this machine's own programs and the mock's own page ask, and nobody else's page.

A browser carries a foreign page's requests to this machine as well. It says so in ``Origin`` and ``Sec-Fetch-Site``,
unless the page's own name was made to lead here (DNS rebinding): then only ``Host`` tells.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import urlsplit

from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core.effects._origins import is_foreign
from aegis_mockserver.world._messages import Request


class Guard:
    """
    Decides by headers.

    Args:
        hosts: names beside those of this machine that the mock may be called by; ``*`` is any.
        cors: pages of other origins may steer.
    """

    def __init__(self, hosts: Iterable[str] = (), *, cors: bool = False) -> None:
        self._hosts = frozenset(host.lower().strip("[]") for host in hosts)
        self._cors = cors

    def refusal(self, request: Request) -> Problem | None:
        """
        Say why the request is not answered, if it is not.
        """
        fields = request.fields
        host = fields.get("host", "")
        if host and not self.knows(host):
            name = _name(host) or "this one"
            detail = f"The control API is not for callers of other hosts; --allow-host {name[:100]} lets them in."
            return Problem("host_not_allowed", 403, detail, "The host is not allowed")
        if self._cors or not is_foreign(fields):
            return None
        # Whoever follows a link to the page sees it; the page it came from does not.
        opened = fields.get("sec-fetch-mode") == "navigate" and fields.get("sec-fetch-dest") == "document"
        if opened and request.method == "GET" and request.path.rstrip("/").count("/") == 1:
            return None
        detail = "Pages of other origins may neither read nor steer the mock; start it with --cors to let them."
        return Problem("cross_site", 403, detail, "The page is of another origin")

    def knows(self, host: str) -> bool:
        """
        Say whether *host*, with or without a port, is a name of this machine that nobody else can give to theirs.

        Addresses are, and so are names without a dot: those have no owner who could let them lead elsewhere.
        """
        name = _name(host)
        if name is None:
            return False
        if "*" in self._hosts or name in self._hosts or name == "localhost" or name.endswith(".localhost"):
            return True
        try:
            ip_address(name)
        except ValueError:
            return "." not in name
        return True


def _name(host: str) -> str | None:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".").lower() or None
    except ValueError:
        return None
