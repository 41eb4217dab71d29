"""
Faults in the middle of a stream: a client that reads events or lines learns what it does when they stop making sense.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aegis_contracts import load
from aegis_mockserver import Fault, Site
from aegis_mockserver.pytest_plugin import MockServer
from aegis_mockserver.world.faults.frames import frames, garbage
from tests.streams import followed

STREAMS = {
    "text/event-stream": [{"data": f'{{"n": {n}}}', "event": "tick"} for n in range(4)],
    "application/jsonl": [{"n": n} for n in range(4)],
    "application/json-seq": [{"n": n} for n in range(4)],
}


@pytest.fixture(scope="module")
def server() -> Iterator[MockServer]:
    paths: dict[str, Any] = {
        f"/{index}": {"get": {"responses": {"200": {"description": "d", "content": {name: {"example": items}}}}}}
        for index, (name, items) in enumerate(STREAMS.items())
    }
    paths["/plain"] = {
        "get": {"responses": {"200": {"description": "d", "content": {"application/json": {"example": [1, 2]}}}}}
    }
    document = {"openapi": "3.2.0", "info": {"title": "t", "version": "1"}, "paths": paths}
    with MockServer(Site([load(document)])) as running:
        yield running


@pytest.mark.parametrize("path", ["/0", "/1", "/2"])
def test_a_stream_goes_wrong_after_so_many_frames(server: MockServer, path: str) -> None:
    """
    Two frames come as they are; then the connection ends, nothing comes, or one frame cannot be read.
    """
    media_type = list(STREAMS)[int(path[1:])]
    world = server.site.worlds.default
    world.faults.clear()
    whole, _ = followed(server.url + path)
    every = frames(whole, media_type)
    assert len(every) == 4
    assert b"".join(every) == whole
    try:
        world.faults.add(Fault(after_frames=2))
        assert followed(server.url + path) == (b"".join(every[:2]), "broken")
        world.faults.clear()
        world.faults.add(Fault(after_frames=2, then="stall"))
        two = b"".join(every[:2])
        assert followed(server.url + path, silent_after=len(two)) == (two, "silent")
        world.faults.clear()
        world.faults.add(Fault(after_frames=2, then="garbage"))
        came, how = followed(server.url + path)
        spoilt = frames(came, media_type)
        assert how == "whole"
        assert (spoilt[:2], spoilt[3]) == (every[:2], every[3])
        text = spoilt[2].decode().strip("\x1e\n").removeprefix("data: ")
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    finally:
        world.faults.clear()


def test_what_is_no_stream_is_no_call_of_a_stream_fault(server: MockServer) -> None:
    """
    A fault of frames leaves a single document alone, and does not count it as one of its calls.
    """
    world = server.site.worlds.default
    world.faults.clear()
    try:
        active = world.faults.add(Fault(after_frames=0, times=1))
        assert followed(server.url + "/plain") == (b"[1,2]", "whole")
        assert active.calls == 0
        assert followed(server.url + "/1") == (b"", "broken")
        assert active.calls == 1
    finally:
        world.faults.clear()


@pytest.mark.parametrize("given", [{"then": "abort"}, {"after_frames": -1}, {"after_frames": 1, "then": "explode"}])
def test_a_stream_fault_that_says_nothing_is_refused(given: dict[str, Any]) -> None:
    """
    What happens stands with after how many frames, and is one of three things.
    """
    with pytest.raises(ValueError, match="must "):
        Fault(**given)


@pytest.mark.parametrize("frame", [b"data: x\n\n", b"d\n\n", b"\x1e1\n", b"{}\n", b": comment\n\n"])
def test_a_spoilt_frame_is_as_long_as_it_was(frame: bytes) -> None:
    """
    What was said of the length stays true, and the frame ends where it did.
    """
    spoilt = garbage(frame)
    assert len(spoilt) == len(frame)
    assert spoilt.endswith(frame[len(frame.rstrip(b"\n")) :])
