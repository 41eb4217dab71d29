"""
The resources of some contracts as rows of JSON, for a command and a page to show.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aegis_mockserver.behaviours.resources._catalogue import Catalogue
from aegis_mockserver.behaviours.resources._resource import Page, Resource, Use

_STYLES = {"whole": "one page", "item": "pages by item", "token": "pages by token", "number": "pages by number",
           "offset": "pages by offset"}  # fmt: skip
_INPUTS = ("size", "after", "before", "offset", "number")


def rows(catalogues: Iterable[Catalogue]) -> list[dict[str, Any]]:
    """
    List every resource with what is known of it.
    """
    return [_row(resource, uses) for catalogue in catalogues for resource, uses in catalogue]


def _row(resource: Resource, uses: list[Use]) -> dict[str, Any]:
    identity = resource.identity
    return {
        "store": resource.store,
        "collection": resource.collection,
        "item": resource.item,
        "id": {
            "parameter": identity.parameter,
            "member": ".".join(identity.steps),
            "type": identity.type,
        },
        "parent": resource.owner,
        "suffix": resource.suffix,
        "operations": [_use(use) for use in uses],
    }


def _use(use: Use) -> dict[str, Any]:
    told: dict[str, Any] = {"operation": use.operation, "action": use.action}
    if use.verb:
        told["verb"] = use.verb
    for name, steps in (("taken", use.taken), ("shown", use.shown), ("entry", use.entry)):
        if steps:
            told[name] = ".".join(steps)
    if use.among:
        told["among"] = use.among
    if use.page is not None:
        told["page"] = _page(use.page)
    return told


def _page(page: Page) -> dict[str, Any]:
    told: dict[str, Any] = {"style": page.style}
    for name in ("size", "after", "before", "offset", "number"):
        asked = getattr(page, name)
        if asked is not None:
            told[name] = str(asked)
    if page.outputs:
        told["tells"] = {".".join(output.steps): output.carries for output in page.outputs}
    if page.link:
        told["link"] = True
    return told


def lines(table: list[dict[str, Any]]) -> Iterable[str]:
    """
    Write rows for people: a resource a block, an operation a line.
    """
    for row in table:
        named = row["id"]
        member = named["member"] or "nowhere in the item"
        said = f"{row['item']}  id: {member} ({named['type']})" if named["parameter"] else f"{row['item']}  one item"
        yield said + (f"  below {row['parent']}" if row["parent"] else "")
        for use in row["operations"]:
            action = f"{use['action']} {use['verb']}" if "verb" in use else use["action"]
            more = [f"{name} {use[name]}" for name in ("taken", "shown", "entry") if name in use]
            page = use.get("page")
            if page is not None:
                told = [f"{name} {page[name]}" for name in _INPUTS if name in page]
                told += [f"{name}={carries}" for name, carries in page.get("tells", {}).items()]
                told += ["Link"] if "link" in page else []
                more.append(f"{_STYLES[page['style']]}{': ' if told else ''}{', '.join(told)}")
            yield f"  {action:<12} {use['operation']}{'  ' if more else ''}{'; '.join(more)}"
