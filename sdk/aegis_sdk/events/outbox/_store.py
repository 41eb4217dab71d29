"""
What a relay needs of an outbox's database, and what may go wrong with it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from aegis_sdk.errors import EventError
from aegis_sdk.events.outbox._rows import Batch, OutboxBacklog, ParkedEvent

__all__ = ["LeaseLostError", "Leases", "OutboxError", "OutboxStore", "RelayStoppedError", "far_off", "told"]


class OutboxError(EventError):
    """
    An outbox cannot be used the way it was asked for.
    """


class LeaseLostError(OutboxError):
    """
    Another relay has taken the shard over; this one must not go on with it.
    """


class RelayStoppedError(OutboxError):
    """
    ``stop()`` was called before the relay had started.
    """


@dataclass(frozen=True, slots=True)
class Leases:
    """
    The shards that a relay holds.

    Attributes:
        held: the fence of each; it grows whenever a shard changes hands.
        share: how many are this relay's fair share.
    """

    held: Mapping[int, int]
    share: int


def told(error: Exception) -> str:
    """
    What an error may say in a log: ours its own words, another's its kind, for its words may hold values.
    """
    return str(error) if isinstance(error, OutboxError) else type(error).__name__


def far_off(lease: float) -> float:
    """
    How many seconds ahead no lease of a relay ends that lives: what ends later was leased before the clock was put
    back, and its relay may be gone for as long.
    """
    return max(300.0, 10 * lease)


class OutboxStore(Protocol):
    """
    The relay's side of an outbox's tables. Every method is one transaction.
    """

    async def open(self) -> str:
        """
        Connect, and return the outbox's own id, which its transactional ids are made of.

        Raises:
            OutboxError: there is no outbox in this database.
        """
        ...

    async def lease(self, owner: str, seconds: float) -> Leases:
        """
        Keep the shards that *owner* holds, and take free ones up to a fair share among the relays that are alive.
        """
        ...

    async def release(self, owner: str, shards: Collection[int] | None = None) -> None:
        """
        Give shards back; all of them, and the owner's own entry, if none are named.
        """
        ...

    async def waiting(self, shards: Collection[int]) -> Collection[int]:
        """
        Say in which of these shards something waits.
        """
        ...

    async def advance(
        self, shard: int, fence: int, *, confirmed: int | None, rows: int, size: int, keep_values: bool = False
    ) -> Batch | None:
        """
        Confirm that a batch is on its topics, and take the next one.

        Taking writes down which events make up the batch before anything is sent, so that a batch in doubt is known
        exactly. Until it is confirmed, the same batch comes again.

        Args:
            confirmed: the batch that is published for certain.
            rows: at most so many events.
            size: at most so many bytes, but at least one event.
            keep_values: whether what is confirmed keeps its key, value and headers.

        Raises:
            LeaseLostError: the shard has another owner.
        """
        ...

    async def park(self, shard: int, fence: int, batch: Batch, refused: Mapping[int, str]) -> None:
        """
        Take back a batch that was surely not published, and park those of its events that Kafka refuses.

        Later events of their keys are parked behind them when their turn comes.

        Args:
            refused: the reason for each of these rows, by its id; none of them if the batch is only to be cut smaller.

        Raises:
            LeaseLostError: the shard has another owner.
        """
        ...

    async def parked(self, limit: int = 100) -> Sequence[ParkedEvent]:
        """
        List the events that Kafka refused, the oldest first.
        """
        ...

    async def retry(self, event_ids: Collection[str] | None = None) -> int:
        """
        Let refused events, and those behind them, wait for their turn again; say how many were refused.

        Args:
            event_ids: these; all of them, if none are named.
        """
        ...

    async def drop(self, event_ids: Collection[str]) -> int:
        """
        Delete parked events, so that those behind them go on; say how many there were.
        """
        ...

    async def skip_to(self, shard: int, fence: int, number: int) -> None:
        """
        Count batches from *number* on: Kafka knows more batches than this database, which was restored from a copy.
        """
        ...

    async def backlog(self) -> OutboxBacklog:
        """
        Say how much waits.
        """
        ...

    async def purge(self, older_than: float, keep: int = 100_000) -> int:
        """
        Delete relayed events that were added more than so many seconds ago, and all but the last *keep* of them.

        It deletes a bounded number at a time, and returns how many.
        """
        ...

    async def aclose(self) -> None:
        """
        Disconnect.
        """
        ...
