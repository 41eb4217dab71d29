"""
Certificates live for a day where a machine renews them, and a consumer for months.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop

from aegis_sdk.events import KafkaConnection


class Broker:
    """
    What speaks TLS as a broker does that wants to know who comes: it keeps the names that it was told.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority: Any = trustme.CA()
        self.clients: Any = trustme.CA()
        self.seen: list[str] = []
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        self.renew("first")
        self.connection = KafkaConnection.from_env(
            {
                "AEGIS_KAFKA_BOOTSTRAP": "localhost:1",
                "AEGIS_KAFKA_SECURITY_PROTOCOL": "SSL",
                "AEGIS_KAFKA_CA_FILE": str(folder / "ca.pem"),
                "AEGIS_KAFKA_CERT_FILE": str(folder / "cert.pem"),
                "AEGIS_KAFKA_KEY_FILE": str(folder / "key.pem"),
            }
        )

    def renew(self, name: str, *, key: bool = True) -> None:
        """
        Put the client's files in place, as one that renews them does: by a rename.
        """
        issued = self.clients.issue_cert(f"{name}.test")
        for file, text in (("cert.pem", issued.cert_chain_pems[0]), ("key.pem", issued.private_key_pem)):
            if key or file == "cert.pem":
                text.write_to_path(self.folder / "new")
                (self.folder / "new").replace(self.folder / file)

    async def meets(self) -> None:
        """
        Be connected to, once, with what aiokafka would be given.
        """
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.authority.issue_cert("localhost").configure_cert(context)
        context.verify_mode = ssl.CERT_REQUIRED
        self.clients.configure_trust(context)

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peer: Any = writer.get_extra_info("peercert")
            self.seen.append(peer["subjectAltName"][0][1])
            writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        tls = self.connection.client_options()["ssl_context"]
        port = server.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=tls, server_hostname="localhost")
        assert await reader.read() == b""
        writer.close()
        server.close()


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_renewed_files_are_used_for_new_connections(tmp_path: Path, loop: Callable[[], Any]) -> None:
    """
    A new connection has the certificate that stands in the file by then, and trusts the authority that does; a
    certificate that was put in place before its key waits for it.
    """
    broker = Broker(tmp_path)

    async def all_of_it() -> None:
        await broker.meets()
        broker.renew("second")
        await broker.meets()
        broker.renew("half", key=False)
        await broker.meets()
        broker.renew("third")
        await broker.meets()
        broker.authority = trustme.CA()
        with pytest.raises(ssl.SSLCertVerificationError):
            await broker.meets()
        broker.authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        await broker.meets()

    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(all_of_it())
    assert broker.seen == ["first.test", "second.test", "second.test", "third.test", "third.test"]
