"""
Asking for a chunk: attempts, and cutting it up until only what is bad about it is left.

A call that fails is not tried again as a whole: its halves are, which answers all that can be answered, and finds the
row that it failed for in few calls. What fails for all of them is the registry's state, and that is the circuit's: it
opens, and the batch waits with it, as long as it is patient.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from aegis_runtime import RawResponse, RetryPolicy
from aegis_sdk.batch import _answers
from aegis_sdk.batch._answers import Answered, Trouble
from aegis_sdk.batch._chunks import Chunk
from aegis_sdk.batch._errors import BatchStoppedError
from aegis_sdk.batch._pace import Pace
from aegis_sdk.batch._settings import BatchSettings
from aegis_sdk.clients._registry import AsyncBusinessRegistryClient
from aegis_sdk.errors import (
    AnswerError,
    ApiError,
    AuthenticationError,
    CallError,
    CircuitOpenError,
    ConnectionFailed,
    InvalidRequestError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitedError,
    UnexpectedRedirectError,
)

__all__ = ["Asker"]

FRUITLESS = 16
"""Calls in a row without one answer after which the rest of a chunk is given up."""
FIRST = 15.0
"""Seconds that a registry is waited for which has never answered: most likely its address is wrong."""
ROW = 10.0
"""Longest pause before one more attempt for a single business."""
Call = Callable[[list[str]], Awaitable[RawResponse[Any]]]
Read = Callable[[RawResponse[Any]], dict[str, Answered]]


class _Failed(Exception):  # noqa: N818 -- an outcome, never seen outside
    def __init__(self, trouble: Trouble) -> None:
        super().__init__()
        self.trouble = trouble


class Asker:
    """
    Asks the registry, with everything that may go wrong.

    Args:
        client: whose circuit and time are used; its retries are ours.
    """

    def __init__(self, client: AsyncBusinessRegistryClient, settings: BatchSettings, pace: Pace) -> None:
        self._businesses = client.with_options(max_retries=0).businesses.with_raw_response
        self._settings = settings
        self._pace = pace
        self._policy = RetryPolicy(base=0.5, maximum=30.0)
        self._began = self._answered = asyncio.get_running_loop().time()
        self._ever = False

    async def ask(self, chunk: Chunk) -> None:
        """
        Find the verdict of every row of *chunk*.

        Raises:
            BatchStoppedError: the registry lets nobody go on.
        """
        if chunk.states:
            found = await self._found(list(chunk.states), self._status, _answers.states)
            self._tell(chunk, chunk.states, found)
        if chunk.claims:

            async def validate(part: list[str]) -> RawResponse[Any]:
                return await self._businesses.validate(businesses=[chunk.queries[number] for number in part])

            self._tell(chunk, chunk.claims, await self._found(list(chunk.claims), validate, _answers.claims))

    async def _status(self, part: list[str]) -> RawResponse[Any]:
        return await self._businesses.status(b_no=part)

    def _tell(self, chunk: Chunk, asked: dict[str, list[int]], found: dict[str, Answered]) -> None:
        for number, places in asked.items():
            for place in places:
                chunk.verdicts[place] = _answers.verdict(number, found[number], chunk.first + place)

    async def _found(self, numbers: list[str], call: Call, read: Read) -> dict[str, Answered]:
        found: dict[str, Answered] = {}
        waiting = deque([numbers])
        again: set[str] = set()
        fruitless = 0
        while waiting:
            part = waiting.popleft()
            try:
                answers = await self._answers(part, call, read)
            except _Failed as failed:
                fruitless += 1
                if fruitless >= FRUITLESS:
                    found.update(dict.fromkeys(part, failed.trouble))
                    for rest in waiting:
                        found.update(dict.fromkeys(rest, failed.trouble))
                    break
                if len(part) == 1:
                    found[part[0]] = failed.trouble
                else:  # behind the others: what is good is answered first
                    waiting += [part[: len(part) // 2], part[len(part) // 2 :]]
                continue
            fruitless = 0
            open_ = [number for number in part if not _good(answers.get(number))]
            found.update({number: answers[number] for number in part if _good(answers.get(number))})
            once = [number for number in open_ if number not in again]
            again.update(once)
            if once and (len(once) < len(part) or len(part) == 1):
                waiting.append(once)
            elif once:
                waiting += [once[: len(once) // 2], once[len(once) // 2 :]]
            missing = Trouble("unreadable", "the registry's answer leaves it out")
            found.update({number: answers.get(number, missing) for number in open_ if number not in once})
        return found

    async def _answers(self, part: list[str], call: Call, read: Read) -> dict[str, Answered]:
        attempts = 0
        while True:
            await self._pace.turn(len(part))
            try:
                answers = read(await call(part))
            except CircuitOpenError as error:
                await self._patiently(max(error.retry_after, 0.05), "the registry fails, so that its circuit is open")
            except RateLimitedError as error:
                wait = self._policy.delay(attempts) if error.retry_after is None else error.retry_after
                self._pace.pause(wait)
                await self._patiently(wait, "the registry answers 429, too many requests")
                attempts += 1
            except CallError as error:
                self._stop(error)
                wait = self._again(error, len(part), attempts)
                attempts += 1
                await asyncio.sleep(wait)
            else:
                self._ever, self._answered = True, asyncio.get_running_loop().time()
                return answers

    async def _patiently(self, seconds: float, why: str) -> None:
        patience = self._settings.patience if self._ever else min(FIRST, self._settings.patience)
        if asyncio.get_running_loop().time() + seconds > self._answered + patience:
            raise BatchStoppedError(
                f"{why}: nothing answered within {patience:g} s. The same command goes on from here"
            )
        await asyncio.sleep(seconds)

    def _stop(self, error: CallError) -> None:
        """
        Stop the batch for what concerns every row.
        """
        if isinstance(error, AuthenticationError | PermissionDeniedError):
            raise BatchStoppedError(f"the registry refuses the key ({error.status})") from None
        if isinstance(error, NotFoundError | UnexpectedRedirectError):
            raise BatchStoppedError(
                f"there is no registry at the base URL ({error.status}): the gateway's ends in /api/v1, "
                "the tax service's in /api/nts-businessman/v1"
            ) from None

    def _again(self, error: CallError, businesses: int, attempts: int) -> float:
        """
        Seconds until another attempt for the same businesses.

        Raises:
            BatchStoppedError: nothing was ever answered, and nobody can be reached.
            _Failed: there is none.
        """
        trouble = _trouble(error)
        # Without a connection there is nothing to cut up yet; a registry that answers is cut up at once.
        connecting = isinstance(error, ConnectionFailed)
        if trouble.status == "invalid" or attempts >= self._settings.max_retries or (businesses > 1 and not connecting):
            if connecting and not self._ever:
                raise BatchStoppedError("the registry cannot be reached: no connection") from None
            raise _Failed(trouble) from None
        wait = self._policy.delay(attempts)
        if isinstance(error, ApiError):
            wait = max(wait, error.retry_after or 0.0)
            if error.status < 500 or wait > ROW:
                raise _Failed(trouble) from None
        return wait


def _good(answer: Answered | None) -> bool:
    return answer is not None and not isinstance(answer, Trouble)


def _trouble(error: CallError) -> Trouble:
    if isinstance(error, InvalidRequestError):
        return Trouble("invalid", "it cannot be asked for: " + "; ".join(each.message for each in error.violations))
    if isinstance(error, ApiError):
        if error.status >= 500:
            return Trouble("unavailable", f"the registry has no answer to it now ({error.status})")
        return Trouble("unreadable", f"the registry refuses to answer for it ({error.status})")
    if isinstance(error, AnswerError):
        return Trouble("unreadable", f"the registry's answer is none: {error.happened}")
    return Trouble("unavailable", f"the registry does not answer for it: {error.happened}")
