"""
A faultless provider in this process, and what is known of its messages and events.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from aegis_contracts import Contract
from aegis_mockserver import open_site
from aegis_mockserver.adapters.asgi import asgi_app
from aegis_verifier import AsgiTransport, Credentials, Run, Settings, contracts_of, run
from tests.unit.verifier.faults.events import Spoil, Topics
from tests.unit.verifier.faults.wrapper import Fault, spoiled


@cache
def contract(api: str = "user") -> Contract:
    """
    One of our APIs, loaded once.
    """
    return contracts_of((), [api])[0]


class SiteInbox:
    """
    The messages of a mock in this process.
    """

    def __init__(self, site: Any) -> None:
        self._inbox = site.worlds.default.inbox

    def texts(self, to: str) -> list[str]:
        """
        Return the texts of all messages to an address or number.
        """
        return [f"{message.text} {message.html}" for message in self._inbox if to in {message.to, _dashed(message.to)}]


def _dashed(number: str) -> str:
    return f"{number[:3]}-{number[3:7]}-{number[7:]}"


def verified(fault: Fault | None = None, spoil: Spoil | None = None, seed: str = "1", **options: Any) -> Run:
    """
    Verify a mock of the User API with at most one fault.
    """
    site = open_site()
    world = site.worlds.default
    topics = Topics(world, spoil) if spoil is not None else Topics(world)
    app = asgi_app(site)
    transport = AsgiTransport(spoiled(app, fault) if fault is not None else app)
    settings = Settings(
        seed=seed,
        timeout=30.0 if fault is None else 1.0,
        credentials=Credentials({"": "token"}),
        forbidden=Credentials({"": "forbidden"}),
        inbox=SiteInbox(site),
        owned=True,
        patience=0.3,
    )
    records: Any = topics
    try:
        return run([contract()], transport, settings, records=records, **options)
    finally:
        transport.close()
