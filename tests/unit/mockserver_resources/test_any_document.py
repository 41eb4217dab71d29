"""
The invariants of state, held for documents that nobody chose: names, types, envelopes and pages at random.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from .client import Client
from .styles import BOOL, INT, MAYBE, TEXT, Style, many, of

NOUNS = ("widgets", "policies", "boxes", "user-groups", "orderLines", "news", "data", "statuses")
WALKS = {
    "item": (("last id", "after", "has_more"), {"after": TEXT}, {"has_more": BOOL}),
    "token": (("token", "page_token", "next"), {"page_token": TEXT}, {"next": MAYBE}),
    "number": (("number", "page"), {"page": INT}, {"pages": INT}),
    "offset": (("offset", "offset", ""), {"offset": INT}, {"total": INT}),
    "address": (("address", "next_url"), {"page": INT}, {"next_url": MAYBE}),
    "link": (("link",), {"page": INT}, {}),
}


@some.composite
def styles(draw: some.DrawFn) -> Style:
    """
    Draw an API.
    """
    noun = draw(some.sampled_from(NOUNS))
    parameter, name = draw(
        some.sampled_from(
            [("id", "id"), ("{noun}Id", "id"), ("key", "key"), ("slug", "slug"), ("code", "code"), ("uuid", "uuid")]
        )
    )
    parameter = parameter.replace("{noun}", noun.rstrip("s").replace("-", "_"))
    kind = draw(some.sampled_from([TEXT, INT, {"type": "string", "format": "uuid"}, {"type": "integer", "minimum": 7}]))
    envelope = draw(some.sampled_from(["", "data", noun.rstrip("s"), "result"]))
    walk, inputs, outputs = WALKS[draw(some.sampled_from(sorted(WALKS)))]
    below = draw(some.sampled_from(["", "/teams/{team}", "/v1"]))
    suffix = draw(some.sampled_from(["", "", ".json"]))
    listed = (
        many() if walk == ("link",) else of(**{draw(some.sampled_from(["data", noun, "items"])): many(), **outputs})
    )
    return Style(
        f"{below}/{noun}{suffix}",
        f"{below}/{noun}/{{{parameter}}}{suffix}",
        {name: kind, "label": TEXT, "size": INT, "deleted_at": MAYBE, "nested": of("unit", unit=TEXT)},
        listed,
        walk,
        shown=of(envelope, **{envelope: "ITEM"}) if envelope else "ITEM",
        taken="ITEM" if draw(some.booleans()) else None,
        inputs={"limit": INT, **inputs},
        change=draw(some.sampled_from(["PUT", "PATCH", "POST"])),
        name=(parameter, kind),
        id=(name,),
        field="label",
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(style=styles(), number=some.integers(1, 5), size=some.integers(1, 4))
def test_the_invariants_hold(style: Style, number: int, size: int) -> None:
    """
    Made is read; an update is seen; every page ends and all are seen once; deleted is gone, from lists too.
    """
    client = Client(style)
    made = [client.make(f"item {index}") for index in range(number)]
    keys = [client.key(item) for item in made]
    assert len(set(map(str, keys))) == number
    assert None not in keys
    for item, key in zip(made, keys, strict=True):
        assert client.item(client.call("GET", client.address(key))) == item
        assert item.get("deleted_at") is None
    assert [client.key(item) for page in client.pages(size) for item in page] == keys
    assert client.text(client.item(client.change(keys[0], "changed"))) == "changed"
    assert client.text(client.item(client.call("GET", client.address(keys[0])))) == "changed"
    assert client.call("DELETE", client.address(keys[0])).status == 204
    assert client.call("GET", client.address(keys[0])).status == 404
    assert client.change(keys[0], "again").status == 404
    assert [client.key(item) for page in client.pages(size) for item in page] == keys[1:]
    told = [exchange.reply for exchange in client.site.worlds.default.journal]
    assert not [reply for reply in told if any(name == b"x-mock-violation" for name, _ in reply.headers)]
