"""
``--tls``: the authority that clients are told to trust, in the form that each of them reads.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509 import load_pem_x509_certificate

from aegis_mockserver.adapters.socket._tls import Authority


def keytool() -> str:
    """
    Return what a JVM itself reads trust stores with, or skip: there is no JVM here.
    """
    return shutil.which("keytool") or pytest.skip("no keytool here: install a JDK")


def test_a_trust_store_for_a_jvm_has_the_authority() -> None:
    """
    Beside the authority's certificate is a PKCS #12 store of the same one, which needs no password.
    """
    authority = Authority(["localhost"])
    try:
        store = pkcs12.load_pkcs12(authority.path.with_suffix(".p12").read_bytes(), None)
        assert [each.certificate for each in store.additional_certs] == [
            load_pem_x509_certificate(authority.path.read_bytes())
        ]
        assert store.key is None
    finally:
        authority.close()
    assert not authority.path.with_suffix(".p12").exists()


def test_a_jvm_takes_the_store_for_one_of_trusted_authorities() -> None:
    """
    Java's own tool reads an entry of the kind that ``javax.net.ssl.trustStore`` looks for.
    """
    tool = keytool()
    authority = Authority(["localhost"])
    try:
        told = _listed(tool, authority.path.with_suffix(".p12"))
    finally:
        authority.close()
    assert "trustedCertEntry" in told
    assert "aegis mock" in told


def _listed(tool: str, store: Path) -> str:
    asked = [tool, "-J-Duser.language=en", "-list", "-keystore", str(store), "-storepass", ""]
    return subprocess.run(asked, capture_output=True, text=True, timeout=60, check=False).stdout
