"""
A provider of another make: FastAPI, pages by offset, a key in a header, refusals by meaning; its contract is its own.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import JSONResponse
from fastapi.security import APIKeyHeader
from pydantic import BaseModel, ConfigDict, Field

KEY = "library-key"
Genre = Literal["novel", "poetry", "essay"]


class Library(FastAPI):
    """
    Its contract leaves out the 422 that FastAPI declares by itself: it is never answered.
    """

    def openapi(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(json.dumps(super().openapi()))
        for item in document["paths"].values():
            for operation in item.values():
                operation["responses"].pop("422", None)
        return document


class Wanted(BaseModel):
    """
    A book to be added.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    title: str = Field(min_length=1, max_length=80)
    isbn: str = Field(pattern="^[0-9]{13}$")
    genre: Genre
    copies: int = Field(ge=1, le=500)
    note: str | None = Field(default=None, max_length=200)


class Changed(BaseModel):
    """
    What may be changed.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    title: str | None = Field(default=None, min_length=1, max_length=80)
    copies: int | None = Field(default=None, ge=1, le=500)
    note: str | None = Field(default=None, max_length=200)


class Book(BaseModel):
    """
    A book.
    """

    id: int = Field(json_schema_extra={"readOnly": True})
    title: str
    isbn: str
    genre: Genre
    copies: int
    note: str | None
    added: str = Field(json_schema_extra={"format": "date-time", "readOnly": True})


class Page(BaseModel):
    """
    A page of books.
    """

    items: list[Book]
    total: int


class Loan(BaseModel):
    """
    A loan of some copies.
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    reader: str = Field(min_length=2, max_length=40)
    days: int = Field(ge=1, le=60)
    copies: int = Field(default=1, ge=1, le=500)


class Lent(Loan):
    """
    A loan that was made.
    """

    id: int


class Problem(BaseModel):
    """
    A refusal.
    """

    error: str
    message: str


REFUSALS: dict[int | str, Any] = {
    400: {"model": Problem, "description": "The request breaks the contract."},
    401: {"model": Problem, "description": "No key, or a wrong one."},
}
MISSING: dict[int | str, Any] = {404: {"model": Problem, "description": "Nothing is here."}}
CONFLICT: dict[int | str, Any] = {409: {"model": Problem, "description": "A book with this ISBN already exists."}}
REFUSED: dict[int | str, Any] = {409: {"model": Problem, "description": "There are not so many copies left."}}


def library() -> FastAPI:
    """
    Make the provider, with an empty store.
    """
    app = Library(title="Library", version="1.0.0", docs_url=None, redoc_url=None)
    books: dict[int, dict[str, Any]] = {}
    loans: dict[int, list[dict[str, Any]]] = {}
    counter = iter(range(1, 10**9))

    def allowed(key: Annotated[str | None, Depends(APIKeyHeader(name="X-Library-Key", auto_error=False))]) -> None:
        if key != KEY:
            raise HTTPException(401, "unauthorized")

    def known(book_id: int) -> dict[str, Any]:
        if book_id not in books:
            raise HTTPException(404, "not_found")
        return books[book_id]

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse(
            {"error": str(error.detail), "message": str(error.detail)}, error.status_code, error.headers
        )

    from fastapi.exceptions import RequestValidationError

    @app.exception_handler(RequestValidationError)
    async def broken(_: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"error": "invalid", "message": f"{len(error.errors())} wrong"}, 400)

    inside: dict[str, Any] = {"dependencies": [Depends(allowed)]}

    @app.post("/books", status_code=201, responses={**REFUSALS, **CONFLICT}, response_model=Book, **inside)
    def add(wanted: Wanted, response: Response) -> dict[str, Any]:
        if any(book["isbn"] == wanted.isbn for book in books.values()):
            raise HTTPException(409, "isbn_taken")
        number = next(counter)
        books[number] = {**wanted.model_dump(), "id": number, "added": "2026-11-27T00:00:00Z"}
        loans[number] = []
        response.headers["location"] = f"/books/{number}"
        return books[number]

    @app.get("/books", responses=REFUSALS, response_model=Page, **inside)
    def page(
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        offset: Annotated[int, Query(ge=0)] = 0,
        genre: Genre | None = None,
    ) -> dict[str, Any]:
        chosen = [book for book in books.values() if genre in (None, book["genre"])]
        return {"items": chosen[offset : offset + limit], "total": len(chosen)}

    @app.get("/books/{book_id}", responses={**REFUSALS, **MISSING}, response_model=Book, **inside)
    def read(book_id: int) -> dict[str, Any]:
        return known(book_id)

    @app.put("/books/{book_id}", responses={**REFUSALS, **MISSING, **CONFLICT}, response_model=Book, **inside)
    def replace(book_id: int, wanted: Wanted) -> dict[str, Any]:
        book = known(book_id)
        if any(other["isbn"] == wanted.isbn for other in books.values() if other is not book):
            raise HTTPException(409, "isbn_taken")
        book.update(wanted.model_dump())
        return book

    @app.patch("/books/{book_id}", responses={**REFUSALS, **MISSING}, response_model=Book, **inside)
    def change(book_id: int, changed: Changed) -> dict[str, Any]:
        book = known(book_id)
        book.update({k: v for k, v in changed.model_dump(exclude_unset=True).items() if v is not None or k == "note"})
        return book

    @app.delete("/books/{book_id}", status_code=204, responses={**REFUSALS, **MISSING}, **inside)
    def remove(book_id: int) -> None:
        known(book_id)
        del books[book_id]

    @app.post(
        "/books/{book_id}/loans",
        status_code=201,
        responses={**REFUSALS, **MISSING, **REFUSED},
        response_model=Lent,
        **inside,
    )
    def lend(book_id: int, loan: Loan) -> dict[str, Any]:
        book = known(book_id)
        if loan.copies > book["copies"]:
            raise HTTPException(409, "too_few_copies")
        made = {**loan.model_dump(), "id": next(counter)}
        loans[book_id].append(made)
        return made

    @app.get("/books/{book_id}/loans", responses={**REFUSALS, **MISSING}, response_model=list[Lent], **inside)
    def lent(book_id: int) -> list[dict[str, Any]]:
        known(book_id)
        return loans[book_id]

    @app.get("/ready")
    def ready() -> dict[str, str]:
        return {"status": "ok"}

    return app
