"""
The schema document: its nodes and its references.

A *node* is a subschema in its place. Nodes are made when they are first asked for, so a document of a thousand
components costs nothing until one of them is used. References are resolved inside the document only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast
from urllib.parse import unquote, urldefrag, urljoin

from aegis_contracts.instances._context import Conflict
from aegis_contracts.json_pointer import NothingThereError, escape, index, split, unescape

HOME: Final = "urn:instances:document"
Scope = tuple[str, ...]
# Keywords beside a reference that change nothing about the values.
_SILENT: Final = frozenset(
    {"$ref", "description", "summary", "deprecated", "readOnly", "writeOnly", "$comment", "nullable"}
)


class Node:
    """
    A subschema in its place: *base* is its resource and *scope* the resources that led here (for `$dynamicRef`).
    """

    __slots__ = ("base", "negations", "pointer", "schema", "scope", "written")

    def __init__(self, schema: Any, pointer: str, base: str, scope: Scope, *, written: bool) -> None:
        self.schema = schema
        self.pointer = pointer
        self.base = base
        self.scope = scope
        self.written = written
        self.negations: tuple[Node, ...] | None = None

    @property
    def keywords(self) -> dict[str, Any]:
        """
        The keywords of this subschema; a boolean schema has none.
        """
        return cast("dict[str, Any]", self.schema) if isinstance(self.schema, dict) else {}

    @property
    def name(self) -> str:
        """
        The last part of the pointer: the name of a definition or a property.
        """
        return unescape(self.pointer.rpartition("/")[2])


class Document:
    """
    A self-contained schema document.
    """

    def __init__(self, schema: Mapping[str, Any] | bool) -> None:
        self.schema: dict[str, Any] | bool = schema if isinstance(schema, bool) else dict(schema)
        self._nodes: dict[tuple[int, Scope], Node] = {}
        self._resources: dict[str, tuple[Any, str]] | None = None
        self._anchors: dict[tuple[str, str], tuple[Any, str]] = {}
        self._dynamic: dict[tuple[str, str], tuple[Any, str]] = {}
        self._bases: dict[int, str] = {}
        identifier = "" if isinstance(self.schema, bool) else self.schema.get("$id", "")
        self._base = urldefrag(identifier)[0] if isinstance(identifier, str) else ""
        self.home = self._base or HOME
        self._index()
        self.root = self._intern(self.schema, "", self._base, (self._base,))

    # -- nodes ---------------------------------------------------------------------------------------------------------

    def at(self, pointer: str) -> Node:
        """
        The node at a JSON pointer (`/$defs/User` or `#/$defs/User`).
        """
        return self._follow(self.root, "#" + pointer.removeprefix("#"))

    def child(self, node: Node, *tokens: str | int) -> Node:
        """
        The subschema under *node* that *tokens* name.
        """
        schema: Any = node.schema
        pointer = node.pointer
        for token in tokens:
            schema = schema[token]
            pointer = f"{pointer}/{escape(token) if isinstance(token, str) else token}"
        if not node.written:
            found = self._nodes.get((id(schema), node.scope))
            if found is not None:
                return found
        return self._intern(schema, pointer, node.base, node.scope, written=node.written)

    def synthetic(self, origin: Node, schema: Any) -> Node:
        """
        A subschema of our own making, read as if it stood where *origin* stands.
        """
        return Node(schema, origin.pointer, origin.base, origin.scope, written=False)

    def _intern(self, schema: Any, pointer: str, base: str, scope: Scope, *, written: bool = True) -> Node:
        if self._many and isinstance(schema, dict):
            base = self._bases.get(id(cast("object", schema)), base)
            if base not in scope:
                scope = (*scope, base)
        key = (id(schema), scope)
        node = self._nodes.get(key)
        if node is None or isinstance(schema, bool):
            node = Node(schema, pointer, base, scope, written=written)
            if not isinstance(schema, bool):
                self._nodes[key] = node
        return node

    def target(self, node: Node) -> Node:
        """
        What *node* stands for, where it does nothing but refer: all who refer to a component share its analysis.
        """
        seen = {node}
        while "$ref" in node.keywords and node.keywords.keys() <= _SILENT:
            following = next(self.references(node))
            if following in seen:
                break
            seen.add(following)
            node = following
        return node

    # -- references ----------------------------------------------------------------------------------------------------

    def references(self, node: Node) -> Iterator[Node]:
        """
        The nodes that *node* refers to by `$ref` and `$dynamicRef`.
        """
        reference = node.keywords.get("$ref")
        if isinstance(reference, str):
            yield self._follow(node, reference)
        reference = node.keywords.get("$dynamicRef")
        if isinstance(reference, str):
            yield self._follow_dynamic(node, reference)

    def _follow(self, node: Node, reference: str) -> Node:
        if reference.startswith("#/") or reference == "#":
            if not self._many:
                return self._walk(self.schema, "", reference[1:], node)
            schema, pointer = self._resource(node, node.base)
            return self._walk(schema, pointer, reference[1:], node, node.base)
        self._index()
        target, fragment = urldefrag(urljoin(node.base, reference) if not reference.startswith("#") else reference)
        base = target if not reference.startswith("#") else node.base
        if fragment and not fragment.startswith("/"):
            found = self._anchors.get((base, unquote(fragment))) or self._dynamic.get((base, unquote(fragment)))
            if found is None:
                raise Conflict(node.pointer, "$ref", f"{reference} names nothing in this document")
            return self._intern(*found, base, node.scope)
        if base.startswith("https://json-schema.org/draft/") and base not in (self._resources or {}):
            # Every engine knows the meta-schemas; the schemas that they describe begin with the empty one.
            return self.synthetic(node, {"type": "object"})
        schema, pointer = self._resource(node, base)
        return self._walk(schema, pointer, fragment, node, base)

    def _follow_dynamic(self, node: Node, reference: str) -> Node:
        self._index()
        fragment = unquote(urldefrag(reference)[1])
        target = self._follow(node, reference)
        if fragment.startswith("/") or target.keywords.get("$dynamicAnchor") != fragment:
            return target
        for base in node.scope:
            found = self._dynamic.get((base, fragment))
            if found is not None:
                return self._intern(*found, base, node.scope)
        return target

    def _resource(self, node: Node, base: str) -> tuple[Any, str]:
        self._index()
        found = (self._resources or {}).get(base)
        if found is None:
            raise Conflict(node.pointer, "$ref", f"{base} is not in this document")
        return found

    def _walk(self, schema: Any, pointer: str, path: str, node: Node, base: str | None = None) -> Node:
        base = self._base if base is None else base
        try:
            tokens = split(f"#{path}")
        except ValueError:
            raise Conflict(node.pointer, "$ref", f"#{path} is no JSON pointer") from None
        for token in tokens:
            try:
                schema = schema[index(token, len(schema))] if isinstance(schema, list) else schema[token]
            except (KeyError, NothingThereError, TypeError):
                raise Conflict(node.pointer, "$ref", f"#{path} names nothing in this document") from None
            if self._many and isinstance(schema, dict):
                base = self._bases.get(id(cast("object", schema)), base)
            pointer = f"{pointer}/{escape(token)}"
        return self._intern(schema, pointer, base, node.scope)

    @property
    def _many(self) -> bool:
        """
        Whether the document embeds further resources (`$id` below the root), which is rare.
        """
        return len(self._resources or {}) > 1

    def _index(self) -> None:
        if self._resources is not None:
            return
        self._resources = {self._base: (self.schema, "")}
        import msgspec

        try:
            text = msgspec.json.encode(self.schema)
        except (TypeError, ValueError):
            text = b'"$id""$anchor"'
        if not any(word in text for word in (b'"$id"', b'"$anchor"', b'"$dynamicAnchor"')):
            return
        pending: list[tuple[Any, str, str]] = [(self.schema, "", self._base)]
        while pending:
            schema, pointer, base = pending.pop()
            if isinstance(schema, list):
                pending.extend((item, f"{pointer}/{i}", base) for i, item in enumerate(schema))
            elif isinstance(schema, dict):
                keywords = cast("dict[str, Any]", schema)
                base = self._note(keywords, pointer, base)
                pending.extend(
                    (value, f"{pointer}/{escape(key)}", base)
                    for key, value in keywords.items()
                    if key not in ("const", "enum", "example", "examples", "default")
                    and isinstance(value, (dict, list))
                )

    def _note(self, keywords: dict[str, Any], pointer: str, base: str) -> str:
        assert self._resources is not None
        identifier = keywords.get("$id")
        if isinstance(identifier, str) and not identifier.startswith("#") and pointer:
            base = urldefrag(urljoin(base, identifier))[0]
            self._resources.setdefault(base, (keywords, pointer))
        self._bases[id(keywords)] = base
        for keyword, known in (("$anchor", self._anchors), ("$dynamicAnchor", self._dynamic)):
            name = keywords.get(keyword)
            if isinstance(name, str):
                known.setdefault((base, name), (keywords, pointer))
        return base
