"""
Objects: which properties are there, and under which schemas each of them stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from aegis_contracts.instances._context import HOPELESS, Conflict, Context, Json, mix
from aegis_contracts.instances._document import Node
from aegis_contracts.instances.makers._members import Member, Rules
from aegis_contracts.instances.patterns._regex import ENDLESS
from aegis_contracts.instances.patterns._samples import sample, test
from aegis_contracts.instances.plans._choices import tag_for
from aegis_contracts.instances.plans._evaluated import properties_left
from aegis_contracts.instances.words._names import words
from aegis_contracts.instances.words._plain import KEYS, WORDS

if TYPE_CHECKING:
    from aegis_contracts.instances._protocols import Plan

_MOST: Final = 10_000
# Objects with these words in their name say more of the thing around them, not of another one.
_SAME: Final = frozenset(
    ("address", "location", "geo", "coordinates", "contact", "profile", "point", "place", "details")
)


_Chosen: TypeAlias = "tuple[Member, Plan, bool, bool]"


class ObjectMaker:
    """
    Makes objects that satisfy the keywords of a plan.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._members: dict[str, Member | None] = {}
        self._rules: list[Rules] = []
        self._names: list[Node] = []
        self._dependents: dict[str, list[str]] = {}
        self.low = 0
        self.high = ENDLESS
        self.label = ""
        self.required: list[str] = []
        declared: dict[str, None] = {}
        for part in plan.parts:
            self._read(part, declared)
        self._left = [
            (plan.document.child(owner, "unevaluatedProperties"), names, [test(pattern) for pattern in patterns])
            for owner, names, patterns in properties_left(plan.edges, plan.parts)
        ]
        self.required = list(dict.fromkeys(self._closure(self.required)))
        self.low = max(self.low, len(self.required))
        self.declared = list(declared)
        implied = [name for names in self._dependents.values() for name in names]
        self.order = list(dict.fromkeys([*self.declared, *self.required, *implied]))
        self.open = not self.declared
        for name in self.required:
            if self.member(name) is None:
                raise Conflict(plan.pointer, "required", f"the required property {name} cannot be there")
        if self.low > self.high:
            raise Conflict(plan.pointer, "minProperties", "the bounds leave no number of properties")
        if self.low > _MOST:
            raise Conflict(plan.pointer, "minProperties", f"more than {_MOST} properties are not generated")
        self._required_set = frozenset(self.required)
        self._optional = [name for name in self.declared if name not in self._required_set]
        self._choices: dict[int, tuple[list[_Chosen], int]] = {}

    def _read(self, part: Node, declared: dict[str, None]) -> None:
        keywords = part.keywords
        self.required.extend(keywords.get("required", ()))
        self.low = max(self.low, int(keywords.get("minProperties", 0)))
        self.high = min(self.high, int(keywords.get("maxProperties", ENDLESS)))
        declared.update(dict.fromkeys(keywords.get("properties", ())))
        if "properties" in keywords or "patternProperties" in keywords or "additionalProperties" in keywords:
            self._rules.append(Rules(self._plan, part))
        if "propertyNames" in keywords:
            self._names.append(self._plan.document.child(part, "propertyNames"))
        for name, names in keywords.get("dependentRequired", {}).items():
            self._dependents.setdefault(name, []).extend(names)
        if not self.label:
            title = keywords.get("title")
            named = part.pointer.startswith(("/$defs/", "/definitions/")) and part.pointer.count("/") == 2
            self.label = title if isinstance(title, str) else part.name if named else ""
        if "discriminator" in keywords and not ("oneOf" in keywords or "anyOf" in keywords):
            self._discriminate(part)
        if "x-kubernetes-group-version-kind" in keywords:
            self._typed(part)

    def _discriminate(self, part: Node) -> None:
        """
        A base schema's discriminator names the schema that was asked for, which extends the base.
        """
        rules = part.keywords["discriminator"]
        name = cast("dict[str, Any]", rules).get("propertyName") if isinstance(rules, dict) else None
        asked = next(
            (p for p in self._plan.parts if p.pointer.startswith("/$defs/") and p.pointer.count("/") == 2), part
        )
        if isinstance(name, str) and asked.pointer:
            value = tag_for(cast("dict[str, Any]", rules), asked.name)
            try:
                tag = self._plan.document.synthetic(part, {"const": value})
                self._plan.workshop.plan((tag, *(r.named[name] for r in self._rules if name in r.named)))
            except Conflict:
                return
            rule = Rules(self._plan, self._plan.document.synthetic(part, True))
            rule.named[name] = tag
            self._rules.append(rule)

    def _typed(self, part: Node) -> None:
        """
        Let an object of an API in the manner of Kubernetes say which kind of which version it is, as its schema does.
        """
        given: Any = part.keywords.get("x-kubernetes-group-version-kind")
        kinds: list[Any] = given if isinstance(given, list) else []
        own: Any = kinds[0] if kinds else None
        properties: Any = part.keywords.get("properties")
        if not isinstance(own, dict) or not isinstance(properties, dict):
            return
        named: dict[str, Any] = own
        said = {name: str(named.get(name) or "") for name in ("group", "version", "kind")}
        version = f"{said['group']}/{said['version']}" if said["group"] else said["version"]
        rule = Rules(self._plan, self._plan.document.synthetic(part, True))
        for name, value in (("kind", said["kind"]), ("apiVersion", version)):
            if value and name in properties:
                rule.named[name] = self._plan.document.synthetic(part, {"const": value})
        if rule.named:
            self._rules.append(rule)

    def _closure(self, names: list[str]) -> list[str]:
        """
        *names* and what must be there because they are.
        """
        if not self._dependents:
            return names
        found = list(names)
        for name in found:
            found.extend(other for other in self._dependents.get(name, ()) if other not in found)
        return found

    # -- members -------------------------------------------------------------------------------------------------------

    def member(self, name: str) -> Member | None:
        """
        The property called *name*, or nothing if it cannot be there.
        """
        try:
            return self._members[name]
        except KeyError:
            found = self._members[name] = self._find(name)
            return found

    def _find(self, name: str) -> Member | None:
        nodes = [node for rules in self._rules for node in rules.nodes(name)]
        for node, names, tests in self._left:
            if name not in names and not any(fits(name) for fits in tests):
                nodes.append(node)
        if any(node.schema is False for node in nodes):
            return None
        if self._names and not self._plan.workshop.judge(*self._names).is_valid(name):
            return None
        return Member(name, tuple(nodes))

    def _planned(self, member: Member) -> Plan:
        if member.plan is None:
            try:
                member.plan = self._plan.workshop.plan(member.nodes)
            except Conflict:
                self._members[member.name] = None
                raise
        return member.plan

    def needed(self) -> Iterator[Plan]:
        """
        The plans of the properties that must be there.
        """
        for name in self.required:
            member = self.member(name)
            if member is None:
                raise Conflict(self._plan.pointer, "required", f"the required property {name} cannot be there")
            yield self._planned(member)

    def admits(self, value: Any) -> bool:
        """
        Say whether the engine accepts *value*.
        """
        return bool(self._plan.workshop.judge(*self._plan.parts).is_valid(value))

    # -- making --------------------------------------------------------------------------------------------------------

    def make(self, context: Context, name: str) -> Json:
        """
        Make an object.
        """
        base, trouble, label, left = context.state, context.trouble, context.label, context.left
        subject = context.subject
        if not _SAME.intersection(words(name)):
            context.subject = base
        chosen, bulky = self._chosen(context, base)
        context.depth += 1
        context.label = self.label or name
        pool = left - len(chosen)
        made: dict[str, Json] = {}
        try:
            for member, plan, heavy, required in chosen:
                share = max(0, pool) // bulky if heavy else pool
                if heavy:
                    bulky -= 1
                    if share < 3 and not required and context.optional is None:
                        continue
                context.left = share
                context.state = mix(base, member.salt)
                context.trouble = trouble.get(member.name) if trouble is not None else None
                if context.trouble and not required and context.trouble.get(None, 0) >= HOPELESS:
                    continue
                try:
                    made[member.name] = plan.make(context, member.name)
                except Conflict:
                    if required:
                        raise
                pool -= share - context.left
            if self._dependents:
                self._drop_dependents(made)
            if len(made) < self.low or (self.open and context.left > 0 and not context.scarce):
                self._fill(context, base, made)
        finally:
            context.depth -= 1
            context.trouble, context.label, context.subject = trouble, label, subject
            context.left = pool
        return made

    def _drop_dependents(self, made: dict[str, Json]) -> None:
        """
        Leave out what needs a property that could not be made.
        """
        for name in list(made):
            if any(other not in made for other in self._closure([name])):
                del made[name]

    def _chosen(self, context: Context, base: int) -> tuple[list[_Chosen], int]:
        """
        The properties to make, in order, and how many of them are likely to be objects or arrays.
        """
        count: int | None = None
        if context.optional is None:
            count = 0 if context.scarce else min(len(self._optional), max(0, context.left - len(self.required)))
            found = self._choices.get(count)
            if found is not None:
                return found
            extra = self._optional[:count]
        else:
            chance = context.optional
            context.state = mix(base, 1)
            extra = [name for name in self._optional if context.chance(chance)]
            if context.scarce:
                extra = []
        wanted = self._wanted(extra)
        chosen: list[_Chosen] = []
        for name in self.order:
            if name not in wanted:
                continue
            required = name in self._required_set
            try:
                member = self.member(name)
                if member is None:
                    raise Conflict(self._plan.pointer, "required", f"the required property {name} cannot be there")
                plan = self._planned(member)
            except Conflict:
                if required:
                    raise
                continue
            chosen.append((member, plan, plan.bulky, required))
        found = (chosen, sum(heavy for _, _, heavy, _ in chosen))
        if count is not None:
            self._choices[count] = found
        return found

    def _wanted(self, extra: list[str]) -> set[str]:
        wanted = set(self.required)
        short = self.low - len(wanted) - len(extra)
        if short > 0:
            extra = [*extra, *[name for name in self._optional if name not in extra][:short]]
        for name in extra:
            if name in wanted or self.member(name) is None:
                continue
            group = [n for n in self._closure([name]) if n not in wanted]
            if len(wanted) + len(group) <= self.high and all(self.member(n) is not None for n in group):
                wanted.update(group)
        return wanted

    # -- names that nobody declared ------------------------------------------------------------------------------------

    def _fill(self, context: Context, base: int, made: dict[str, Json]) -> None:
        context.state = mix(base, 2)
        sources = self._sources()
        usual = 0 if context.scarce or not sources or len(made) else context.between(1, 2)
        count = min(self.high, max(self.low, usual))
        attempt = 0
        while len(made) < count and attempt < 40 + 10 * count:
            context.state = mix(base, 3 + attempt)
            attempt += 1
            name = self._name(context, sources, attempt)
            if name is None or name in made:
                continue
            member = self.member(name)
            needed = self._closure([name])
            if member is None or any(other not in made for other in needed[1:]):
                continue
            try:
                context.trouble = None
                made[name] = self._planned(member).make(context, name)
            except Conflict:
                continue
        if len(made) < self.low:
            raise Conflict(self._plan.pointer, "minProperties", "too few properties can be there")

    def _sources(self) -> list[str]:
        """
        The patterns of names, and "" where names are free and something is said of their values.
        """
        patterns = [pattern for rules in self._rules for pattern, _, node in rules.patterns if node.schema is not False]
        free = any(rules.rest is not None and rules.rest.schema not in (False, True, {}) for rules in self._rules)
        return [*patterns, *([""] if free or (self._left and not patterns) else [])]

    def _name(self, context: Context, sources: list[str], attempt: int) -> str | None:
        source = context.pick(sources) if sources and attempt % 4 else ""
        longer = attempt % 3 == 2  # a pattern without an end has more names than its shortest
        if source:
            name = sample(context, source, wild=attempt > 20)
            return sample(context, source, len(name) + 3, wild=attempt > 20) if longer else name
        if self._names:
            keywords = {"type": "string", "minLength": 4 + attempt % 7} if longer else {"type": "string"}
            text = self._plan.document.synthetic(self._names[0], keywords)
            try:
                return str(self._plan.workshop.plan((text, *self._names)).make(context, ""))
            except Conflict:
                return None
        if attempt < 20:
            return context.pick(KEYS)
        return f"{context.pick(WORDS)}_{context.below(1000)}"
