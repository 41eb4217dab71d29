"""
From the first chapter to the summary, and what becomes of a failure.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from aegis_sdk.demo._chapters import CHAPTERS
from aegis_sdk.demo._mock import DemoError
from aegis_sdk.demo._scene import Scene
from aegis_sdk.demo._teller import Chapter, Teller
from aegis_sdk.errors import AegisError
from aegis_shell import ENVIRONMENT, FOUND, OK, CommandError

TITLE = "Aegis: from contracts to a user, on this machine"
SUBTITLE = "A typed SDK against the mock server; nothing leaves this machine, and every person here is invented."


class StoryError(Exception):
    """
    A chapter failed; says which, and why.
    """

    def __init__(self, number: int, title: str, cause: BaseException) -> None:
        known = isinstance(cause, DemoError | AegisError)
        said = str(cause) if known else f"{type(cause).__name__}: {cause}"
        super().__init__(f"chapter {number} ({title}) failed: {said}")
        self.exit_code = ENVIRONMENT if isinstance(cause, DemoError) and cause.environment else FOUND


def tell(*, as_json: bool) -> int:
    """
    Tell the story on the terminal, or print only a summary.
    """
    # What libraries log is no part of the story; what goes wrong ends it with a sentence.
    logging.disable(logging.CRITICAL)
    teller = Teller(quiet=as_json)
    chapters: list[Chapter] = []
    started = time.perf_counter()
    try:
        asyncio.run(_tell(teller, chapters))
    except StoryError as error:
        if as_json:
            _print(_summary(chapters, time.perf_counter() - started, str(error)))
            return error.exit_code
        raise CommandError(str(error), error.exit_code) from None
    finally:
        logging.disable(logging.NOTSET)
    seconds = time.perf_counter() - started
    if as_json:
        _print(_summary(chapters, seconds, None))
    else:
        teller.summary(chapters, seconds)
    return OK


async def _tell(teller: Teller, chapters: list[Chapter]) -> None:
    teller.begin(TITLE, SUBTITLE)
    async with AsyncExitStack() as stack:
        scene = Scene(teller, stack)
        for number, (title, happen) in enumerate(CHAPTERS, 1):
            teller.chapter(number, title)
            started = time.perf_counter()
            try:
                outcome = await happen(scene)
            except Exception as error:
                raise StoryError(number, title, error) from error
            chapter = Chapter(title, time.perf_counter() - started, outcome)
            chapters.append(chapter)
            teller.done(chapter)


def _summary(chapters: list[Chapter], seconds: float, error: str | None) -> dict[str, Any]:
    told = [{"title": c.title, "outcome": c.outcome, "seconds": round(c.seconds, 3)} for c in chapters]
    return {"ok": error is None, "seconds": round(seconds, 3), "error": error, "chapters": told}


def _print(summary: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(summary, ensure_ascii=False, indent=2) + "\n")
