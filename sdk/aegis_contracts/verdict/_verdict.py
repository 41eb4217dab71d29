"""
The verdict: whether an instance meets a self-contained JSON Schema 2020-12, and every rule that it breaks.

One engine decides everywhere (SDK events, mock server, verifier), with one set of options: formats asserted, nothing
fetched, regular expressions in linear time wherever the pattern allows it. Messages are built from the rule, never
from the instance, so that they hold no secret and no personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from aegis_contracts._subschemas import mentions
from aegis_contracts._violation import Violation
from aegis_contracts.json_pointer import join
from aegis_contracts.verdict._messages import BRIEF, MESSAGES, mend, message
from aegis_contracts.verdict._once import judge, recurs
from aegis_contracts.verdict._tangle import TANGLED, TOO_MANY, TOO_MANY_SAID, UNEVALUATED, Guide, ways, ways_of

JsonSchema = Mapping[str, Any] | bool
Engine: TypeAlias = Any  # a jsonschema_rs.Validator, which is imported when the first one is made
Locate = Callable[[str], str]
Path: TypeAlias = tuple[str | int, ...]

_NESTED = frozenset({"anyOf", "oneOf", "propertyNames", "required"})
_TOLD = 512
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class InvalidSchemaError(ValueError):
    """
    A schema that the engine cannot compile; ``pointer`` says which part.
    """

    def __init__(self, message: str, pointer: str = "") -> None:
        super().__init__(message)
        self.pointer = pointer


class Verdict:
    """
    A compiled schema.

    Args:
        schema: a self-contained JSON Schema 2020-12 (every ``$ref`` points inside it).
        locate: turns a pointer into the compiled schema into the place that a person would look at.
        shared: an engine for several schemas, which judges objects of them by name, and the name of this one; *schema*
            is compiled only to say what is broken then.
    """

    __slots__ = ("_engine", "_guide", "_key", "_known", "_locate", "_schema", "_told", "is_valid")

    def __init__(
        self, schema: JsonSchema, locate: Locate | None = None, *, shared: tuple[Engine, str] | None = None
    ) -> None:
        self._engine: Engine = compiled(schema) if shared is None else shared[0]
        self._key: str | None = None if shared is None else shared[1]
        self._schema = schema
        self._guide: Guide | None = None
        self._locate = locate or _plain
        self._told: dict[tuple[str, tuple[str | int, ...]], tuple[str, str, str, str]] = {}
        self._known: dict[tuple[str, Path, Path], tuple[tuple[str, str, str], Violation]] = {}
        self.is_valid: Callable[[Any], bool] = self._shared_is_valid
        if shared is None:
            self.is_valid = judge(schema, self._engine.is_valid, judge_of)

    def _shared_is_valid(self, instance: Any) -> bool:
        valid: bool = self._engine.is_valid({self._key: instance})
        return valid

    def violations(self, instance: Any, prefix: str = "") -> list[Violation]:
        """
        List every rule that *instance* breaks, in the order of the schema, each once.

        Args:
            prefix: put before every pointer, such as ``/body``.
        """
        return [] if self.is_valid(instance) else self.broken(instance, prefix)

    def broken(self, instance: Any, prefix: str = "") -> list[Violation]:
        """
        List every rule that *instance* breaks, when it is known to break some.

        Where the branches of the schema multiply, only the first is told: the list could take hours.
        """
        return self._told_first(instance, prefix) or self._listed(instance, prefix, self._engine.iter_errors)

    def first(self, instance: Any, prefix: str = "") -> list[Violation]:
        """
        List what the first part of *instance* breaks that breaks something, in a time that does not grow with the rest.
        """
        return self._told_first(instance, prefix) or self._listed(instance, prefix, self._first)

    def _told_first(self, instance: Any, prefix: str) -> list[Violation]:
        guide = self._guide
        if guide is None:
            schema = self._schema
            tangled = not isinstance(schema, bool) and (ways(schema) >= TANGLED or recurs(schema))
            guide = self._guide = Guide(schema, _part_of) if tangled else _NO_GUIDE
        if guide is _NO_GUIDE or ways_of(self._schema, instance) < TANGLED:
            return []
        broken, locate = guide.first(instance), self._locate
        pointer, place = prefix + broken.pointer, broken.place
        if ways_of(broken.part, broken.instance) < TANGLED:
            return Verdict(broken.part, lambda inner: locate(place + inner)).violations(broken.instance, pointer)
        said = BRIEF.get(broken.keyword, f"must meet the keyword {broken.keyword}")
        return [Violation(pointer, broken.keyword, said, locate(f"{place}/{broken.keyword}"))]

    def _first(self, instance: Any) -> Iterator[Any]:
        from jsonschema_rs import ValidationError

        try:
            self._engine.validate(instance)
        except ValidationError as error:
            yield error

    def _listed(self, instance: Any, prefix: str, find: Callable[[Any], Iterable[Any]]) -> list[Violation]:
        found: dict[tuple[str, str, str], Violation] = {}
        known = self._told
        judged, inside = (instance, 0) if self._key is None else ({self._key: instance}, len(to_pointer([self._key])))
        for error in find(judged):
            # The same rule, broken in the same place, is the same fact: most senders break few rules again and again.
            place = (prefix, tuple(error.instance_path), tuple(error.schema_path))
            same = self._known.get(place)
            if same is not None:
                found.setdefault(*same)
                continue
            kind = error.kind
            plain = kind.name not in _NESTED
            leaves = [(to_pointer(error.instance_path), kind, error.schema_path)] if plain else _leaves(error)
            for whole, broken, schema_path in leaves:
                path = tuple(schema_path)
                told = known.get((broken.name, path)) or self._tell(path, broken)
                pointer = prefix + whole[inside:]
                key = (pointer, told[0], told[2])
                if key not in found:
                    found[key] = Violation(pointer, *told)
                if plain and (broken.name, path) in known and len(self._known) < _TOLD:
                    self._known[place] = key, found[key]
        return list(found.values())

    def _tell(self, path: tuple[str | int, ...], kind: Any) -> tuple[str, str, str, str]:
        """
        Say what a rule says of every instance that breaks it, and remember it where it is always the same.
        """
        told = (kind.name, message(kind), self._locate(to_pointer(path)), mend(kind))
        if kind.name in MESSAGES and kind.name != "oneOf" and len(self._told) < _TOLD:
            self._told[kind.name, path] = told
        return told


def to_pointer(path: Sequence[str | int]) -> str:
    """
    Write a path of keys and indexes as a JSON pointer (RFC 6901).
    """
    if not path:
        return ""
    text = "/" + "/".join(map(str, path))
    if "~" not in text and text.count("/") == len(path):
        return text
    return join(*path)


def _plain(pointer: str) -> str:
    return f"#{pointer}"


def _leaves(error: Any) -> list[tuple[str, Any, list[str | int]]]:
    """
    Name the property itself for ``required``, ``additionalProperties`` and their like, and the branch that came
    nearest for ``oneOf`` and ``anyOf``: what a person would mend.
    """
    kind, pointer, path = error.kind, to_pointer(error.instance_path), error.schema_path
    if kind.name == "required":
        return [(pointer + to_pointer([kind.property]), kind, path)]
    if kind.name == "propertyNames":
        return [(pointer, kind, path)]
    if kind.name in {"anyOf", "oneOf"} and (told := _by_tag(error, pointer)) is not None:
        return told
    if kind.name in {"anyOf", "oneOf"} and (branch := _nearest(getattr(kind, "context", []), len(error.instance_path))):
        leaves = [leaf for inner in branch for leaf in _leaves(inner)]
        return [(pointer, kind, path), *leaves] if len(kind.context) > 1 else leaves
    return [(pointer, kind, path)]


class _Tag(NamedTuple):
    """
    A tag that names no branch of a union.
    """

    name: str
    property: str
    options: list[Any]


def _by_tag(error: Any, pointer: str) -> list[tuple[str, Any, list[str | int]]] | None:
    """
    Speak of a union's branches by what tells them apart, a type or a member: it is missing, it names none, or one.

    Returns:
        None where nothing does that.
    """
    branches: list[list[Any]] = [branch for branch in getattr(error.kind, "context", []) if branch]
    if len(branches) < 2:
        return None
    depth = len(error.instance_path)
    # An object was never meant for a branch that asks for null or a text.
    typed = [branch for branch in branches if not any(_is_type(inner, depth) for inner in branch)]
    if len(typed) == 1:
        return [leaf for inner in typed[0] for leaf in _leaves(inner)]
    branches = typed or branches
    tags = [next((inner for inner in branch if _is_tag(inner, depth)), None) for branch in branches]
    meant = [branch for branch, tag in zip(branches, tags, strict=True) if tag is None]
    names = {str(tag.instance_path[-1]) for tag in tags if tag is not None}
    if len(names) == 1 and len(meant) == 1:
        return [leaf for inner in meant[0] for leaf in _leaves(inner)]
    if len(names) == 1 and not meant:
        name = names.pop()
        options = [option for tag in tags if tag is not None for option in _options_of(tag.kind)]
        return [(pointer + to_pointer([name]), _Tag("enum", name, options), error.schema_path)]
    missing = [
        {inner.kind.property for inner in branch if inner.kind.name == "required" and len(inner.instance_path) == depth}
        for branch in branches
    ]
    common = sorted(set[str]().union(*missing).intersection(*missing))
    found = [(pointer + to_pointer([name]), _Tag("required", name, []), error.schema_path) for name in common]
    return found or None


def _options_of(kind: Any) -> list[Any]:
    return list(kind.options) if kind.name == "enum" else [kind.expected_value]


def _nearest(context: list[list[Any]], depth: int) -> list[Any]:
    """
    Choose the branch whose errors lie deepest: the one that the writer most likely meant.

    Where all branches fail at the top (another type altogether) none is nearer, and the list is empty.
    """
    candidates = [branch for branch in context if branch]
    if not candidates:
        return []
    # A branch with the wrong tag is none that was meant, however little else is wrong with it.
    untagged = [branch for branch in candidates if not any(_is_tag(error, depth) for error in branch)]
    if len(untagged) == 1 and len(candidates) > 1:
        return untagged[0]
    best = max(candidates, key=lambda branch: (min(len(e.instance_path) for e in branch), -len(branch)))
    return best if min(len(e.instance_path) for e in best) > depth or len(candidates) == 1 else []


def _is_tag(error: Any, depth: int) -> bool:
    return error.kind.name in {"const", "enum"} and len(error.instance_path) == depth + 1


def _is_type(error: Any, depth: int) -> bool:
    return error.kind.name == "type" and len(error.instance_path) == depth


_NO_GUIDE = Guide(True, lambda part: bool)


class MaxBytes:
    """
    The keyword ``x-max-bytes: {codec, max}``: a bound on the encoded length, which ``maxLength`` cannot say.
    """

    def __init__(self, _parent_schema: dict[str, Any], value: Any, _schema_path: list[str | int]) -> None:
        self.codec: str = value["codec"]
        self.limit: int = value["max"]

    def validate(self, instance: Any) -> None:
        """
        Raise ValueError when *instance* is text that needs more bytes, or that the codec cannot say at all.
        """
        if not isinstance(instance, str):
            return
        try:
            size = len(instance.encode(self.codec))
        except UnicodeEncodeError:
            raise ValueError(f"must have only characters that {self.codec} can encode") from None
        if size > self.limit:
            raise ValueError(f"must be at most {self.limit} bytes long in {self.codec}")


def judge_of(schema: JsonSchema, keywords: Mapping[str, Any]) -> Callable[[Any], bool]:
    is_valid: Callable[[Any], bool] = compiled(schema, keywords).is_valid
    return is_valid


def _part_of(schema: JsonSchema) -> Callable[[Any], bool]:
    return judge(schema, compiled(schema).is_valid, judge_of)


def compiled(schema: JsonSchema, keywords: Mapping[str, Any] | None = None) -> Engine:
    """
    Compile a schema with the one set of options.

    Args:
        keywords: of the schema's own.

    Raises:
        InvalidSchemaError: the schema itself is broken.
    """
    import jsonschema_rs

    plain = schema if isinstance(schema, bool) else dict(schema)
    linear, email = _options()
    common: dict[str, Any] = {
        "validate_formats": True,
        "ignore_unknown_formats": True,
        "offline": True,
        "email_options": email,
    }
    if mentions(plain, *UNEVALUATED) and ways(plain, TOO_MANY) >= TOO_MANY:
        raise InvalidSchemaError(TOO_MANY_SAID)
    own: Mapping[str, Any] = {"x-max-bytes": MaxBytes} if mentions(plain, "x-max-bytes") else {}
    if own or keywords:  # the engine is a fifth slower as soon as it knows a keyword of ours
        common["keywords"] = {**own, **(keywords or {})}
    try:
        try:
            return jsonschema_rs.Draft202012Validator(plain, pattern_options=linear, **common)
        except jsonschema_rs.ValidationError as error:
            if error.kind.name != "format" and not {"pattern", "patternProperties"} & {*error.instance_path}:
                raise
            # Look-around has no linear-time automaton: such patterns run on the backtracking engine, with its limit.
            fancy = jsonschema_rs.FancyRegexOptions()
            return jsonschema_rs.Draft202012Validator(plain, pattern_options=fancy, **common)
    except jsonschema_rs.ValidationError as error:
        raise InvalidSchemaError(message(error.kind), to_pointer(error.instance_path)) from None
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        raise InvalidSchemaError(str(error)) from None


@lru_cache(maxsize=1)
def _options() -> tuple[Any, Any]:
    import jsonschema_rs

    return jsonschema_rs.RegexOptions(), jsonschema_rs.EmailOptions(allow_display_text=False)
