"""
What generated resources derive from: a group of operations of one client.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Self, TypeVar

from aegis_runtime._omit import OMIT
from aegis_runtime.call._operation import OperationSpec, PageSpec
from aegis_runtime.call._paging import AsyncPager, Page
from aegis_runtime.client._client import SyncClient
from aegis_runtime.client._client_async import AsyncClient

__all__ = ["AsyncResource", "SyncResource"]

T = TypeVar("T")
Answer = TypeVar("Answer")
Item = TypeVar("Item")
S = TypeVar("S", bound="SyncResource")
A = TypeVar("A", bound="AsyncResource")


class SyncResource:
    """
    Operations that wait for their answers.
    """

    def __init__(self, client: SyncClient) -> None:
        self._client = client

    def _unread(self) -> Self:
        """
        The same resource, whose methods return the answers themselves; type them with ``raw_response``.
        """
        return type(self)(self._client.unread())

    def _call(
        self,
        operation: OperationSpec[T],
        values: Sequence[object] = (),
        body: object = OMIT,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """
        Call *operation*: *values* in the order of its parameters (``OMIT`` where not given), *body* as its encoder
        takes it.
        """
        return self._client.call(
            operation, values, body, headers=headers, timeout=timeout, idempotency_key=idempotency_key
        )

    def _page(
        self,
        operation: OperationSpec[Answer],
        paging: PageSpec[Answer, Item],
        values: Sequence[object] = (),
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Page[Item]:
        """
        Call a list operation.
        """
        return self._client.page(operation, paging, values, headers=headers, timeout=timeout)


class AsyncResource:
    """
    Operations whose answers are awaited.
    """

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    def _unread(self) -> Self:
        """
        The same resource, whose methods return the answers themselves; type them with ``raw_response_async``.
        """
        return type(self)(self._client.unread())

    async def _call(
        self,
        operation: OperationSpec[T],
        values: Sequence[object] = (),
        body: object = OMIT,
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        idempotency_key: str | None = None,
    ) -> T:
        """
        Call *operation*: *values* in the order of its parameters (``OMIT`` where not given), *body* as its encoder
        takes it.
        """
        return await self._client.call(
            operation, values, body, headers=headers, timeout=timeout, idempotency_key=idempotency_key
        )

    def _page(
        self,
        operation: OperationSpec[Answer],
        paging: PageSpec[Answer, Item],
        values: Sequence[object] = (),
        *,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> AsyncPager[Item]:
        """
        Call a list operation; nothing is sent until the pager is awaited or iterated.
        """
        return self._client.page(operation, paging, values, headers=headers, timeout=timeout)
