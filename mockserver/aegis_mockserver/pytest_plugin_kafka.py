"""
The embedded Kafka as a pytest fixture; pytest finds it without configuration.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aegis_mockserver.kafka import EmbeddedKafka


@pytest.fixture
def embedded_kafka() -> Iterator[EmbeddedKafka]:
    """
    A fresh embedded Kafka for one test, with the topics of the event contracts.
    """
    # Loaded when it is asked for: this module is imported by every run of pytest, the extra being there or not.
    from aegis_mockserver.kafka import EmbeddedKafka, KafkaLibraryMissingError
    from aegis_mockserver.kafka._topics import contract_topics

    try:
        kafka = EmbeddedKafka(topics=contract_topics())
    except KafkaLibraryMissingError as missing:
        pytest.skip(str(missing))
    with kafka:
        yield kafka
