"""
The embedded cluster, behind the face of a broker.
"""

from __future__ import annotations

from aegis_mockserver.kafka import EmbeddedKafka

from ._broker import Kind


class EmbeddedBroker:
    """
    An embedded cluster; stopped, it refuses connections and keeps its records.
    """

    kind: Kind = "embedded"
    can_stop = True

    def __init__(self, cluster: EmbeddedKafka) -> None:
        self.cluster = cluster

    @property
    def bootstrap_servers(self) -> str:
        return self.cluster.bootstrap_servers

    def create_topic(self, name: str, partitions: int = 3) -> None:
        self.cluster.create_topic(name, partitions)

    def stop(self) -> None:
        self.cluster.down()

    def start(self) -> None:
        self.cluster.up()

    def restart(self) -> None:
        self.stop()
        self.start()

    kill = stop
