"""
Many registrations at once: all succeed, each with its one event and one mail (AEG-SPC-USER v6.0 §8).
"""

from __future__ import annotations

import asyncio
import json
from urllib.parse import urlsplit

import pytest

from tests.scenarios._aegis import Aegis, business_number

AT_ONCE = 500  # sockets; a process may have 1,024 files open where nobody raised that


@pytest.mark.parametrize("number", [100, 1_000])
async def test_all_registrations_at_once_succeed(aegis: Aegis, number: int) -> None:
    """
    *number* registrations at once: all succeed, with exactly that many users, events and mails.
    """
    gate = asyncio.Semaphore(AT_ONCE)
    answers = await asyncio.gather(*(_register(aegis, index, gate) for index in range(number)))
    assert {status for status, _ in answers} == {201}
    ids = {user_id for _, user_id in answers}
    assert len(ids) == number

    events = aegis.get("/__mock__/events", limit=number * 2).json()
    assert events["total"] == number
    assert {event["envelope"]["aggregateId"] for event in events["events"]} == ids
    assert len({event["envelope"]["eventId"] for event in events["events"]}) == number
    mails = aegis.get("/__mock__/inbox/mails", limit=number * 2).json()
    assert mails["total"] == number
    assert len({mail["token"] for mail in mails["mails"]}) == number


async def _register(aegis: Aegis, index: int, gate: asyncio.Semaphore) -> tuple[int, str]:
    """
    Register one user over a connection of its own; a client with a pool would spend the time on its pool.
    """
    body = {
        "email": f"user{index}@example.com",
        "password": "correct-horse-battery-staple",
        "business_registration_number": business_number(index),
        "business_name": f"이지스상회 {index}",
        "phone_number": f"010-{index // 10_000:04}-{index % 10_000:04}",
    }
    content = json.dumps(body).encode()
    where = urlsplit(str(aegis.http.base_url))
    lines = [
        "POST /api/v1/users HTTP/1.1",
        f"Host: {where.netloc}",
        "Authorization: Bearer test-key",
        f"X-Mock-World: {aegis.world}",
        "Content-Type: application/json",
        f"Content-Length: {len(content)}",
        "Connection: close",
    ]
    async with gate:
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
    head, _, said = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(said).get("user_id", said.decode())
