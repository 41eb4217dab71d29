"""
Objects: models and maps.
"""

from __future__ import annotations

from typing import Any, cast

from aegis_codegen._names import argument_name, field_name, pascal
from aegis_codegen.compiler._compose import rules_of
from aegis_codegen.compiler._definitions import Definitions
from aegis_codegen.compiler._scalars import pattern as translated
from aegis_codegen.compiler._source import Node
from aegis_codegen.plan import ANY, Constrained, Direction, Field, Map, Model, Rule, Type
from aegis_codegen.plan._models import Sensitivity

OBJECT = frozenset(
    [
        "properties",
        "required",
        "additionalProperties",
        "patternProperties",
        "propertyNames",
        "minProperties",
        "maxProperties",
        "dependentRequired",
        "unevaluatedProperties",
    ]
)


class Objects:
    """
    Makes models and maps of schemas of type object.
    """

    def __init__(self, schemas: Definitions) -> None:
        self._schemas = schemas

    def object_type(self, node: Node, direction: Direction, hint: str, name: str) -> Type:
        """
        Return the type of an object: a model when properties are named, else a map.
        """
        if not node.get("properties") and not node.get("required"):
            return self._map(node, direction, hint)
        self._refuse_patterns(node)
        python = name or self._schemas.name(hint, direction)
        extra = self._extra(node, direction, python)
        fields = self._fields(node, direction, python)
        rules = [
            Rule(keyword, node[keyword])
            for keyword in ("minProperties", "maxProperties", "dependentRequired")
            if keyword in node
        ]
        definition = Model(
            python,
            direction,
            fields,
            self._schemas.text(node, direction),
            closed=False in (node.get("additionalProperties"), node.get("unevaluatedProperties")),
            extra=extra,
            rules=tuple(rules),
            deprecated=self._schemas.source.raw(node).get("deprecated") is True,
        )
        return self._schemas.define(definition)

    def sensitivity(self, node: Any, direction: Direction, depth: int = 0) -> Sensitivity:
        """
        Say whether a value of *node*, or any part of it that is no object of its own, must not be shown.
        """
        if not isinstance(node, dict) or depth > 8:
            return ""
        schema = cast("Node", node)
        mark = schema.get("x-sensitive")
        if mark in ("secret", "personal"):
            return cast("Sensitivity", mark)
        source = self._schemas.source
        if "$ref" in schema:
            target = source.definition(source.target(schema["$ref"]), direction)
            if found := self.sensitivity(target, direction, depth + 1):
                return found
        parts: list[Any] = [schema.get("items"), schema.get("additionalProperties")]
        for keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
            parts.extend(schema.get(keyword, ()))
        for part in parts:
            if found := self.sensitivity(part, direction, depth + 1):
                return found
        return ""

    def _fields(self, node: Node, direction: Direction, python: str) -> tuple[Field, ...]:
        required = set(node.get("required", ()))
        properties: Node = {**node.get("properties", {})}
        for name in node.get("required", ()):
            properties.setdefault(name, True)
        travelling = {n: s for n, s in properties.items() if not self._hidden(n, s, node, direction)}
        # A property that already is a Python name keeps it, wherever it stands.
        named = argument_name if direction == "write" else field_name
        exact = {name for name in travelling if named(name, set()) == name}
        taken = set(exact)
        fields: list[Field] = []
        for name, schema in travelling.items():
            attribute = name if name in exact else named(name, taken)
            taken.add(attribute)
            fields.append(self._field(name, attribute, schema, name in required, direction, python, node))
        return tuple(fields)

    def _hidden(self, name: str, schema: Any, node: Node, direction: Direction) -> bool:
        """
        Say whether a property does not travel in this direction.
        """
        place = self._schemas.source.place(node).at("properties", name)
        if direction == "write":
            return self._marked(schema, "readOnly", direction)
        if schema is False:
            raw: Any = self._schemas.source.raw(node).get("properties", {}).get(name)
            if raw is False:
                self._schemas.refusals.refuse(place, "never", "allows no value at all", "leave the property out")
            return True
        return False

    def _marked(self, schema: Any, mark: str, direction: Direction) -> bool:
        while isinstance(schema, dict):
            node = cast("Node", schema)
            if node.get(mark) is True:
                return True
            if "$ref" not in node:
                return any(self._marked(part, mark, direction) for part in node.get("allOf", ()))
            schema = self._schemas.source.definition(self._schemas.source.target(node["$ref"]), direction)
        return False

    def _field(
        self, name: str, attribute: str, schema: Any, required: bool, direction: Direction, owner: str, node: Node
    ) -> Field:
        schemas = self._schemas
        place = schemas.source.place(node).at("properties", name)
        kind = schemas.of(schema, direction, f"{owner}{pascal(name)}", place)
        deprecated = False
        default: tuple[Any, ...] = ()
        if isinstance(schema, dict):
            own = cast("Node", schema)
            deprecated = schemas.source.raw(own).get("deprecated") is True
            default = self.default(own, direction)
        return Field(
            name,
            attribute,
            kind,
            required,
            schemas.text(schema, direction),
            self.sensitivity(schema, direction),
            deprecated,
            () if required else default,
        )

    def default(self, node: Node, direction: Direction) -> tuple[Any, ...]:
        """
        The default that *node*, or what it refers to, gives.
        """
        flat = self._schemas.composer.flat(node, direction)
        return (flat["default"],) if "default" in flat else ()

    def _map(self, node: Node, direction: Direction, hint: str) -> Type:
        schemas = self._schemas
        place = schemas.source.place(node)
        patterns: Node = node.get("patternProperties", {})
        others = node.get("additionalProperties", node.get("unevaluatedProperties", True))
        keys: list[Rule] = []
        if patterns:
            if len(patterns) > 1 or others is not False:
                self._refuse_patterns(node)
            pattern, others = next(iter(patterns.items()))
            keys.append(Rule("pattern", translated(pattern, node, schemas.source, schemas.refusals)))
        if "propertyNames" in node:
            names = schemas.composer.flat(node["propertyNames"], direction)
            if set(rules_of(names)) - {"type", "pattern", "minLength", "maxLength"}:
                schemas.refusals.refuse(
                    place.at("propertyNames"), "property-names", "constrains names by more than pattern and length",
                    "use pattern, minLength and maxLength only",
                )  # fmt: skip
            keys += [Rule(key, names[key]) for key in ("minLength", "maxLength") if key in names]
            if "pattern" in names:
                keys.append(Rule("pattern", translated(names["pattern"], node, schemas.source, schemas.refusals)))
        values = ANY if others in (True, False) else schemas.of(others, direction, f"{hint}Value", place)
        rules = [Rule(key, node[key]) for key in ("minProperties", "maxProperties") if key in node]
        if others is False:
            rules = [Rule("maxProperties", 0)]
        if "dependentRequired" in node:
            rules.append(Rule("dependentRequired", node["dependentRequired"]))
        made = Map(values, tuple(keys))
        return Constrained(made, tuple(rules)) if rules else made

    def _extra(self, node: Node, direction: Direction, python: str) -> Type | None:
        others = node.get("additionalProperties")
        if not isinstance(others, dict) or not rules_of(cast("Node", others)):
            return None
        return self._schemas.of(others, direction, f"{python}Extra", self._schemas.source.place(node))

    def _refuse_patterns(self, node: Node) -> None:
        for keyword, mend in (
            ("patternProperties", "use one pattern with additionalProperties: false, in a schema of its own"),
            ("propertyNames", "put the properties whose names are data into a schema of their own"),
        ):
            if keyword in node:
                self._schemas.refusals.refuse(
                    self._schemas.source.place(node).at(keyword),
                    keyword,
                    f"mixes {keyword} with other properties",
                    mend,
                )
