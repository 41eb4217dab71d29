"""
Events with something changed: in their values, or in their text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 2, -1, 1.0, 1.5, 1e300, 10**30, "", " ", "a", "가", "\n", "\u0000", "😀", "\ud7ff"),
    *(
        "1",
        "true",
        "null",
        "user_request",
        "x" * 36,
        "x" * 129,
        "가" * 129,
        "x" * 2001,
        [],
        {},
        [1],
        [None],
        ["a", "a"],
    ),
    *(
        [["a"]],
        {"a": 1},
        {"": ""},
        {"a_b": None},
        {"A b": 1},
        {"a": {"b": {}}},
        {"a": ["x", 1, None, True]},
        {"a": [[]]},
    ),
    *("2026-03-02T00:30:00Z", "2026-03-02T00:30:00.123456789+23:59", "2026-03-02T00:30:00.1234567890Z"),
    *("2024-02-29T00:00:00Z", "2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2000-02-29T00:00:00Z"),
    *("2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z", "2026-00-10T00:00:00Z", "2026-03-02T24:00:00Z"),
    *("2026-03-02T23:59:60Z", "2026-03-02t00:30:00z", "2026-03-02 00:30:00Z", "2026-03-02T00:30:00", "2026-03-02"),
    *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2999-12-31T23:59:59.999999999Z", "1000-01-01T00:00:00+23:59"),
    *("2026-03-02T00:30:00Z\n", "2026-03-02T00:30:00-00:00", "2026-03-02T00:30:00+24:00", "２０２６-03-02T00:30:00Z"),
    *(
        "5f0c8a52-9f5e-4c1b-8a57-2f1f5f0b7a11",
        "5F0C8A52-9F5E-4C1B-8A57-2F1F5F0B7A11",
        "{5f0c8a52-9f5e-4c1b-8a57-2f1f5f0b7a11}",
    ),
    *(
        "5f0c8a529f5e4c1b8a572f1f5f0b7a11",
        "5f0c8a52-9f5e-4c1b-8a57-2f1f5f0b7a11\n",
        "٥f0c8a52-9f5e-4c1b-8a57-2f1f5f0b7a11",
    ),
    *(
        "124-81-00998",
        "1248100998",
        "١٢٤-٨١-٠٠٩٩٨",
        "124-81-00998\n",
        "000-00-00000",
        "26429",
        "2642",
        "٢٦٤٢٩",
        "41",
        "4",
        "４１",
    ),
    *(
        "a@b",
        "a@b.c",
        "@b.c",
        "a@",
        "a b@c.d",
        "a@b..c",
        "a@b.c\n",
        "가@b.c",
        '"a b"@c.d',
        "a@[127.0.0.1]",
        "A" * 250 + "@b.c",
    ),
    *(
        "welcome",
        "email_verification",
        "user_welcome",
        "normal",
        "high",
        "UserRegistered",
        "UserDeleted",
        "userDeleted",
    ),
    *(["business_name"], ["business_name", "phone_number"], ["Business"], ["a"] * 65, [f"f{i}" for i in range(65)]),
    *({f"f{i}": i for i in range(65)}, {"a": "x" * 2001}, {"a": ["x"] * 101}, {"a": [{"b": 1}]}, {"a": 1.0, "b": 1}),
)
NAMES = ("extra", "traceId", "eventID", "Version", "데이터", "", "$ref", "__proto__", "a/b", "a~b", "userName")

Change = Callable[[Random, Any], None]


def objects(value: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if isinstance(value, dict):
        found.append(value)
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        found += objects(item)
    return found


def replaced(random: Random, event: Any) -> None:
    owner = random.choice(objects(event))
    if owner:
        owner[random.choice(list(owner))] = deepcopy(random.choice(VALUES))


def removed(random: Random, event: Any) -> None:
    owner = random.choice(objects(event))
    if owner:
        del owner[random.choice(list(owner))]


def added(random: Random, event: Any) -> None:
    random.choice(objects(event))[random.choice(NAMES)] = deepcopy(random.choice(VALUES))


def renamed(random: Random, event: Any) -> None:
    owner = random.choice(objects(event))
    if owner:
        owner[random.choice(NAMES)] = owner.pop(random.choice(list(owner)))


def swapped(random: Random, event: Any) -> None:
    owner = random.choice(objects(event))
    if len(owner) > 1:
        one, other = random.sample(list(owner), 2)
        owner[one], owner[other] = owner[other], owner[one]


def edited(random: Random, event: Any) -> None:
    owner = random.choice(objects(event))
    texts = [name for name, value in owner.items() if isinstance(value, str) and value]
    if texts:
        name = random.choice(texts)
        at = random.randrange(len(owner[name]))
        sign = random.choice(["", "a", "0", "９", "-", "\n", " ", "가", "@", "Z"])
        owner[name] = owner[name][:at] + sign + owner[name][at + random.randrange(2) :]


CHANGES: tuple[Change, ...] = (replaced, replaced, replaced, removed, added, added, renamed, swapped, edited, edited)


def compact(random: Random, event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def spaced(random: Random, event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "surrogatepass")


def escaped(random: Random, event: Any) -> bytes:
    return json.dumps(event).encode()


def pretty(random: Random, event: Any) -> bytes:
    return json.dumps(event, ensure_ascii=False, indent="\t").encode("utf-8", "surrogatepass")


def doubled(random: Random, event: Any) -> bytes:
    text = compact(random, event).decode("utf-8", "surrogatepass")
    name = random.choice(["version", "eventId", "data", "userId", "extra"])
    value = random.choice(["1", '"x"', "{}", "null"])
    at = random.choice([index for index, sign in enumerate(text) if sign == "{"])
    return (text[: at + 1] + f'"{name}":{value},' + text[at + 1 :]).encode("utf-8", "surrogatepass")


def spoilt(random: Random, event: Any) -> bytes:
    text = bytearray(random.choice((compact, spaced))(random, event))
    at = random.randrange(len(text))
    match random.randrange(6):
        case 0:
            del text[at:]
        case 1:
            text[at] = random.randrange(256)
        case 2:
            text[at:at] = random.choice(
                [b"NaN", b"\\ud800", b"\xff", b",", b"0", b'"', b"\\u0041", b"\x00", b" ", b"\\n"]
            )
        case 3:
            text[:0] = random.choice([b"\xef\xbb\xbf", b" ", b"\n", b"[", b"0"])
        case 4:
            text += random.choice([b" ", b"\n", b"}", b"null", b","])
        case _:
            del text[at]
    return bytes(text)


def renumbered(random: Random, event: Any) -> bytes:
    number = random.choice(
        ["1.0", "1e0", "10e-1", "1.5", "01", "+1", "1e400", "-1", "9" * 30, "NaN", "-Infinity", "true"]
    )
    return compact(random, event).replace(b'"version":1', f'"version":{number}'.encode(), 1)


WRITERS = (*(compact,) * 5, *(spaced,) * 3, escaped, pretty, doubled, spoilt, spoilt, renumbered)


def mutated(events: list[Any], count: int, seed: str) -> Iterator[bytes]:
    """
    Make *count* messages of *events* with none, one, two or three changes each.
    """
    random = Random(seed)
    for number in range(count):
        event = deepcopy(events[number % len(events)])
        for _ in range(random.choice((0, 1, 1, 1, 1, 2, 3))):
            random.choice(CHANGES)(random, event)
        yield random.choice(WRITERS)(random, event)
