"""
Waiting until what was caused has been published, and a moment longer for what was not caused.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable

from aegis_contracts import Contract, events_beside
from aegis_contracts.events import EventCatalog, load_events
from aegis_verifier._settings import Settings
from aegis_verifier._values import Outcome
from aegis_verifier.events._expected import expected
from aegis_verifier.events._judge import judge
from aegis_verifier.events._kafka import Records

_MOMENT = 0.7
_GLANCE = 0.05


def published(
    records: Records, outcomes: list[Outcome], catalog: EventCatalog | None, settings: Settings
) -> list[Outcome]:
    """
    Compare what a run caused with what was published, once everything has had time to arrive.
    """
    expectations = expected(outcomes)
    wanted = Counter((one.name, one.aggregate) for one in expectations if one.sure)
    end = time.monotonic() + settings.patience
    while time.monotonic() < end:
        there = Counter((record.name, record.aggregate) for record in records.all())
        if not wanted - there:
            break
        time.sleep(_GLANCE)
    time.sleep(min(_MOMENT, settings.patience))
    return judge(expectations, records.all(), outcomes, catalog, owned=settings.owned)


def catalog_of(contracts: Iterable[Contract]) -> EventCatalog | None:
    """
    Load the event contracts that belong to the first document that has some beside it.
    """
    for contract in contracts:
        folder = None if "://" in contract.source else events_beside(contract.source)
        if folder is not None:
            return load_events(folder)
    return None
