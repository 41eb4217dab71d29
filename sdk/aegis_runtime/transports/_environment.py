"""
What the environment says about the way to a provider: proxies, whom to trust, which certificate to show. One rule for
all transports; read when a transport is made, and what cannot be used is refused there, by its name.
"""

from __future__ import annotations

import contextlib
import os
import re
import ssl
import stat
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aegis_runtime._secret import Secret
from aegis_runtime.errors import ConfigurationError

__all__ = ["ENVIRONMENT", "Surroundings", "certificates", "forwards", "proxy_url", "shared_tls", "surroundings"]

ENVIRONMENT = ("SSL_CERT_FILE", "SSL_CERT_DIR", "SSL_CLIENT_CERT", "SSL_CLIENT_KEY")
_CERTIFICATE = re.compile(r".+\.(?:pem|crt|cer)").fullmatch
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+").fullmatch
_SCHEMES = ("http", "https", "all")
_tls_lock = threading.Lock()
_tls: dict[tuple[object, ...], ssl.SSLContext] = {}


def _after_fork() -> None:
    global _tls_lock
    _tls_lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


@dataclass(frozen=True, slots=True, repr=False)
class Surroundings:
    """
    The environment, read once.

    Attributes:
        proxies: the proxy of each scheme (or of ``all``); its URL may hold a password.
        exempt: what is reached without a proxy.
        trust: files named for TLS, in the order of ``ENVIRONMENT``.
        versions: which states of these files were read.
    """

    proxies: Mapping[str, Secret]
    exempt: tuple[str, ...] = ()
    trust: tuple[str | None, ...] = (None, None, None, None)
    versions: tuple[object, ...] = (None, None, None, None)

    def proxy(self, scheme: str, host: str, port: int) -> str | None:
        """
        The proxy to reach *host* through, or ``None``.
        """
        if not self.proxies:
            return None
        found = self.proxies.get(scheme) or self.proxies.get("all")
        return None if found is None or _exempted(self.exempt, host, port) else found.reveal()


def surroundings(trust_env: bool = True) -> Surroundings:
    """
    Read the environment.

    Raises:
        ConfigurationError: a variable cannot be used; it is named, its value is not.
    """
    if not isinstance(trust_env, bool):  # pyright: ignore[reportUnnecessaryIsInstance] -- "no" would mean yes
        raise ConfigurationError("trust_env must be True or False")
    if not trust_env:
        return Surroundings({})
    proxies: dict[str, Secret] = {}
    for scheme in _SCHEMES:
        # As curl and Python have it: small letters win, and a CGI script's HTTP_PROXY is a header of its caller's.
        names = [f"{scheme}_proxy"]
        if not (scheme == "http" and "REQUEST_METHOD" in os.environ):
            names.append(f"{scheme.upper()}_PROXY")
        name = next((name for name in names if os.environ.get(name)), None)
        if name is not None:
            proxies[scheme] = proxy_url(os.environ[name], name)
    listed = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    exempt = tuple(part.lower() for part in listed.replace(",", " ").split())
    trust = tuple(os.environ.get(name) or None for name in ENVIRONMENT)
    versions = _versions(trust)
    _check_key_log()
    found = Surroundings(proxies, exempt, trust, versions)
    if any(trust):
        shared_tls(found)
    return found


def proxy_url(url: str, name: str) -> Secret:
    """
    A proxy's URL, found usable; *name* is the variable or argument that it came from.

    Raises:
        ConfigurationError: it is not.
    """
    if not isinstance(url, str):  # pyright: ignore[reportUnnecessaryIsInstance] -- callers err
        raise ConfigurationError(f"{name} must be text")
    secret = Secret(url)
    del url
    from importlib.util import find_spec

    import httpx

    usable = ("http", "https", "socks5", "socks5h") if find_spec("socksio") else ("http", "https")
    parts = urlsplit("")
    try:
        parts = urlsplit(secret.reveal())
        fine = parts.scheme in usable and bool(parts.hostname) and parts.port != 0 and parts.path in ("", "/")
        httpx.URL(secret.reveal())
    except (ValueError, httpx.InvalidURL):
        fine = False
    del parts
    if not fine or not all("\x20" < letter < "\x7f" for letter in secret.reveal()):
        raise ConfigurationError(f"{name} must be like http://proxy.example.com:3128, scheme included")
    return secret


def forwards(proxy: str | None, scheme: str) -> bool:
    """
    Say whether a proxy reads requests of *scheme* and passes them on itself; other ways are tunnels.
    """
    return proxy is not None and scheme == "http" and not proxy.lower().startswith("socks")


def credentials(url: str) -> tuple[str, str] | None:
    """
    User and password in a proxy's URL.
    """
    parts = urlsplit(url)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))


def _versions(trust: tuple[str | None, ...]) -> tuple[object, ...]:
    if trust[3] and not trust[2]:
        raise ConfigurationError("SSL_CLIENT_KEY needs SSL_CLIENT_CERT beside it")
    named = dict(zip(ENVIRONMENT, trust, strict=True))
    return tuple(None if path is None else _version(name, path) for name, path in named.items())


def _version(name: str, path: str) -> tuple[str | int, ...]:
    # Certificates are renewed in place: what was read from an older file is not what this one says.
    kind, is_it = ("folder", stat.S_ISDIR) if name == "SSL_CERT_DIR" else ("file", stat.S_ISREG)
    with contextlib.suppress(OSError, ValueError):  # too long, as when it is the certificate itself; in a closed folder
        known = Path(path).stat()
        if is_it(known.st_mode):
            return (path, known.st_mtime_ns, known.st_size, known.st_ino)
    raise ConfigurationError(f"{name} must name a {kind}, and there is none of it")


def _check_key_log() -> None:
    # Every TLS context of Python's opens it.
    name = os.environ.get("SSLKEYLOGFILE")
    try:
        if name and not sys.flags.ignore_environment:
            Path(name).open("ab").close()
    except (OSError, ValueError):
        pass
    else:
        return
    raise ConfigurationError("SSLKEYLOGFILE must name a file that can be written")


def certificates(folder: str) -> list[Path]:
    """
    The files of a folder of authorities: those with OpenSSL's hash names where it has any, else those whose names end
    as certificates' do.
    """
    paths = sorted(Path(folder).iterdir())
    hashed = [path for path in paths if _HASHED(path.name)]
    return [path for path in hashed or paths if (hashed or _CERTIFICATE(path.name)) and path.is_file()]


def shared_tls(found: Surroundings | None = None) -> ssl.SSLContext:
    """
    The process's one TLS context for these files: making one takes longer than a hundred calls.

    Raises:
        ConfigurationError: one of the files is not what it should be.
    """
    found = found or Surroundings({})
    with _tls_lock:
        context = _tls.get(found.versions)
        if context is None:
            context = _tls[found.versions] = _context(*found.trust)
        return context


def _context(
    ca_file: str | None = None, ca_folder: str | None = None, cert: str | None = None, key: str | None = None
) -> ssl.SSLContext:
    import httpx

    name = "SSL_CERT_FILE"
    try:
        if ca_file or ca_folder:
            name = "SSL_CERT_FILE" if ca_file else "SSL_CERT_DIR"
            context = ssl.create_default_context(cafile=ca_file, capath=ca_folder)
            for path in certificates(ca_folder) if ca_folder else ():
                if _HASHED(path.name):  # OpenSSL finds these by itself, when one is needed
                    break
                with contextlib.suppress(ssl.SSLError):  # the folder may hold other things too
                    context.load_verify_locations(path)
        else:
            context = httpx.create_ssl_context(trust_env=False)
        if cert:
            name = "SSL_CLIENT_CERT"
            context.load_cert_chain(cert, key, password=_no_password)
    except _Locked:
        raise ConfigurationError(
            f"{'SSL_CLIENT_KEY' if key else 'SSL_CLIENT_CERT'} holds a key with a password, which the environment "
            "cannot give: take the password off, or give the transport an ssl_context"
        ) from None
    except (OSError, ValueError):  # ssl.SSLError is an OSError
        pass
    else:
        return context
    raise ConfigurationError(f"{name} is not a file of certificates in PEM" + (" with its key" if cert else ""))


class _Locked(Exception):  # noqa: N818 -- carried to where the error is raised
    """
    A key has a password.
    """


def _no_password() -> str:
    raise _Locked


def _exempted(exempt: tuple[str, ...], host: str, port: int) -> bool:
    """
    Say whether NO_PROXY covers a host: ``*``, a name with all below it, an address, a network, each with a port or not.
    """
    host = host.lower().strip("[]").rstrip(".")
    for entry in exempt:
        if entry == "*":
            return True
        name, wanted = _split(entry.rpartition("://")[2])
        if wanted is not None and wanted != port:
            continue
        if name == "*" or _within(host, name):
            return True
        name = _ascii(name.lstrip("*").strip("."))
        # A part of a name is what stands below it; a part of an address is nothing.
        if name and (host == name or (host.endswith(f".{name}") and not _within(host, "0.0.0.0/0"))):
            return True
    return False


def _ascii(name: str) -> str:
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return name


def _split(entry: str) -> tuple[str, int | None]:
    # An IPv6 address has colons of its own; with a port it stands in brackets.
    if entry.startswith("["):
        name, _, rest = entry[1:].partition("]")
        if rest.startswith("/"):  # a network
            return name + rest, None
        port = rest.removeprefix(":")
    elif entry.count(":") == 1:
        name, _, port = entry.partition(":")
    else:
        return entry, None
    return name, int(port) if port.isascii() and port.isdigit() else None


def _within(host: str, network: str) -> bool:
    import ipaddress

    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False
