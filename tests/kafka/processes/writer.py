"""
A service in a process of its own: it changes users and adds events to its outbox, and rolls some of it back.

Arguments: file, topic, seed, pause between transactions in seconds, end. It goes on where its table of users ends.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from outboxes import TopicCodec
from publishing import registered

from aegis_sdk.events.outbox import SqliteOutbox


def main(path: str, topic: str, seed: str, pause: float, end: int) -> None:
    chance = random.Random(f"{seed}{time.time_ns()}")
    connection = sqlite3.connect(path, timeout=60.0, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    outbox = SqliteOutbox(TopicCodec(topic))
    while True:
        connection.execute("BEGIN IMMEDIATE")
        (written,) = connection.execute("SELECT count(*) FROM users").fetchone()
        if written >= end:
            connection.execute("ROLLBACK")
            return
        for number in range(written, min(end, written + chance.randint(1, 20))):
            connection.execute("INSERT INTO users VALUES (?)", (number,))
            outbox.add(connection, registered(number))
        # What is rolled back is written again the next time, with the same ids: twice on the topic would be seen.
        connection.execute("ROLLBACK" if chance.random() < 0.2 else "COMMIT")
        if pause:
            time.sleep(pause * chance.random())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), int(sys.argv[5]))
