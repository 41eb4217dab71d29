"""
A behaviour for ``aegis mock --behaviours``: reading the health puts a mail into the inbox that tries everything.
"""

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver import Behaviours, World

MAIL = """<p>Hello</p>
<script>top.hacked = 1; fetch("https://example.com/fetched")</script>
<img src="https://example.com/picture" onerror="top.hacked = 1">
<iframe src="https://example.com/frame"></iframe><link rel="stylesheet" href="https://example.com/style">
<meta http-equiv="refresh" content="0;url=https://example.com/refresh">
<a href="https://example.com/link">elsewhere</a> <a href="javascript:top.hacked=1">script</a>
<form action="https://example.com/form"><button>send</button></form>"""


def register(behaviours: Behaviours) -> None:
    """
    Speak for the health operation.
    """

    def speak(operation: Operation, reading: Reading, world: World) -> None:
        del operation, reading
        world.mail("kim@example.com", "Hostile", "Hello", html=MAIL)

    behaviours.add("user", {"getHealth": speak})
