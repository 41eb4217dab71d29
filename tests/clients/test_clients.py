"""
Official clients of other companies, unpatched, on documents of their APIs: they work as their users expect.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.calls import Caller, Client, RefusedError, matrix
from tests.clients.conftest import started

CLIENTS = matrix()


def able(call: str) -> pytest.MarkDecorator:
    """
    Parametrise a test with the clients whose users make a call.
    """
    rows = [client for client in CLIENTS if call in client.calls]
    return pytest.mark.parametrize("client", rows, ids=[client.name for client in rows])


@pytest.fixture
def caller(client: Client) -> Iterator[Caller]:
    """
    The client, told where a mock of its own is; whatever it does, it must not want to leave this machine.
    """
    with started(client) as running:
        yield running
        assert running.left() == []


@able("read")
def test_what_is_made_is_read(caller: Caller) -> None:
    """
    What was made is read, under the key that the client was told.
    """
    key = caller.call("create", "first")
    assert caller.call("read", key) == "first"


@able("update")
def test_an_update_is_seen(caller: Caller) -> None:
    """
    What was changed is read changed, and the item beside it is not.
    """
    kept, changed = caller.call("create", "kept"), caller.call("create", "first")
    caller.call("update", changed, "second")
    assert (caller.call("read", changed), caller.call("read", kept)) == ("second", "kept")


@able("walk")
@pytest.mark.parametrize("number", [1, 4, 5])
def test_pages_end(caller: Caller, number: int) -> None:
    """
    The client's own paging sees each item once and stops.
    """
    keys = [caller.call("create", f"item {index}") for index in range(number)]
    assert sorted(map(str, caller.call("walk", 2))) == sorted(map(str, keys))


@able("delete")
def test_what_is_deleted_is_gone(client: Client, caller: Caller) -> None:
    """
    What was deleted is gone, and the client says so with its own error.
    """
    key = caller.call("create", "first")
    caller.call("delete", key)
    with pytest.raises(RefusedError) as raised:
        caller.call("read", key)
    assert raised.value.type == client.gone, raised.value.text


@able("refuse")
def test_an_invalid_call_is_refused(client: Client, caller: Caller) -> None:
    """
    What breaks the contract is refused, and the client's own error names the place.
    """
    with pytest.raises(RefusedError) as raised:
        caller.call("refuse")
    kind, named = client.refused
    assert (raised.value.type, named in raised.value.text) == (kind, True), raised.value.text


@able("stream")
def test_a_stream_comes_and_ends(caller: Caller) -> None:
    """
    A stream comes in pieces that the client can read, and ends.
    """
    assert caller.call("stream")


@able("upload")
def test_a_file_is_taken(caller: Caller) -> None:
    """
    A file that the client sends in parts is taken, and has a name or a key afterwards.
    """
    assert caller.call("upload")


@able("act")
def test_an_action_answers_with_the_item(caller: Caller) -> None:
    """
    An action on an item answers with that item, as it was made.
    """
    key = caller.call("create", "first")
    assert caller.call("act", key) == "first"


@able("ask")
def test_a_question_has_an_answer(caller: Caller) -> None:
    """
    A call that makes nothing (a search, a completion) has an answer that the client can read.
    """
    assert caller.call("ask") is not None
