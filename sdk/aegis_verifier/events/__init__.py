"""
Events: what exchanges must have caused (``x-emits``), what was published, and where the two differ.
"""

from __future__ import annotations

from aegis_verifier.events._expected import Expected, expected
from aegis_verifier.events._judge import judge
from aegis_verifier.events._kafka import KafkaError, Records
from aegis_verifier.events._record import Record
from aegis_verifier.events._watch import catalog_of, published

__all__ = ["Expected", "KafkaError", "Record", "Records", "catalog_of", "expected", "judge", "published"]
