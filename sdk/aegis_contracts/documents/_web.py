"""
Documents from the web: what one of them may lead to, and how much of it is read.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urljoin, urlsplit

from aegis_contracts.documents._bounds import MAX_BYTES, refusal

WEB_TIMEOUT = 20.0
REDIRECTS = 5


def host_of(url: str) -> str:
    """
    Return the host that an address leads to, in lower case.
    """
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def download(url: str, hosts: Collection[str]) -> bytes:
    """
    Read a document, and nothing of another host than those.

    Raises:
        ContractError: it cannot be had, is too large, or leads elsewhere.
    """
    import httpx

    address = url
    try:
        for _ in range(REDIRECTS + 1):
            if host_of(address) not in hosts:
                said = f"leads to another host, {host_of(address) or 'none'}"
                raise refusal(url, "other-host", said, "allow that host, or save the document")
            with httpx.stream("GET", address, timeout=WEB_TIMEOUT, follow_redirects=False) as response:
                if response.is_redirect and "location" in response.headers:
                    address = urljoin(address, response.headers["location"])
                    continue
                if response.status_code != 200:
                    raise refusal(url, "no-file", f"answered {response.status_code}", "check the address")
                body = bytearray()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise refusal(url, "size", f"is larger than {MAX_BYTES >> 20} MiB", "split the document")
                return bytes(body)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise refusal(url, "no-file", f"cannot be fetched: {type(error).__name__}", "check the address") from None
    raise refusal(url, "no-file", f"leads on and on, more than {REDIRECTS} times", "check the address")
