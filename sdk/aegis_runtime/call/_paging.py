"""
Lists that continue: a page knows its items and how to get the next one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any, Generic, NoReturn, TypeVar

from aegis_runtime.call._operation import OperationSpec, PageSpec
from aegis_runtime.errors import ConfigurationError, ContractViolationError, SchemaViolation, combined

__all__ = ["AsyncPage", "AsyncPager", "Page", "Trail", "next_cursor"]

T = TypeVar("T")
Answer = TypeVar("Answer")


_BARREN = 1000


class Trail:
    """
    The cursors that led to a page, so that a list that goes round is noticed. Pages of one list share it; each knows
    how much of it lies behind itself, so a page may be followed more than once.
    """

    __slots__ = ("_barren", "_behind", "_steps")

    def __init__(
        self, cursor: object, steps: dict[object, int] | None = None, behind: int = 0, barren: int = 0
    ) -> None:
        self._steps: dict[object, int] = {} if steps is None else steps
        self._behind = behind
        self._barren = barren
        if isinstance(cursor, str):
            self._steps[cursor] = behind

    def leads_back(self, cursor: str) -> bool:
        """
        Say whether a page was fetched with *cursor* before, on the way here.
        """
        step = self._steps.get(cursor)
        return step is not None and step <= self._behind

    def step(self, cursor: str) -> Trail:
        """
        The trail to the page that *cursor* leads to.
        """
        return Trail(cursor, self._steps, self._behind + 1, self._barren)

    def wanders(self, items: list[Any]) -> bool:
        """
        Take note of a page's *items*, and say whether too many pages in a row had none.
        """
        self._barren = 0 if items else self._barren + 1
        return self._barren >= _BARREN


def next_cursor(
    operation: OperationSpec[Answer], paging: PageSpec[Answer, Any], trail: Trail, answer: Answer
) -> str | None:
    """
    Where the next page begins, or ``None`` on the last one.

    Raises:
        ContractViolationError: the provider sends us back to a page that was read already, or from one empty page to
            the next, so the list would never end.
    """
    cursor = paging.next(answer) or None
    wanders = trail.wanders(paging.items(answer))
    if cursor is not None and (wanders or trail.leads_back(cursor)):
        words = "the next cursor must not be the one that led here, or to a page before"
        if wanders:
            words = f"{_BARREN} pages in a row must not be empty and go on"
        back = SchemaViolation("", "cursor", words)
        raise combined(operation.api.error, ContractViolationError)(
            operation=operation.operation_id,
            method=operation.method,
            path=operation.path,
            status=200,
            violations=[back],
        )
    return cursor


def _left_behind(cursor: str) -> NoReturn:  # noqa: ARG001 -- as every way to the next page
    raise ConfigurationError(
        "a page that was copied or pickled has no client: list again and give its cursor to go on from there"
    )


class _Paged(Generic[T]):
    __slots__ = ("answer", "cursor", "data")

    def __init__(self, answer: object, data: list[T], cursor: str | None) -> None:
        self.answer = answer
        self.data = data
        self.cursor = cursor

    @property
    def has_more(self) -> bool:
        """
        Whether another page follows.
        """
        return self.cursor is not None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {len(self.data)}{', more follow' if self.has_more else ''}>"


class Page(_Paged[T]):
    """
    One page of a list; iterating it goes on through all that follow.

    Attributes:
        data: the items of this page.
        cursor: where the next page begins, or ``None`` on the last one.
        answer: the whole answer as the contract types it.
    """

    __slots__ = ("_follow",)

    def __init__(self, answer: object, data: list[T], cursor: str | None, follow: Callable[[str], Page[T]]) -> None:
        super().__init__(answer, data, cursor)
        self._follow = follow

    def __reduce__(self) -> tuple[object, ...]:
        # Connections stay where they are: what travels is the page, and where the next one begins.
        return Page, (self.answer, self.data, self.cursor, _left_behind)

    def next_page(self) -> Page[T] | None:
        """
        Fetch the page after this one, or ``None`` when there is none.
        """
        return None if self.cursor is None else self._follow(self.cursor)

    def pages(self) -> Iterator[Page[T]]:
        """
        This page and all that follow.
        """
        page: Page[T] | None = self
        while page is not None:
            yield page
            page = page.next_page()

    def __iter__(self) -> Iterator[T]:
        for page in self.pages():
            yield from page.data


class AsyncPage(_Paged[T]):
    """
    One page of a list; ``async for`` goes on through all that follow.

    Attributes:
        data: the items of this page.
        cursor: where the next page begins, or ``None`` on the last one.
        answer: the whole answer as the contract types it.
    """

    __slots__ = ("_follow",)

    def __init__(
        self, answer: object, data: list[T], cursor: str | None, follow: Callable[[str], Awaitable[AsyncPage[T]]]
    ) -> None:
        super().__init__(answer, data, cursor)
        self._follow = follow

    def __reduce__(self) -> tuple[object, ...]:
        return AsyncPage, (self.answer, self.data, self.cursor, _left_behind)

    async def next_page(self) -> AsyncPage[T] | None:
        """
        Fetch the page after this one, or ``None`` when there is none.
        """
        return None if self.cursor is None else await self._follow(self.cursor)

    async def pages(self) -> AsyncIterator[AsyncPage[T]]:
        """
        This page and all that follow.
        """
        page: AsyncPage[T] | None = self
        while page is not None:
            yield page
            page = await page.next_page()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for page in self.pages():
            for item in page.data:
                yield item


class AsyncPager(Generic[T]):
    """
    What a list method of an asynchronous client returns: ``await`` it for the first page, ``async for`` it for every
    item.
    """

    __slots__ = ("_first",)

    def __init__(self, first: Callable[[], Awaitable[AsyncPage[T]]]) -> None:
        self._first = first

    def __await__(self) -> Generator[Any, Any, AsyncPage[T]]:
        return self._first().__await__()

    async def __aiter__(self) -> AsyncIterator[T]:
        async for item in await self._first():
            yield item
