"""
A broker that somebody else runs, named by AEGIS_KAFKA_BOOTSTRAP.
"""

from __future__ import annotations

from ._broker import Kind, create_topic


class ExternalKafka:
    """
    A broker that tests may use but not stop.
    """

    kind: Kind = "external"
    can_stop = False

    def __init__(self, bootstrap_servers: str) -> None:
        self._bootstrap_servers = bootstrap_servers

    @property
    def bootstrap_servers(self) -> str:
        return self._bootstrap_servers

    def create_topic(self, name: str, partitions: int = 3) -> None:
        create_topic(self._bootstrap_servers, name, partitions)

    def stop(self) -> None:
        raise NotImplementedError("a broker that somebody else runs is not ours to stop")

    start = restart = kill = stop
