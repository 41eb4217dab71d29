"""
The mock in the styles of well-known APIs: what is made is read, changed, listed page by page, and gone when deleted.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from .client import HOST, Client
from .styles import STYLES


@pytest.fixture(params=STYLES.values(), ids=STYLES.keys())
def client(request: pytest.FixtureRequest) -> Client:
    """
    A client of each style.
    """
    return Client(request.param)


def one(found: Any) -> Any:
    """
    Return an item, also out of a list of one.
    """
    return found[0] if isinstance(found, list) else found


def test_what_is_made_is_read_changed_and_gone(client: Client) -> None:
    """
    A whole round trip: POST, GET, change, DELETE, gone in the declared shape, and no answer breaks the contract.
    """
    made = one(client.make("first"))
    key = client.key(made)
    assert client.text(made) == "first"
    assert one(client.item(client.call("GET", client.address(key)))) == made
    changed = client.change(key, "second")
    assert (changed.status, client.text(one(client.item(changed)))) == (200, "second")
    read = one(client.item(client.call("GET", client.address(key))))
    assert (client.key(read), client.text(read)) == (key, "second")
    assert client.call("DELETE", client.address(key)).status == 204
    gone = client.call("GET", client.address(key))
    assert gone.status == 404
    assert "does not exist" in json.loads(gone.body)["error"]["message"]
    replies = [exchange.reply for exchange in client.site.worlds.default.journal]
    assert not [reply for reply in replies if any(name == b"x-mock-violation" for name, _ in reply.headers)]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 10])
@pytest.mark.parametrize("number", [0, 1, 6, 7])
def test_a_client_sees_exactly_what_was_made_and_stops(client: Client, number: int, size: int) -> None:
    """
    However the API pages: *n* made, any page size, the client sees exactly *n*, each once, and stops.
    """
    keys = [client.key(one(client.make(f"item {index}"))) for index in range(number)]
    if not keys:
        key = client.key(one(client.make("to be deleted")))
        client.call("DELETE", client.address(key))
    pages = client.pages(size)
    assert [client.key(item) for page in pages for item in page] == keys
    assert all(len(page) <= size for page in pages)


def test_no_address_leads_elsewhere(client: Client) -> None:
    """
    Addresses in bodies and headers lead to the mock, under the name by which the client called it.
    """
    for number in range(3):
        client.make(f"item {number}")
    client.pages(1)
    replies = [exchange.reply for exchange in client.site.worlds.default.journal]
    told = b"".join([reply.body + b"".join(value for _, value in reply.headers) for reply in replies])
    assert b"api.example.com" not in told
    assert b"mock.invalid" not in told


def test_an_items_own_address_has_its_own_id(client: Client) -> None:
    """
    A member that tells an item's address leads to that very item.
    """
    made = one(client.make("addressed"))
    address = next((made[name] for name in ("url", "self", "uri") if name in made), None)
    if address is None:
        return
    assert address.removeprefix(f"http://{HOST}") == client.address(client.key(made))
    assert one(client.item(client.call("GET", address.removeprefix(f"http://{HOST}")))) == made


def test_an_unknown_cursor_never_means_the_start(client: Client) -> None:
    """
    A cursor that was never given out is refused, and named.
    """
    style = client.style
    if style.walk[0] not in {"last id", "token"}:
        return
    client.make("item")
    cursor = "999999" if style.inputs.get(style.walk[1]) == {"type": "integer"} else "nobody-gave-this-out"
    path = style.listing[1] or style.collection.replace("{project}", "one").replace("{namespace}", "one")
    if style.listing[0] == "POST":
        reply = client.call("POST", path, {style.walk[1]: cursor})
    else:
        reply = client.call("GET", f"{path}?{style.walk[1]}={cursor}")
    if style.walk[0] == "last id" and cursor == "999999":
        assert client.key(one(client.make("another"))) != 999999
    assert reply.status == 400
    assert style.walk[1] in reply.body.decode()
