"""
A small API of the tests' own, written as generated code writes it, so that the runtime is tested and not the generator.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from aegis_runtime import (
    OMIT,
    ApiSpec,
    AsyncClient,
    AsyncPager,
    AsyncResource,
    BodySpec,
    Check,
    CircuitSpec,
    JsonDecoder,
    JsonEncoder,
    Omit,
    OperationSpec,
    Page,
    PageSpec,
    ParameterSpec,
    ResponseSpec,
    SecurityScheme,
    SyncClient,
    SyncResource,
    TextDecoder,
    raw_response,
    raw_response_async,
)
from aegis_runtime.models import OpenStrEnum, OpenUnion, ResponseModel, Sensitive, UnknownMember
from aegis_sdk.errors import ApiError, ConflictError, UserApiError

__all__ = ["API", "AsyncLibrary", "Book", "Library", "TitleTaken"]

HERE = "tests.unit.runtime.library"


class Genre(OpenStrEnum):
    """
    What a book is about.
    """

    POETRY = "poetry"
    PROSE = "prose"


class Paper(ResponseModel):
    """
    A book one can hold.
    """

    kind: str
    pages: int


class Audio(ResponseModel):
    """
    A book one can hear.
    """

    kind: str
    seconds: int


class Book(ResponseModel):
    """
    A book, and the reader who has it.
    """

    id: str
    title: Annotated[str, Field(min_length=1)]
    genre: Genre | None = None
    reader: Annotated[str, Sensitive("personal")] | None = None
    notes: dict[str, int] | None = None


class Shelf(ResponseModel):
    """
    One page of books.
    """

    data: list[Book]
    next_cursor: str | None = None


class Trouble(ResponseModel):
    """
    A problem as the contract types it.
    """

    code: str
    detail: str | None = None


@with_config(ConfigDict(extra="forbid"))
class NewBook(TypedDict, total=False):
    """
    What a caller sends.
    """

    title: Annotated[str, Field(min_length=1, max_length=20)]
    secret_note: str | None


class TitleTaken(UserApiError, ConflictError):  # noqa: N818 -- as the contract calls it
    """
    409: there is such a book already.
    """

    code = "title_taken"
    title = "The title is taken"


class ShelfBusy(UserApiError, ConflictError):  # noqa: N818 -- as the contract calls it
    """
    409: somebody else is at the shelf; in a moment it is free.
    """

    code = "shelf_busy"
    title = "The shelf is busy"
    retryable = True


def _problems() -> Mapping[str, type[ApiError]]:
    return {"title_taken": TitleTaken, "shelf_busy": ShelfBusy}


API = ApiSpec(
    name="library",
    client="Library",
    env="LIBRARY",
    error=UserApiError,
    package="library_sdk",
    version="1",
    server=None,
    timeout=30.0,
    connect_timeout=5.0,
    circuit=CircuitSpec(failures=5, recovery=60.0),
    problems=_problems,
)
BEARER = SecurityScheme(name="bearerAuth", location="header", parameter="Authorization", prefix="Bearer ")
KEY_IN_QUERY = SecurityScheme(name="queryKey", location="query", parameter="serviceKey", prefix="")
BOOK = ResponseSpec({"application/json": JsonDecoder[Book](f"{HERE}:Book")})
TROUBLE = ResponseSpec[object]({"application/problem+json": JsonDecoder[object](f"{HERE}:Trouble")})

GET: OperationSpec[Book] = OperationSpec(
    api=API,
    operation_id="getBook",
    method="GET",
    path="/books/{id}",
    parameters=(
        ParameterSpec(name="id", location="path"),
        ParameterSpec(name="fields", location="query"),
        ParameterSpec(name="X-Reader", location="header"),
    ),
    responses={"200": BOOK},
    errors={"409": TROUBLE, "4XX": TROUBLE},
    security=(BEARER,),
)
LIST: OperationSpec[Shelf] = OperationSpec(
    api=API,
    operation_id="listBooks",
    method="GET",
    path="/books",
    parameters=(ParameterSpec(name="cursor", location="query"),),
    responses={"200": ResponseSpec({"application/json": JsonDecoder[Shelf](f"{HERE}:Shelf")})},
    security=(BEARER,),
)
PAGES: PageSpec[Shelf, Book] = PageSpec(
    cursor=0, items=lambda answer: answer.data, next=lambda answer: answer.next_cursor
)
ADD: OperationSpec[Book] = OperationSpec(
    api=API,
    operation_id="addBook",
    method="POST",
    path="/books",
    body=BodySpec(encode=JsonEncoder(f"{HERE}:NewBook"), required=True),
    responses={"201": BOOK},
    security=(BEARER,),
    idempotency_header="Idempotency-Key",
    idempotency_check=Check(lambda: Annotated[str, Field(min_length=1, max_length=255)]),
)
LEND: OperationSpec[None] = OperationSpec(
    api=API,
    operation_id="lendBook",
    method="POST",
    path="/books/{id}/loans",
    parameters=(ParameterSpec(name="id", location="path"),),
    responses={"204": ResponseSpec()},
    security=(KEY_IN_QUERY, BEARER),
)
HEALTH: OperationSpec[str] = OperationSpec(
    api=API,
    operation_id="getHealth",
    method="GET",
    path="/health",
    responses={
        "200": ResponseSpec({"text/plain": TextDecoder()}),
        "503": ResponseSpec({"text/plain": TextDecoder()}),
    },
)
Form = Annotated[Paper | Audio | UnknownMember, OpenUnion("kind", {"paper": Paper, "audio": Audio})]
FORM: OperationSpec[Paper | Audio | UnknownMember] = OperationSpec(
    api=API,
    operation_id="getForm",
    method="GET",
    path="/form",
    responses={"200": ResponseSpec({"application/json": JsonDecoder(f"{HERE}:Form")})},
)


ANY: Mapping[str, ResponseSpec[None]] = {"2XX": ResponseSpec()}


def operation(*parameters: ParameterSpec, path: str = "/x", **more: Any) -> OperationSpec[None]:
    """
    An operation that is about its parameters alone.
    """
    return OperationSpec(
        api=API, operation_id="op", method="GET", path=path, parameters=parameters, responses=ANY, **more
    )


class Books(SyncResource):
    """
    Books, waiting for the answers.
    """

    @cached_property
    def with_raw_response(self) -> BooksRaw:
        return BooksRaw(self._unread())

    def get(
        self,
        id: str,  # noqa: A002
        *,
        fields: list[str] | Omit = OMIT,
        reader: str | Omit = OMIT,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Book:
        return self._call(GET, (id, fields, reader), headers=headers, timeout=timeout)

    def list(self, *, cursor: str | Omit = OMIT) -> Page[Book]:
        return self._page(LIST, PAGES, (cursor,))

    def add(
        self,
        *,
        title: str,
        secret_note: str | Omit | None = OMIT,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Book:
        body = {"title": title, "secret_note": secret_note}
        return self._call(ADD, (), body, headers=headers, idempotency_key=idempotency_key)

    def lend(self, id: str) -> None:  # noqa: A002
        return self._call(LEND, (id,))


class BooksRaw:
    """
    The same, unread.
    """

    def __init__(self, books: Books) -> None:
        self.get = raw_response(books.get)
        self.list = raw_response(books.list)


class AsyncBooks(AsyncResource):
    """
    Books, awaited.
    """

    @cached_property
    def with_raw_response(self) -> AsyncBooksRaw:
        return AsyncBooksRaw(self._unread())

    async def get(
        self,
        id: str,  # noqa: A002
        *,
        fields: list[str] | Omit = OMIT,
        reader: str | Omit = OMIT,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
    ) -> Book:
        return await self._call(GET, (id, fields, reader), headers=headers, timeout=timeout)

    def list(self, *, cursor: str | Omit = OMIT) -> AsyncPager[Book]:
        return self._page(LIST, PAGES, (cursor,))

    async def add(
        self,
        *,
        title: str,
        secret_note: str | Omit | None = OMIT,
        headers: Mapping[str, str] | None = None,
        idempotency_key: str | None = None,
    ) -> Book:
        body = {"title": title, "secret_note": secret_note}
        return await self._call(ADD, (), body, headers=headers, idempotency_key=idempotency_key)

    async def lend(self, id: str) -> None:  # noqa: A002
        return await self._call(LEND, (id,))


class AsyncBooksRaw:
    """
    The same, unread.
    """

    def __init__(self, books: AsyncBooks) -> None:
        self.get = raw_response_async(books.get)
        self.list = raw_response_async(books.list)


class Library(SyncClient):
    """
    The library, waiting for its answers.
    """

    _api = API

    @cached_property
    def books(self) -> Books:
        return Books(self)


class AsyncLibrary(AsyncClient):
    """
    The library, awaited.
    """

    _api = API

    @cached_property
    def books(self) -> AsyncBooks:
        return AsyncBooks(self)
