"""
The rules by name: what they say to a person. They decide nothing.

A rule's severity is what it has when the exchange itself leaves no choice (an operation that is gone); what a schema's
change does is decided by proof and counterexample.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from aegis_verifier.diff._gravity import Bump, Direction, Severity


class DiffRule(NamedTuple):
    """
    One rule: how it is called, how grave it is where nothing else decides, and what it says.
    """

    severity: Severity
    direction: Direction
    bump: Bump
    says: str
    why: str


def _breaking(direction: Direction, says: str, why: str) -> DiffRule:
    return DiffRule("breaking", direction, "major", says, why)


def _warning(direction: Direction, says: str, why: str) -> DiffRule:
    return DiffRule("warning", direction, "minor", says, why)


def _info(direction: Direction, says: str, why: str, bump: Bump = "minor") -> DiffRule:
    return DiffRule("info", direction, bump, says, why)


_TAKES = "the provider no longer takes every request that the old version promised to take"
_GIVES = "the provider may answer with what the old version ruled out"
_READS = "one of the two versions refuses what the other one writes"

# keyword → (name of the rule's part, what narrowing it means)
KEYWORDS: Final[dict[str, tuple[str, str]]] = {
    "type": ("type", "the types are not the same"),
    "enum": ("values", "the values are not the same"),
    "const": ("values", "the values are not the same"),
    "required": ("required", "a property is required by one version only"),
    "additionalProperties": ("properties", "a property is allowed by one version only"),
    "unevaluatedProperties": ("properties", "a property is allowed by one version only"),
    "false": ("presence", "something is allowed by one version only"),
    "propertyNames": ("property-names", "the names that properties may have are not the same"),
    "patternProperties": ("property-names", "what is said of properties by pattern is not the same"),
    "dependentRequired": ("condition", "what is required together is not the same"),
    "dependentSchemas": ("condition", "what holds together is not the same"),
    "then": ("condition", "a condition is not the same"),
    "else": ("condition", "a condition is not the same"),
    "minimum": ("range", "the smallest number is not the same"),
    "maximum": ("range", "the largest number is not the same"),
    "exclusiveMinimum": ("range", "the smallest number is not the same"),
    "exclusiveMaximum": ("range", "the largest number is not the same"),
    "multipleOf": ("multiple", "the step of numbers is not the same"),
    "minLength": ("length", "the shortest text is not the same"),
    "maxLength": ("length", "the longest text is not the same"),
    "x-max-bytes": ("length", "the largest size in bytes is not the same"),
    "pattern": ("pattern", "the pattern is not the same"),
    "format": ("format", "the format is not the same"),
    "minItems": ("item-count", "the smallest number of items is not the same"),
    "maxItems": ("item-count", "the largest number of items is not the same"),
    "uniqueItems": ("unique-items", "whether items may repeat is not the same"),
    "contains": ("contains", "what an array must contain is not the same"),
    "minContains": ("contains", "what an array must contain is not the same"),
    "maxContains": ("contains", "what an array must contain is not the same"),
    "unevaluatedItems": ("items", "which items are allowed is not the same"),
    "minProperties": ("property-count", "the smallest number of properties is not the same"),
    "maxProperties": ("property-count", "the largest number of properties is not the same"),
    "anyOf": ("choice", "the alternatives are not the same"),
    "oneOf": ("choice", "the alternatives are not the same"),
    "not": ("exclusion", "what is ruled out is not the same"),
}
OTHER: Final = ("schema", "the schemas are not the same")


def schema_rule(direction: Direction, keyword: str) -> str:
    """
    Name the rule of a schema's change: ``request-type-narrowed``, ``response-type-widened``, ``event-type-changed``.
    """
    part = KEYWORDS.get(keyword, OTHER)[0]
    return f"{direction}-{part}-{_ENDS[direction]}"


_ENDS: Final[dict[Direction, str]] = {
    "request": "narrowed",
    "response": "widened",
    "event": "changed",
    "none": "changed",
}
_WHY: Final[dict[Direction, str]] = {"request": _TAKES, "response": _GIVES, "event": _READS, "none": _READS}


def _schema_rules() -> dict[str, DiffRule]:
    found: dict[str, DiffRule] = {}
    for direction in ("request", "response", "event"):
        said: dict[str, list[str]] = {}
        for keyword, (_, says) in [*KEYWORDS.items(), ("", OTHER)]:
            said.setdefault(schema_rule(direction, keyword), []).append(says)
        for name, sentences in said.items():
            found[name] = _breaking(direction, "; ".join(dict.fromkeys(sentences)), _WHY[direction])
    return found


def _sunsets(prefix: str, direction: Direction, what: str) -> dict[str, DiffRule]:
    return {
        f"{prefix}-sunset-set": _info(
            direction, f"the day on which {what} ends is named, put off or taken back", "until then it works", "patch"
        ),
        f"{prefix}-sunset-earlier": _breaking(
            direction, f"{what} ends earlier than was promised", "clients plan by the day that they were told"
        ),
        f"{prefix}-sunset-too-soon": _breaking(
            direction, f"{what} ends too soon after it is announced", "clients need the notice that --notice asks for"
        ),
        f"{prefix}-sunset-unreadable": _warning(
            direction, f"the x-sunset of {what} is no date", "nothing is announced by it"
        ),
    }


def _tags(direction: Direction, added: Severity = "info", removed: Severity = "info") -> dict[str, DiffRule]:
    prefix = f"{direction}-discriminator"
    return {
        f"{prefix}-added": _info(direction, "a property that names the alternative is told", "no alternative changes"),
        f"{prefix}-removed": _warning(
            direction, "no property names the alternative any more", "models that are chosen by it are chosen otherwise"
        ),
        f"{prefix}-changed": _breaking(
            direction, "another property names the alternative", "models are chosen by a property that may be missing"
        ),
        f"{prefix}-value-added": DiffRule(
            added, direction, "minor", "another value names an alternative",
            "readers that do not know the value find no model for it" if added == "warning" else "all others still do",
        ),
        f"{prefix}-value-removed": DiffRule(
            removed, direction, "major" if removed == "breaking" else "minor", "a value names no alternative any more",
            _TAKES if removed == "breaking" else "nobody gets it any more",
        ),
    }  # fmt: skip


RULES: Final[dict[str, DiffRule]] = {
    "operation-removed": _breaking("none", "an operation is gone", _TAKES),
    "operation-added": _info("none", "a new operation", "nobody used it before"),
    "operation-id-changed": _info(
        "none", "an operationId is another one", "no exchange changes, but names in generated clients do", "patch"
    ),
    "operation-removed-early": _breaking(
        "none", "an operation is gone before the day that its x-sunset named", "clients were promised that day"
    ),
    "operation-retired": _info(
        "none", "an operation is gone, and the day that its x-sunset named has come", "clients were told", "major"
    ),
    "operation-deprecated": _info("none", "an operation is deprecated", "it still works"),
    **_sunsets("operation", "none", "an operation"),
    "document-removed": _breaking("none", "a document is gone", _TAKES),
    "document-added": _info("none", "a new document", "nobody used it before"),
    "server-removed": _breaking("request", "a server's address is gone", "requests to that address are not taken"),
    "server-added": _info("request", "a new server", "nobody used it before"),
    "security-added": _breaking(
        "request", "a request without credentials is no longer taken", "such requests are answered with 401"
    ),
    "security-removed": _breaking(
        "request", "credentials that were enough are no longer enough", "such requests are answered with 401 or 403"
    ),
    "security-scope-added": _breaking(
        "request", "a scope is needed that was not needed", "requests without it are answered with 403"
    ),
    "security-relaxed": _info("request", "other credentials are taken as well", "all that were enough still are"),
    "security-flow-removed": _breaking("request", "an OAuth flow is gone", "tokens cannot be had by it any more"),
    "security-address-changed": _warning(
        "request", "the address of a flow or of its discovery is another one", "clients that wrote it down must follow"
    ),
    "request-parameter-added": _info("request", "a new optional parameter", "requests without it are still taken"),
    "request-parameter-added-required": _breaking("request", "a new parameter is required", _TAKES),
    "request-parameter-required": _breaking("request", "a parameter has become required", _TAKES),
    "request-parameter-optional": _info(
        "request", "a parameter has become optional", "requests with it are still taken"
    ),
    "request-parameter-removed": _warning(
        "request", "a parameter is gone", "requests with it are still taken, but it has no effect any more"
    ),
    "request-parameter-removed-early": _breaking(
        "request", "a parameter is gone before the day that its x-sunset named", "clients were promised that day"
    ),
    "request-parameter-retired": _info(
        "request", "a parameter is gone, and the day that its x-sunset named has come", "clients were told", "major"
    ),
    "request-parameter-deprecated": _info("request", "a parameter is deprecated", "it still works"),
    **_sunsets("request-parameter", "request", "a parameter"),
    "request-parameter-style-changed": _breaking(
        "request", "a parameter is written in another style", "values are read differently"
    ),
    "request-parameter-default-changed": _breaking(
        "request", "the default of a parameter is another one", "the same request now means something else"
    ),
    "request-parameter-empty-refused": _breaking("request", "an empty value is no longer taken", _TAKES),
    "request-property-default-changed": _warning(
        "request", "the default of a property is another one", "the same body may now mean something else"
    ),
    "request-content-changed": _breaking(
        "request", "a text is written in another encoding or media type", "the same text is read as something else"
    ),
    "request-property-removed": _warning(
        "request", "a property is no longer named", "bodies with it are still taken, but it may have no effect any more"
    ),
    "request-property-added": _info("request", "a new property", "bodies without it are still taken"),
    "request-body-added": _info("request", "a body is taken", "requests without one are still taken"),
    "request-body-required": _breaking("request", "a body has become required", _TAKES),
    "request-body-removed": _breaking("request", "no body is taken any more", _TAKES),
    "request-media-type-removed": _breaking("request", "a media type is no longer taken", _TAKES),
    "request-media-type-added": _info("request", "another media type is taken", "all others still are"),
    "request-encoding-changed": _breaking("request", "a form's property is written in another style", _TAKES),
    "response-status-removed": _breaking("response", "a success is gone", "a client that waits for it never gets it"),
    "response-error-removed": _info("response", "an error is gone", "nobody gets it any more"),
    "response-status-added": _info(
        "response",
        "a new success",
        "clients read an unknown status as its class (RFC 9110 §15); breaking if what it carries is new as well",
    ),
    "response-error-added": _info(
        "response", "a new error", "clients read an unknown status as its class (RFC 9110 §15)"
    ),
    "response-media-type-removed": _breaking(
        "response", "a media type is no longer given", "a client that accepts only this one gets 406"
    ),
    "response-media-type-added": _info("response", "another media type is given", "to clients that accept it"),
    "response-body-removed": _breaking(
        "response", "an answer has no body any more", "a client that reads it finds nothing"
    ),
    "response-body-added": _info("response", "an answer has a body", "a client that did not read one need not"),
    "response-header-removed": _breaking("response", "a header that was always there is gone", _GIVES),
    "response-optional-header-removed": _warning(
        "response", "a header is no longer described", "it might be missing before; now it always may"
    ),
    "response-header-optional": _breaking("response", "a header that was always there may be missing", _GIVES),
    "response-header-added": _info("response", "a new header", "clients ignore headers that they do not know"),
    "response-content-changed": _breaking(
        "response", "a text is written in another encoding or media type", "the same text is read as something else"
    ),
    "response-property-added": _info("response", "a new property", "clients ignore properties that they do not know"),
    **_tags("request", removed="breaking"),
    **_tags("response", added="warning"),
    "request-overlap-changed": _warning(
        "request",
        "other messages fit several alternatives of oneOf at once",
        "the alternatives are the same; whoever reads such a message takes one that fits",
    ),
    "response-overlap-changed": _warning(
        "response",
        "other messages fit several alternatives of oneOf at once",
        "the alternatives are the same; whoever reads such a message takes one that fits",
    ),
    "callback-removed": _breaking("response", "a callback is gone", "whoever waits for it waits in vain"),
    "callback-added": _info("response", "a new callback", "it is called only at addresses that were given"),
    "webhook-removed": _breaking("response", "a webhook is gone", "whoever waits for it waits in vain"),
    "webhook-added": _info("response", "a new webhook", "whoever does not know it need not take it"),
    "channel-removed": _breaking("event", "a channel is gone", "whoever reads or writes it finds nothing"),
    "channel-added": _info("event", "a new channel", "nobody used it before"),
    "channel-address-changed": _breaking(
        "event", "a channel has another address", "messages are looked for where none are"
    ),
    "channel-operation-removed": _breaking(
        "event", "the application no longer sends or receives", "whoever waits for it waits in vain"
    ),
    "channel-operation-added": _info("event", "the application sends or receives more", "nobody used it before"),
    "channel-partitions-changed": _warning(
        "event",
        "the number of partitions is another one",
        "a key's records may move to another partition, out of order",
    ),
    "channel-retention-shortened": _warning(
        "event", "records are kept for a shorter time", "a reader that was away for longer misses some"
    ),
    "channel-setting-changed": _info("event", "a setting of the channel is another one", "no message changes", "patch"),
    "message-removed": _breaking("event", "a message is gone", "whoever waits for it waits in vain"),
    "message-added": _info("event", "a new message", "readers pass over messages that they do not know"),
    "message-content-type-changed": _breaking("event", "a message has another content type", _READS),
    "message-key-changed": _breaking(
        "event", "the record key is another one", "the order of records and what compaction keeps change"
    ),
    "event-schema-added": _info("event", "a new schema", "nobody used it before"),
    "event-schema-removed": _breaking("event", "a schema is gone", "nobody can tell any more what such events mean"),
    **_schema_rules(),
}

# Where the provider calls and the client answers (webhooks, callbacks), what may grow must shrink, and what may shrink
# must grow.
TURNED: Final[dict[str, Severity]] = {
    "request-parameter-added-required": "info",
    "request-parameter-required": "info",
    "request-parameter-optional": "breaking",
    "request-parameter-removed": "breaking",
    "request-body-required": "info",
    "request-media-type-removed": "info",
    "request-media-type-added": "breaking",
    "response-status-added": "info",
    "response-error-removed": "breaking",
    "response-body-removed": "info",
    "response-header-removed": "info",
    "response-header-optional": "info",
    "response-optional-header-removed": "info",
}
