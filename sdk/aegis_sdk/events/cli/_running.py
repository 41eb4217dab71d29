"""
Running a command's work, and saying in one line, and once, what Kafka or the database refuses.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Coroutine, Generator
from contextlib import contextmanager
from typing import Any

from aegis_sdk.errors import AegisError
from aegis_sdk.events.kafka._connection import KafkaConnection
from aegis_sdk.events.kafka._reach import explained
from aegis_shell import ENVIRONMENT, CommandError

__all__ = ["quiet", "run"]


def run(work: Coroutine[Any, Any, int], connection: KafkaConnection | None = None) -> int:
    """
    Run a command, and say in words what the environment refuses.

    Raises:
        CommandError: it refuses.
    """
    try:
        with quiet():
            return asyncio.run(work)
    except AegisError as error:
        raise CommandError(str(error), ENVIRONMENT) from None
    except sqlite3.Error as error:
        raise CommandError(f"SQLite: {error}", ENVIRONMENT) from None
    except BrokenPipeError:
        raise  # whoever read what is printed has seen enough
    except (OSError, RuntimeError) as error:
        refused = explained(error, connection) if connection is not None else None
        if refused is not None:
            raise CommandError(str(refused), ENVIRONMENT) from None
        if isinstance(error, OSError):
            raise CommandError(f"Kafka does not answer ({type(error).__name__})", ENVIRONMENT) from None
        # aiokafka's errors are RuntimeErrors; ours and Python's own are told apart by their module.
        if type(error).__module__.partition(".")[0] != "aiokafka":
            raise
        raise CommandError(f"Kafka: {type(error).__name__}", ENVIRONMENT) from None


@contextmanager
def quiet() -> Generator[None]:
    """
    Let aiokafka's loggers say nothing: it logs what it raises as well, and the user reads it once.
    """
    loud, silent = logging.getLogger("aiokafka"), logging.NullHandler()
    before, loud.propagate = loud.propagate, False
    loud.addHandler(silent)
    try:
        yield
    finally:
        loud.removeHandler(silent)
        loud.propagate = before
