"""
A provider held to its contract in pytest: one test for each operation and kind of case.

Switch it on with ``pytest_plugins = ["aegis_verifier.pytest_plugin"]``, say which provider is meant by overriding the
fixture ``aegis_provider`` (an ASGI or WSGI application, or an address), and which contract with a mark:

```python
@pytest.fixture(scope="session")
def aegis_provider():
    return app

@pytest.mark.aegis_contract("openapi/user.yaml")
def test_contract(aegis_check):
    aegis_check()
```
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from aegis_contracts import Contract
    from aegis_verifier._maker import Maker
    from aegis_verifier._settings import Settings
    from aegis_verifier.runner import Player, Transport

APIS = ("user", "recommendation", "registry", "sms")


def pytest_configure(config: pytest.Config) -> None:
    """
    Describe the mark.
    """
    config.addinivalue_line(
        "markers", "aegis_contract(*documents): the contracts, files or bundled ones by name, that aegis_check is about"
    )


@dataclass(frozen=True)
class Part:
    """
    The cases of one kind for one operation of one contract.
    """

    document: str
    operation: str
    kind: str

    def __str__(self) -> str:
        return f"{self.operation}-{self.kind}"


@cache
def _contract(document: str) -> Contract:
    from aegis_verifier.runner import contracts_of

    found = contracts_of((), [document]) if document in APIS else contracts_of([document])
    return found[0]


@cache
def _parts(document: str) -> tuple[Part, ...]:
    from aegis_verifier._maker import Maker
    from aegis_verifier.cases import cases_of

    maker = Maker(_contract(document))
    found: dict[Part, None] = {}
    for operation in maker.plan.operations:
        for case in cases_of(maker, operation):
            found[Part(document, operation.key, case.kind)] = None
    return tuple(found)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """
    Make one test for each operation and kind.
    """
    if "aegis_check" not in metafunc.fixturenames:
        return
    documents = [name for mark in metafunc.definition.iter_markers("aegis_contract") for name in mark.args]
    if not documents:
        message = f"{metafunc.definition.nodeid} uses aegis_check: mark it with @pytest.mark.aegis_contract(FILE)"
        raise pytest.UsageError(message)
    parts = [part for name in documents for part in _parts(str(name))]
    metafunc.parametrize("aegis_check", parts, ids=str, indirect=True)


@pytest.fixture(scope="session")
def aegis_provider() -> Any:
    """
    The provider: override it with an ASGI or WSGI application, or with an address.
    """
    raise pytest.UsageError("override the fixture aegis_provider: return an ASGI or WSGI application, or an address")


@pytest.fixture(scope="session")
def aegis_verify_settings() -> Settings:
    """
    How to verify; override it for credentials by scheme, fixtures or another timeout.
    """
    from aegis_verifier._settings import DEFAULT_CREDENTIAL, Credentials, Settings

    credential = os.environ.get("AEGIS_VERIFY_AUTH") or DEFAULT_CREDENTIAL
    return Settings(seed=os.environ.get("AEGIS_VERIFY_SEED", "0"), credentials=Credentials({"": credential}))


@pytest.fixture(scope="session")
def aegis_transport(aegis_provider: Any) -> Iterator[Transport]:
    """
    The way to the provider.
    """
    transport = transport_to(aegis_provider)
    yield transport
    transport.close()


def transport_to(provider: Any) -> Transport:
    """
    Find the way to a provider: an address, an ASGI application or a WSGI application.
    """
    from aegis_verifier.runner import AsgiTransport, SocketTransport, WsgiTransport

    if isinstance(provider, str):
        return SocketTransport(provider)
    if not callable(provider):
        raise pytest.UsageError(f"aegis_provider: {type(provider).__name__} is no application and no address")
    application: Any = provider
    call = provider if inspect.isfunction(provider) or inspect.ismethod(provider) else type(provider).__call__
    if inspect.iscoroutinefunction(call):
        return AsgiTransport(application)
    return WsgiTransport(application)


@pytest.fixture(scope="session")
def aegis_players(aegis_transport: Transport, aegis_verify_settings: Settings) -> Callable[[str], tuple[Maker, Player]]:
    """
    What makes and plays the cases of a contract, by its name; made once.
    """
    from aegis_verifier._maker import Maker
    from aegis_verifier.runner import Player
    from aegis_verifier.runner._server_path import server_path

    @cache
    def players(document: str) -> tuple[Maker, Player]:
        maker = Maker(_contract(document), aegis_verify_settings)
        prefix = server_path(maker, aegis_transport)
        return maker, Player(aegis_transport, aegis_verify_settings, prefix=prefix)

    return players


@pytest.fixture
def aegis_check(
    request: pytest.FixtureRequest, aegis_players: Callable[[str], tuple[Maker, Player]]
) -> Callable[[], None]:
    """
    Plays the cases of one operation and kind; call it. It fails with what is wrong, and skips what cannot be decided.
    """
    part: Part = request.param

    def check() -> None:
        from aegis_verifier.cases import cases_of
        from aegis_verifier.reports import told

        maker, player = aegis_players(part.document)
        operation = maker.contract.operations[part.operation]
        outcomes = [player.play(case) for case in cases_of(maker, operation, frozenset({part.kind}))]
        if said := told(outcomes, player.transport.address):
            pytest.fail(said, pytrace=False)
        if outcomes and all(outcome.open for outcome in outcomes):
            pytest.skip(outcomes[0].open)

    return check
