"""
The values: a resource, how its items are identified, and what each operation does to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

Steps: TypeAlias = tuple[str, ...]
Action: TypeAlias = Literal[
    "create", "create many", "update many", "delete many", "list", "search", "count", "read", "replace", "update",
    "delete", "act",
]  # fmt: skip
Style: TypeAlias = Literal["item", "token", "number", "offset", "whole"]
Carried: TypeAlias = Literal[
    "next token", "next address", "previous token", "previous address", "first address", "last address",
    "own address", "more", "last", "first", "total", "shown", "pages", "offset", "number", "size", "last id",
    "first id",
]  # fmt: skip
ACTIONS: tuple[Action, ...] = get_args(Action)


@dataclass(frozen=True, slots=True)
class Input:
    """
    A parameter of the query, or a member of the body, that says which page is asked for.

    Args:
        name: of the parameter or member.
        where: the location.
        member: inside of a parameter that is an object (``page[size]``).
        counts: its schema takes integers only.
    """

    name: str
    where: Literal["query", "body"] = "query"
    member: str = ""
    counts: bool = False

    def __str__(self) -> str:
        return f"{self.where}:{self.name}{f'[{self.member}]' if self.member else ''}"


@dataclass(frozen=True, slots=True)
class Output:
    """
    A member of the answer that tells of pages.

    Args:
        steps: where it is.
        carries: what it tells.
        types: what its schema allows.
        required: it must be there.
    """

    steps: Steps
    carries: Carried
    types: frozenset[str]
    required: bool = False

    def __str__(self) -> str:
        return f"{'.'.join(self.steps)}={self.carries}"


@dataclass(frozen=True, slots=True)
class Page:
    """
    How a list is paged.

    Args:
        style: what a page is asked for by: the id of an item, a token, its number, an offset; or there is one page.
        size: says how many items are asked for.
        after: takes a token, or the id of the item before.
        before: takes the id of the item after.
        first: the number of the first page.
        default: how many items a page has when nobody says.
        most: how many items a page has at most.
        outputs: what the answer tells.
        link: the ``Link`` header tells the addresses (RFC 8288).
    """

    style: Style = "whole"
    size: Input | None = None
    after: Input | None = None
    before: Input | None = None
    offset: Input | None = None
    number: Input | None = None
    first: int = 1
    default: int = 10_000
    most: int | None = None
    outputs: tuple[Output, ...] = ()
    link: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """
    What names an item.

    Args:
        parameter: the template expression in the item's path; empty for a resource that there is one of.
        steps: where in the item the name is; nowhere, if the item does not show it.
        type: of the name, as it is in the item or, where it is not, in the path.
        names: what a property that identifies an item may be called, likeliest first.
    """

    parameter: str
    steps: Steps
    type: str
    names: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str | None:
        """
        The item's own property, where the name is not deeper.
        """
        return self.steps[0] if len(self.steps) == 1 else None


@dataclass(frozen=True, slots=True)
class Use:
    """
    What one operation does to a resource.

    Args:
        operation: its key.
        taken: where in the request body the item is: () for the whole of it, else inside of its envelope.
        shown: where in the answer the item is, or the list.
        entry: where in an entry of the list the item is.
        verb: what an action is called; of a path that shows an item by a part of it, the part that it changes.
        page: how a list is paged.
        among: the path that is asked below an owner, where the items themselves live elsewhere: of
            ``/lists/{id}/cards`` those cards of ``/cards`` that belong to the list.
        above: the items of all owners are asked for: of ``/pods`` those of every ``/namespaces/{name}/pods``.
    """

    operation: str
    action: Action
    taken: Steps = ()
    shown: Steps = ()
    entry: Steps = ()
    verb: str = ""
    page: Page | None = None
    among: str = ""
    above: bool = False


@dataclass(frozen=True, slots=True)
class Resource:
    """
    A collection path with its item path.

    Args:
        store: the name of what remembers the items, with the template expressions of the parents still in it.
        collection: the path of the collection.
        item: the path of an item.
        noun: what the collection is called.
        parents: the template expressions of the parents.
        addressed: an item has a path of its own.
        suffix: what follows the id in the item's path, such as ``.json``.
        owner: the collection path of the resource whose item the collection belongs to.
        view: the operation that shows an item best.
        steps: where in the view's answer the item is.
        by_put: nothing is posted to the collection, so PUT makes an item.
    """

    store: str
    collection: str
    item: str
    noun: str
    identity: Identity
    parents: tuple[str, ...] = ()
    addressed: bool = True
    suffix: str = ""
    owner: str = ""
    view: str = ""
    steps: Steps = ()
    by_put: bool = False
