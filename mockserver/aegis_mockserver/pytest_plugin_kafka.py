"""
The embedded Kafka as a pytest fixture.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aegis_mockserver.kafka import EmbeddedKafka, KafkaLibraryMissingError


@pytest.fixture
def embedded_kafka() -> Iterator[EmbeddedKafka]:
    """
    A fresh embedded Kafka for one test, with the topics of the event contracts.
    """
    from aegis_mockserver.kafka._topics import contract_topics

    try:
        kafka = EmbeddedKafka(topics=contract_topics())
    except KafkaLibraryMissingError as missing:
        pytest.skip(str(missing))
    with kafka:
        yield kafka
