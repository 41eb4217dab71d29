"""
What aiokafka raises, as a consumer's connection says it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiokafka import errors

from aegis_sdk.events import KafkaAuthorizationError, KafkaConnection
from aegis_sdk.events.consumer._client import AiokafkaClient, ClientFailedError, CommitRefusedError, TopicPartition

PLACE = TopicPartition("happened", 0)


class Failing:
    """
    An aiokafka consumer of which every call fails.
    """

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def commit(self, offsets: Any) -> None:
        raise self._error

    async def committed(self, place: Any) -> int:
        raise self._error

    async def position(self, place: Any) -> int:
        raise self._error

    def seek(self, place: Any, offset: int) -> None:
        raise self._error


async def nobody(names: Any) -> None:
    """
    Rebalances are none of this test's.
    """


@pytest.fixture
async def client() -> AiokafkaClient:
    return AiokafkaClient(
        connection=KafkaConnection(bootstrap_servers="127.0.0.1:1"),
        group_id="group",
        topics=["happened"],
        revoked=nobody,
        assigned=nobody,
        options={},
    )


QUESTIONS: list[Callable[[AiokafkaClient], Awaitable[object]]] = [
    lambda client: client.commit({PLACE: 1}),
    lambda client: client.committed(PLACE),
]


@pytest.mark.parametrize("ask", QUESTIONS, ids=["commit", "committed"])
async def test_a_broker_that_is_gone_is_a_failed_connection(
    client: AiokafkaClient, ask: Callable[[AiokafkaClient], Awaitable[object]]
) -> None:
    """
    What a new connection may mend is not fatal; a right that is missing is, and is named.
    """
    client._kafka = Failing(errors.KafkaConnectionError("canary"))
    with pytest.raises(ClientFailedError, match=r"no Kafka answers at 127\.0\.0\.1:1") as failed:
        await ask(client)
    assert not failed.value.fatal
    client._kafka = Failing(errors.GroupAuthorizationFailedError("canary"))
    with pytest.raises(ClientFailedError, match="rights on the group are missing") as refused:
        await ask(client)
    assert refused.value.fatal
    assert isinstance(refused.value.refusal, KafkaAuthorizationError)


@pytest.mark.parametrize("error", [errors.CommitFailedError("x"), errors.IllegalStateError("x")])
async def test_a_commit_of_what_is_not_ours_any_more_is_refused(client: AiokafkaClient, error: Exception) -> None:
    """
    After a rebalance somebody else has the partition: no failure of the connection.
    """
    client._kafka = Failing(error)
    with pytest.raises(CommitRefusedError, match=type(error).__name__):
        await client.commit({PLACE: 1})


async def test_a_partition_that_is_not_ours_has_no_position_and_is_not_moved(client: AiokafkaClient) -> None:
    """
    What is asked of a partition that was revoked meanwhile is left to its next owner.
    """
    client._kafka = Failing(errors.IllegalStateError("x"))
    assert await client.position(PLACE) is None
    client.seek(PLACE, 0)
