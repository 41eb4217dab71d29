"""
Filters of lists, by the query parameters that the contract declares.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._views import value_at
from aegis_mockserver.behaviours.lists._selectors import selectors
from aegis_mockserver.behaviours.lists._sorting import Sorting
from aegis_mockserver.behaviours.resources._bodies import body_of
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._resource import Page, Steps
from aegis_mockserver.behaviours.resources._shapes import Shape


class Filters:
    """
    What the query of one operation lets through.

    Args:
        item: the schema of an entry's item.
    """

    def __init__(self, operation: Operation, item: Shape, page: Page) -> None:
        named = {
            plain(parameter.name): parameter for parameter in operation.parameters if parameter.location == "query"
        }
        self.sorting = Sorting({name: parameter.name for name, parameter in named.items()})
        inputs = (page.size, page.after, page.before, page.offset, page.number)
        paging = {self.sorting.by, self.sorting.direction, *(one.name for one in inputs if one is not None)}
        properties = {plain(name): name for name in item.properties}
        self.filters = {
            parameter.name: properties[name]
            for name, parameter in named.items()
            # What every request must say tells whose list is meant, not what of it.
            if name in properties and parameter.name not in paging and not parameter.required
        }
        self._everything = {
            name: word
            for name, own in self.filters.items()
            if (word := _everything(Shape.of(named[plain(name)].schema, "request"), item.properties[own]))
        }
        body = body_of(operation) if operation.method in {"POST", "QUERY"} else Shape(False)
        self._selectors = selectors(operation, item)
        self._asked = dict(_asked(body, properties, paging))

    def keeps(self, item: Any, reading: Reading) -> bool:
        """
        Say whether an item passes the filters of the query.
        """
        for parameter, name in self.filters.items():
            if parameter in reading.query:
                wanted = reading.query[parameter]
                if wanted not in (word := self._everything.get(parameter), [word]) and not _has(item, name, wanted):
                    return False
        for parameter, selected in self._selectors.items():
            if parameter in reading.query and not selected(item, str(reading.query[parameter])):
                return False
        return all(
            _has(item, name, wanted)
            for steps, name in self._asked.items()
            if (wanted := value_at(reading.body, steps)) is not None
        )

    def asks(self, reading: Reading) -> bool:
        """
        Say whether the query filters or sorts at all.
        """
        if self.sorting.asks(reading) or any(name in reading.query for name in (*self.filters, *self._selectors)):
            return True
        return any(value_at(reading.body, steps) is not None for steps in self._asked)


_ALL = ("all", "any", "both", "everything", "*")


def _everything(parameter: Shape, own: Shape) -> str | None:
    """
    Return the value by which a filter lets everything through: one that the contract names, and no item can have.
    """
    offered = parameter.node.get("enum") or parameter.items.node.get("enum") or ()
    return next((word for word in _ALL if word in offered and word not in own.node.get("enum", ())), None)


_INSIDE = frozenset({"filter", "filters", "where", "query", "criteria", "match", "conditions"})


def _asked(body: Shape, properties: dict[str, str], paging: Collection[str | None]) -> Iterator[tuple[Steps, str]]:
    """
    Find which members of a search's body want a property of an item to be as they say.
    """
    for name, part in body.properties.items():
        if plain(name) in _INSIDE and "object" in part.types:
            inner = ((inner, one) for inner, one in part.properties.items() if "object" not in one.types)
            yield from (((name, each), properties[plain(each)]) for each, _ in inner if plain(each) in properties)
        elif plain(name) in properties and name not in paging and "object" not in part.types:
            yield (name,), properties[plain(name)]


def _has(item: Any, name: str, wanted: Any) -> bool:
    """
    Say whether a property of an item is what is wanted, or one of those wanted.
    """
    value = item.get(name) if isinstance(item, dict) else None
    wanted_values = wanted if isinstance(wanted, list) else [wanted]
    values = list(value) if isinstance(value, list) else [value]
    # An object in a list is meant by its name.
    values += [each.get(key) for each in values if isinstance(each, dict) for key in ("name", "login") if key in each]
    return any(one == want or str(one) == str(want) for one in values for want in wanted_values)
