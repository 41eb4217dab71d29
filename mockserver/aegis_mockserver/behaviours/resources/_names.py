"""
Names: of collections and of one item, and what the property that identifies it may be called.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from aegis_mockserver.behaviours.resources._resource import Steps

_WORD = re.compile(r"[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])")
# What a name of an item may end with, and what such a name is a synonym of.
_KEYS = ("id", "uuid", "guid", "gid", "sid", "slug", "key", "code", "number", "name", "username", "login", "handle",
         "identifier", "token", "email", "tag", "hash", "uri", "label",
         "index")  # fmt: skip
_SYNONYMS = {
    "identifier": ("id", "slug", "uri", "key", "name"),
    "key": ("key", "id"),
    "number": ("number", "no", "id"),
    "name": ("name", "id"),
    "index": ("number", "no"),
}
# What everything calls its own: a member of this name is no other's.
ANYBODYS = frozenset({"id", "uuid", "guid", "gid", "sid", "key", "name", "slug", "code", "number", "identifier"})
_NESTED = (("sys", "id"), ("metadata", "name"), ("metadata", "id"), ("meta", "id"), ("id", "id"))


def plain(name: str) -> str:
    """
    Compare names without case and separators.
    """
    return "".join(filter(str.isalnum, name.lower()))


def words(name: str) -> list[str]:
    """
    Split a name into lower-case words.
    """
    return [word.lower() for word in _WORD.split(name) if word]


def singular_of(name: str) -> str:
    """
    Make a collection's name the name of one item.
    """
    if name.endswith("ies") and len(name) > 4:
        return f"{name[:-3]}y"
    if name.endswith(("sses", "xes", "ches", "shes")):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def noun_of(collection: str) -> str:
    """
    Return what a collection is called.
    """
    last = next((part for part in reversed(collection.split("/")) if part and "{" not in part), "item")
    return last.partition(".")[0] or last


def id_names(parameter: str, noun: str) -> tuple[str, ...]:
    """
    Name what the identifying property may be called, likeliest first.
    """
    singular = singular_of(noun)
    found = [parameter]
    spoken = words(parameter)
    last = next((key for key in _KEYS if plain(parameter).endswith(key)), "")
    if len(spoken) > 1 and spoken[-1] != last:  # issue_iid: a number of its own, and no id
        found.append(spoken[-1])
    if last == "id" or not parameter:
        found += ["id", f"{singular}_id"]
    for start in range(1, len(spoken)):
        found.append("_".join(spoken[start:]))
    if spoken and spoken[0] in {"id", "uuid"}:
        found.append(spoken[0])
    for key in _KEYS:
        if plain(parameter).endswith(key):
            found += [key, f"{singular}_{key}"]
            found += _SYNONYMS.get(key, ())
    if "or" in spoken:  # issueIdOrKey
        found += ["id", *spoken[spoken.index("or") + 1 :]]
    if last == "id" and len(whole := words(singular)) > 1:  # of embed-jobs: job_id
        found += [f"{'_'.join(whole)}_id", f"{whole[-1]}_id"]
    found += ["id", "uuid", f"{singular}_id", "_id", "guid", "sid", "gid"]
    if plain(parameter) in {plain(singular), plain(noun)}:
        found += ["name", "slug", "key", "code", f"{singular}_name"]
    return tuple(dict.fromkeys(name for name in found if name))


def id_in(properties: Iterable[str], candidates: Iterable[str]) -> str | None:
    """
    Find the property that identifies an item.
    """
    known = {plain(name): name for name in properties}
    return next((known[plain(name)] for name in candidates if plain(name) in known), None)


def id_steps(properties: Mapping[str, Any], candidates: Iterable[str]) -> Steps:
    """
    Find where in an item its name is: one of its properties, else one level deeper where that is usual.

    Args:
        properties: shapes by name.
    """
    found = id_in(properties, candidates)
    if found is not None and "object" not in properties[found].types:
        return (found,)
    for outer, inner in _NESTED:
        if outer in properties and inner in properties[outer].properties:
            return (outer, inner)
    return ()
