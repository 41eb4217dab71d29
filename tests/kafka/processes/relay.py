"""
A relay in a process of its own.

Arguments: file, bootstrap servers.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys

from aegis_sdk.events.outbox import OutboxRelay, RelaySettings


async def main(path: str, bootstrap_servers: str) -> None:
    settings = RelaySettings(
        batch=100, lease=2.0, poll_interval=0.05, publish_timeout=10.0, request_timeout=5.0, settle=0.2
    )
    relay = OutboxRelay.sqlite(path, bootstrap_servers, settings=settings)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, relay.stop)
    await relay.run()
    print(relay.stats, flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    logging.getLogger("aegis_sdk").setLevel(logging.INFO)
    asyncio.run(main(*sys.argv[1:]))
