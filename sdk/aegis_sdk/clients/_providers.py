"""
What SMS providers beside the Aegis gateway have in common: what is handed to them, and what became of it.

They send what ``SmsClient`` sends, by the same methods, and raise errors of the same family. None of them has
idempotency keys: what may have been sent is not sent again.
"""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from aegis_runtime import AsyncClient, Secret, SyncClient, concealed, discreet
from aegis_runtime.errors import CallError, SchemaViolation
from aegis_sdk._generated.sms.family import SmsError
from aegis_sdk.clients._gateways import Text, text_for
from aegis_sdk.clients._text import code_text, notification_text
from aegis_sdk.errors import ConfigurationError, InvalidRequestError, combined

if TYPE_CHECKING:
    from aegis_sdk._generated.sms import models

__all__ = ["AsyncSender", "MessageRefusedError", "Receipts", "Sender", "SyncSender", "Undelivered", "configured"]

C = TypeVar("C", bound=SyncClient)
A = TypeVar("A", bound=AsyncClient)


class MessageRefusedError(SmsError):
    """
    The provider took the request, and refuses the text in it.

    Attributes:
        code: the provider's number for the reason.
    """

    happened = "the provider refuses the text"
    code: str = ""

    def __init__(self, *, code: str = "", **about: Any) -> None:
        super().__init__(**about)
        self.code = code


@dataclass(frozen=True, slots=True, repr=False)
class Undelivered:
    """
    A text that the provider refuses.

    Attributes:
        index: of its recipient, among those that were given.
        code: the provider's number for the reason.
    """

    index: int
    code: str


@dataclass(frozen=True, slots=True, repr=False)
class Receipts:
    """
    What became of one text to many: a partial failure is an answer.
    """

    sent: tuple[models.SentMessage, ...]
    failed: tuple[Undelivered, ...]


class Sender:
    """
    What both providers have in common, sync and async.
    """

    POSTS_TO: ClassVar[str]
    MOST: ClassVar[int]
    """To how many one request may send a text."""

    def __init__(self, sender: str | None) -> None:
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    def texts_for(self, to: Sequence[str], message: str | Secret, sender: str | None) -> list[Text]:
        number = sender or self._sender
        if not number:
            raise ConfigurationError("a sender is needed: give sender=…, or set AEGIS_SMS_SENDER")
        if isinstance(to, str) or not 1 <= len(to) <= self.MOST:
            fault = SchemaViolation("/to", "maxItems", f"must be a list of 1 to {self.MOST:,} numbers")
            raise combined(SmsError, InvalidRequestError)(operation="send", violations=[fault])
        return [text_for(SmsError, "send", each, message, number) for each in to]

    def refused(self, code: str, detail: str = "") -> MessageRefusedError:
        return MessageRefusedError(
            operation="send", method="POST", path=self.POSTS_TO, attempts=1, code=code, detail=detail
        )

    def only(self, receipts: Receipts) -> models.SentMessage:
        if receipts.failed:
            raise self.refused(receipts.failed[0].code)
        return receipts.sent[0]


class SyncSender(Sender, ABC, Generic[C]):
    """
    Sends texts, and waits for the answers.
    """

    client: C

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.client.close()

    @discreet
    def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.

        Raises:
            MessageRefusedError: the provider refuses it, in an answer that is 2xx.
        """
        return self.only(self.send_many([to], concealed(message), sender=sender))

    @discreet
    def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return self.send(to, code_text(concealed(code)))

    @discreet
    def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return self.send(to, notification_text(message))

    @discreet
    def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Receipts:
        """
        Send one text to many, and say whom it does not go to.

        Raises:
            MessageRefusedError: the provider takes it for all of them or for none, and refuses it.
        """
        texts = self.texts_for(to, concealed(message), sender)
        failed: CallError
        try:
            return self._post(texts)
        except CallError as error:
            failed = error
        raise of_sms(failed)

    @abstractmethod
    def _post(self, texts: list[Text]) -> Receipts: ...


class AsyncSender(Sender, ABC, Generic[A]):
    """
    ``SyncSender``, awaited.
    """

    client: A

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.aclose()

    @discreet
    async def send(self, to: str, message: str | Secret, *, sender: str | None = None) -> models.SentMessage:
        """
        Send *message* as it is.

        Raises:
            MessageRefusedError: the provider refuses it, in an answer that is 2xx.
        """
        return self.only(await self.send_many([to], concealed(message), sender=sender))

    @discreet
    async def send_code(self, to: str, code: str | Secret) -> models.SentMessage:
        """
        Send a verification code: ``[이지스] 인증번호: {code} (5분 내 입력)``.
        """
        return await self.send(to, code_text(concealed(code)))

    @discreet
    async def send_notification(self, to: str, message: str) -> models.SentMessage:
        """
        Send a notification: ``[이지스] {message}``.
        """
        return await self.send(to, notification_text(message))

    @discreet
    async def send_many(self, to: Sequence[str], message: str | Secret, *, sender: str | None = None) -> Receipts:
        """
        Send one text to many, and say whom it does not go to.

        Raises:
            MessageRefusedError: the provider takes it for all of them or for none, and refuses it.
        """
        texts = self.texts_for(to, concealed(message), sender)
        failed: CallError
        try:
            return await self._post(texts)
        except CallError as error:
            failed = error
        raise of_sms(failed)

    @abstractmethod
    async def _post(self, texts: list[Text]) -> Receipts: ...


def configured(given: str | Secret | None, variable: str) -> Secret:
    value = given.reveal() if isinstance(given, Secret) else given or os.environ.get(variable)
    if not value:
        raise ConfigurationError(f"the environment variable {variable} is not set, and nothing is given in its place")
    return Secret(value)


def of_sms(error: CallError) -> CallError:
    """
    The same error, of the family of texts too: who sends by another provider catches what it caught before.
    """
    if isinstance(error, SmsError):
        return error
    kind = combined(SmsError, type(error))
    made = kind.__new__(kind)
    made.__dict__.update(error.__dict__)
    return made
