"""
Messages that parsers disagree about: each has one verdict here.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from aegis_contracts import bundled
from aegis_contracts.events import load_events
from aegis_sdk.events import EventCodec, EventValidationError, Limits, parse, validate

EXAMPLE: dict[str, Any] = json.loads(load_events(bundled() / "schemas")["UserDeleted"].examples[0].read())
COMPACT = json.dumps(EXAMPLE, ensure_ascii=False, separators=(",", ":")).encode()


def extra(text: bytes) -> bytes:
    """
    The example with another property, written just so.
    """
    return COMPACT[:-1] + b',"extra":' + text + b"}"


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "json"),
    "white space": (b" \n", "json"),
    "no JSON": (b"UserDeleted", "json"),
    "a truncated message": (COMPACT[:-1], "json"),
    "something after the end": (COMPACT + b"{}", "json"),
    "a trailing comma": (COMPACT[:-1] + b",}", "json"),
    "single quotes": (COMPACT.replace(b'"', b"'"), "json"),
    "a comment": (COMPACT + b"// end", "json"),
    "a control character": (extra(b'"\x01"'), "json"),
    "NaN": (extra(b"NaN"), "number"),
    "Infinity": (extra(b"[-Infinity]"), "number"),
    "a number that no double holds": (extra(b"1e400"), "number"),
    "an integer of 5,000 digits": (extra(b"9" * 5_000), "number"),
    "a leading zero": (extra(b"01"), "json"),
    "a lone surrogate": (extra(b'"\\ud800"'), "utf-8"),
    "surrogates the wrong way round": (extra(b'"\\udc00\\ud800"'), "utf-8"),
    "no UTF-8": (extra(b'"\xff"'), "utf-8"),
    "a surrogate in UTF-8": (extra(b'"\xed\xa0\x80"'), "utf-8"),
    "an overlong letter": (extra(b'"\xc0\xaf"'), "utf-8"),
    "UTF-16": (COMPACT.decode().encode("utf-16"), "utf-8"),
    "a byte order mark": (b"\xef\xbb\xbf" + COMPACT, "json"),
    "a key twice": (COMPACT[:-1] + b',"version":1}', "duplicate-key"),
    "a key twice, once in escapes": (COMPACT[:-1] + b',"\\u0076ersion":1}', "duplicate-key"),
    "a key twice with spaces": (COMPACT[:-1] + b' , "version" : 1 }', "duplicate-key"),
    "a key twice deep inside": (extra(b'[{"a":{"b":1,"b":1}}]'), "duplicate-key"),
    "a key twice, a colon of the time in escapes": (
        COMPACT.replace(b"T14:59", b"T14\\u003a59")[:-1] + b',"version":1}',
        "duplicate-key",
    ),
    "a key twice, with the colons of the time gone": (
        b'{"occurredAt":1,' + COMPACT[1:],
        "duplicate-key",
    ),
    "257 levels": (extra(b"[" * 256 + b"]" * 256), "max-depth"),
    "100,000 levels": (extra(b"[" * 100_000 + b"]" * 100_000), "max-depth"),
    "levels that never close": (b"[" * 100_000, "max-depth"),
    "10 MB": (extra(b'"' + b"x" * 10_000_000 + b'"'), "max-bytes"),
    "one byte too many": (extra(b'"' + b"x" * (1_048_576 - len(extra(b'""')) + 1) + b'"'), "max-bytes"),
    "a list": (b"[" + COMPACT + b"]", "type"),
    "a text": (b'"UserDeleted"', "type"),
    "null": (b"null", "type"),
    "a number": (b"5", "type"),
}
ACCEPTED: dict[str, bytes] = {
    "white space around": b" \r\n\t" + COMPACT + b"\n",
    "spaces after signs": json.dumps(EXAMPLE).encode(),
    "indentation": json.dumps(EXAMPLE, indent=4).encode(),
    "escapes": json.dumps(EXAMPLE | {"extra": "한글 😀"}).encode(),
    "a pair of surrogates": extra(b'"\\ud83d\\ude00"'),
    "an integer of 4,000 digits": extra(b"9" * 4_000),
    "a number that vanishes": extra(b"1e-400"),
    "minus zero": extra(b"-0"),
    "a colon and a quote in a text": extra(rb'"\"version\":1, \\"'),
    "a colon in escapes": COMPACT.replace(b"T14:59", b"T14\\u003a59"),
    "colons and quotes in a text": extra(rb'"a\":\"b: ::"'),
    "the same key in two objects": extra(b'[{"version":1},{"version":1}]'),
    "255 levels": extra(b"[" * 255 + b"]" * 255),
    "300 lists side by side": extra(b"[" + b"[]," * 300 + b"[]]"),
    "brackets in a text": extra(b'"' + b"[" * 1_000 + b'"'),
    "1 MiB": extra(b'"' + b"x" * (1_048_576 - len(extra(b'""'))) + b'"'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_refused(name: str) -> None:
    """
    The verdict has a rule of its own, and parse, validate and the fast road agree.
    """
    message, rule = REFUSED[name]
    assert rule in [violation.rule for violation in validate(message)]
    parse(COMPACT)  # so that the fast road knows the type
    with pytest.raises(EventValidationError):
        parse(message)


@pytest.mark.parametrize("name", ACCEPTED)
def test_it_is_accepted(name: str) -> None:
    """
    However it is written, it is the same event.
    """
    assert validate(ACCEPTED[name]) == []
    assert parse(ACCEPTED[name]) == parse(COMPACT)
    assert EventCodec().parse(ACCEPTED[name]) == parse(COMPACT), "the slow road decides alike"


def test_the_limits_can_be_changed() -> None:
    """
    A codec of one's own reads longer messages, or only shallow ones.
    """
    long = REFUSED["10 MB"][0]
    assert EventCodec(limits=Limits(max_bytes=20_000_000)).parse(long) == parse(COMPACT)
    shallow = EventCodec(limits=Limits(max_depth=2))
    assert shallow.validate(COMPACT) == []
    assert [violation.rule for violation in shallow.validate(extra(b"[[]]"))] == ["max-depth"]
    for _ in range(2):
        with pytest.raises(EventValidationError, match="at most 2 deep"):
            shallow.parse(extra(b"[[]]"))


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        *((float("nan"), "number"), (float("-inf"), "number"), (10**5_000, "number"), ("\ud800", "utf-8")),
        *((object(), "json"), ({1: 2}, "json"), ({"\udfff": 1}, "json"), ({1, 2}, "json"), (b"x", "json")),
    ],
    ids=["nan", "-inf", "5,001 digits", "surrogate", "object", "key 1", "key of a surrogate", "set", "bytes"],
)
def test_values_that_are_no_json_are_refused(value: Any, rule: str) -> None:
    """
    Plain data is held to JSON as text is.
    """
    (violation,) = validate(EXAMPLE | {"extra": value})
    assert (violation.pointer, violation.rule) == ("/extra", rule)


def test_text_with_a_lone_surrogate_is_refused() -> None:
    """
    Text that has no UTF-8 is a violation, no UnicodeEncodeError.
    """
    text = COMPACT.decode().replace("user_request", "\ud800")
    assert [violation.rule for violation in validate(text)] == ["utf-8"]
    with pytest.raises(EventValidationError):
        parse(text)
