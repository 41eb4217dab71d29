"""
Ways to a site: from documents, and on to an in-process transport.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aegis_contracts import Contract, ContractError, bundled_apis, events_beside, load
from aegis_mockserver._site import Site
from aegis_mockserver.core._rules import Validate

if TYPE_CHECKING:
    from aegis_contracts.events import EventCatalog
    from aegis_mockserver.adapters._httpx import MockTransport
    from aegis_mockserver.behaviours import Behaviours

# Larger documents were written by others, and cannot be mended here: what the mock can overlook in them is only said.
BIG = 250_000
SHOWN = 5
log = logging.getLogger("aegis_mockserver")


def documents(names: Iterable[str | Path]) -> list[str]:
    """
    Return the documents to serve: those named, else the bundled Aegis contracts.
    """
    chosen = [str(name) for name in names]
    if chosen:
        return chosen
    here = Path.cwd()
    paths = bundled_apis()
    return [str(path.relative_to(here)) if path.is_relative_to(here) else str(path) for path in paths]


def read(
    sources: Iterable[str | Path | Mapping[str, Any]], *, check: bool = True, hosts: Iterable[str] = ()
) -> list[Contract]:
    """
    Load and check contracts.

    Args:
        hosts: that documents from the web may read from, beside their own.

    Raises:
        ContractError: one of them is broken; every finding of every one is in it.
    """
    contracts: list[Contract] = []
    findings: list[Any] = []
    for source in sources:
        try:
            contract = load(source, convert_swagger=True, hosts=hosts)
        except ContractError as error:
            findings += error.findings
            continue
        # Those of other people are served as they are, whether or not what is wrong with them is looked for.
        contract.documents.tolerant = "x-profile" not in contract.extensions
        contracts.append(contract)
        if check:
            findings += _errors(contract)
    if findings:
        raise ContractError(tuple(findings))
    return contracts


def _errors(contract: Contract) -> list[Any]:
    """
    Find what keeps *contract* from being served; whatever else is wrong with it is told in the log.

    A contract that names a profile of ours is held to all of it; those of other people are served as they are.
    """
    from aegis_contracts.lint import lint

    strict = "x-profile" in contract.extensions
    # In a large document examples are checked when their operation is first used: all of them would cost more than the
    # whole start, and many break their own schemas. One that does is never served.
    found = lint(contract, strict=strict, examples=strict or BIG)
    errors = [finding for finding in found if finding.severity == "error"]
    if not errors and found:
        for finding in found[:SHOWN]:
            log.warning("%s", str(finding).partition("\n")[0])
        if len(found) > SHOWN:
            rules = ", ".join(dict.fromkeys(finding.rule for finding in found))
            log.warning("%s: %d such places in all (%s); aegis lint lists them", contract.source, len(found), rules)
    return errors


def _catalog(sources: Iterable[str | Path | Mapping[str, Any]]) -> EventCatalog | None:
    """
    Read the event schemas that belong to the documents: the first folder that one of them has near it.
    """
    for source in sources:
        if isinstance(source, Mapping) or str(source).startswith(("http://", "https://")):
            continue
        if folder := events_beside(source):
            from aegis_contracts.events import load_events

            return load_events(folder)
    return None


def open_site(
    *sources: str | Path | Mapping[str, Any],
    behaviours: Behaviours | None = None,
    seed: str = "",
    validate: Validate = "strict",
    absent: Iterable[str] = (),
    check: bool = False,
) -> Site:
    """
    Open a site for these documents; without any, for the bundled Aegis contracts.

    Args:
        absent: what stands for "not sent" where the contract does not allow it: ``null``, ``empty``.
        check: refuse broken documents before anything is served; tests of a contract that ``aegis lint`` holds can
            leave it out.

    Raises:
        ContractError: a document is broken.
        SiteClashError: two contracts want the same method and path.
    """
    chosen = list(sources) or list(documents(()))
    catalog = LazyEvents(chosen)
    contracts = read(chosen, check=check)
    return Site(contracts, behaviours=behaviours, seed=seed, validate=validate, absent=absent, events=catalog)


class LazyEvents:
    """
    The event schemas beside the documents, read when the first event is built.
    """

    def __init__(self, sources: list[Any]) -> None:
        self._sources = sources
        self._catalog: EventCatalog | None = None
        self._read = False

    def get(self, key: tuple[str, int]) -> Any:
        """
        Return an event type by name and version.
        """
        catalog = self._found()
        return catalog.get(key) if catalog is not None else None

    def topics(self) -> dict[str, int]:
        """
        Return the topics that are declared, with their numbers of partitions.
        """
        catalog = self._found()
        return {c.address: c.partitions for c in catalog.channels.values()} if catalog is not None else {}

    def _found(self) -> EventCatalog | None:
        if not self._read:
            self._catalog = _catalog(self._sources)
            self._read = True
        return self._catalog


def transport(
    *sources: str | Path | Mapping[str, Any],
    site: Site | None = None,
    world: str = "",
    behaviours: Behaviours | None = None,
    seed: str = "",
    validate: Validate = "strict",
    absent: Iterable[str] = (),
) -> MockTransport:
    """
    Return a transport for ``httpx.Client(transport=…)`` and ``httpx.AsyncClient(transport=…)``.

    ```python
    with httpx.Client(transport=aegis_mockserver.transport("pets.yaml"), base_url="http://mock") as client:
        client.post("/pets", json={"name": "Rex"})
    ```

    Args:
        site: a site that is open already; then the documents are not read.
        world: which world requests without ``X-Mock-World`` are answered from.
        absent: what stands for "not sent" where the contract does not allow it: ``null``, ``empty``.
    """
    from aegis_mockserver.adapters._httpx import MockTransport

    if site is None:
        site = open_site(*sources, behaviours=behaviours, seed=seed, validate=validate, absent=absent)
    return MockTransport(site, world)
