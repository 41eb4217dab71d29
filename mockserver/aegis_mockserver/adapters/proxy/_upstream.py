"""
The way to a real provider: what an intermediary passes on, and what it must not (RFC 9110 §7.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, unquote

import httpx

from aegis_mockserver.world._messages import RawHeaders

_HOP = frozenset(
    {
        b"connection", b"keep-alive", b"proxy-connection", b"proxy-authenticate", b"proxy-authorization", b"te",
        b"trailer", b"transfer-encoding", b"upgrade", b"http2-settings",
    }
)  # fmt: skip
_SENT_ANEW = frozenset({b"host", b"content-length", b"expect", b"x-mock-world", b"via", b"max-forwards"})
_ANSWERED_ANEW = frozenset({b"content-length", b"date"})
_KEPT = "%/?:@!$&'()*+,;=~[]|"
VIA = b"1.1 aegis-mock"


class Upstream:
    """
    A provider at a base address; nothing that it says to one client is remembered for another.

    Args:
        url: the base address; no request leaves it.
        timeout: seconds for each step of an exchange.

    Raises:
        ValueError: the address is none.
    """

    def __init__(self, url: str, *, timeout: float = 30.0) -> None:
        try:
            self._base = httpx.URL(url)
        except (ValueError, httpx.InvalidURL):
            raise ValueError("must be an address that can be read, such as https://orders.example.com") from None
        if self._base.scheme not in {"http", "https"} or not self._base.host:
            raise ValueError("must begin with http:// or https:// and name a host")
        if self._base.query or self._base.fragment:
            raise ValueError("must be an address without query and fragment")
        self._path = self._base.raw_path.rstrip(b"/")
        # A jar would give one client's session to all others.
        nobody = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False, cookies=nobody)

    async def aclose(self) -> None:
        """
        Close the connections to the provider.
        """
        await self._client.aclose()

    def request(self, method: str, target: bytes, headers: RawHeaders, body: bytes) -> httpx.Request | None:
        """
        Write the request that the provider gets; None where it would leave the base address.
        """
        target = quote(target, safe=_KEPT).encode()  # bytes that should have been percent-encoded become so
        path, mark, query = target.partition(b"?")
        if not path.startswith(b"/") or not stays(path):
            return None
        url = self._base.copy_with(raw_path=self._path + path + mark + query)
        vias = [value for name, value in headers if name == b"via"]
        lines = [(name, value) for name, value in headers if name not in _SENT_ANEW and name not in _nominated(headers)]
        lines.append((b"via", b", ".join([*vias, VIA])))
        if (hops := hops_left(method, headers)) is not None:
            lines.append((b"max-forwards", str(max(0, hops - 1)).encode()))
        return httpx.Request(method, url, headers=lines, content=body if body or _has_body(headers) else None)

    async def send(self, request: httpx.Request) -> httpx.Response:
        """
        Send a request, and return the head of what is answered.

        Raises:
            httpx.HTTPError: nothing is.
        """
        return await self._client.send(request, stream=True)


def hops_left(method: str, headers: RawHeaders) -> int | None:
    """
    Say how many more intermediaries a request may pass; None where it does not say (RFC 9110 §7.6.2).
    """
    if method not in {"OPTIONS", "TRACE"}:
        return None
    given = next((value for name, value in headers if name == b"max-forwards"), b"")
    return int(given) if given.isdigit() and len(given) < 10 else None


def stays(path: bytes) -> bool:
    """
    Say whether no segment of *path* leads upwards, however it is written.
    """
    text = path.decode("latin-1")
    for _ in range(2):
        text = unquote(text, encoding="latin-1")
    return not any(segment in {".", ".."} for segment in text.replace("\\", "/").split("/"))


def answered(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """
    Return the headers of an answer that are for the client.
    """
    lines = tuple((name.lower(), value) for name, value in headers)
    nominated = _nominated(lines)
    return [(name, value) for name, value in lines if name not in _ANSWERED_ANEW and name not in nominated]


def _nominated(headers: RawHeaders) -> frozenset[bytes]:
    """
    Return the names of headers that are for the next hop only, those that ``Connection`` names among them.
    """
    named = (part.strip().lower() for name, value in headers if name == b"connection" for part in value.split(b","))
    return _HOP | frozenset(named)


def _has_body(headers: RawHeaders) -> bool:
    return any(name in {b"content-length", b"transfer-encoding"} for name, _ in headers)
