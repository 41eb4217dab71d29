"""
``--tls``: a certificate authority of the mock's own, made anew at each start, for clients that insist on https.
"""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Iterable
from pathlib import Path


class Authority:
    """
    A local authority, and a certificate of it for some names.

    Its own certificate is written to a file, for clients to trust, and beside it to a trust store, as clients on a JVM
    want it; its key never leaves this process, and both are worth nothing when the mock has ended.

    Args:
        names: hosts and addresses that the mock is called by.

    Raises:
        ImportError: the extra ``tls`` is not installed.
    """

    def __init__(self, names: Iterable[str]) -> None:
        import trustme

        authority = trustme.CA(organization_name="aegis mock")
        certificate = authority.issue_cert(*dict.fromkeys(names))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self.context.set_alpn_protocols(["http/1.1"])
        certificate.configure_cert(self.context)
        self._folder = tempfile.TemporaryDirectory(prefix="aegis-mock-")
        self.path = Path(self._folder.name) / "ca.pem"
        authority.cert_pem.write_to_path(str(self.path))
        self.path.with_suffix(".p12").write_bytes(_trust_store(authority.cert_pem.bytes()))

    def close(self) -> None:
        """
        Remove the file.
        """
        self._folder.cleanup()


def _trust_store(pem: bytes) -> bytes:
    """
    Return a PKCS #12 store of a certificate, which a JVM reads without being told a password.
    """
    from cryptography.hazmat.primitives.serialization import NoEncryption, pkcs12
    from cryptography.x509 import load_pem_x509_certificate

    # Java takes a certificate of such a store for one to trust only where an attribute of its own says so.
    trusted = pkcs12.PKCS12Certificate(load_pem_x509_certificate(pem), b"aegis mock")
    return pkcs12.serialize_java_truststore([trusted], NoEncryption())


def names_for(host: str, others: Iterable[str]) -> list[str]:
    """
    Return the names that a certificate of a mock at *host* must have.
    """
    wild = {"", "0.0.0.0", "::", "*"}  # noqa: S104 - no name that anybody could call
    return [name for name in ("localhost", "127.0.0.1", "::1", host, *others) if name not in wild]
