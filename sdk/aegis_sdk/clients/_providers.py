"""
What SMS providers beside the Aegis gateway have in common: what is handed to them, and what became of it.

They send what ``SmsClient`` sends, by the same methods, and raise errors of the same family. None of them has
idempotency keys: what may have been sent is not sent again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aegis_runtime import Secret
from aegis_runtime.errors import CallError, SchemaViolation
from aegis_sdk._generated.sms.family import SmsError
from aegis_sdk.clients._gateways import Text, text_for
from aegis_sdk.errors import ConfigurationError, InvalidRequestError, combined

if TYPE_CHECKING:
    from aegis_sdk._generated.sms import models

__all__ = ["MessageRefusedError", "Receipts", "Sender", "Undelivered", "configured", "of_sms"]


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

    def __init__(self, sender: str | None) -> None:
        self._sender = sender or os.environ.get("AEGIS_SMS_SENDER")

    def texts_for(self, to: Sequence[str], message: str | Secret, sender: str | None, most: int) -> list[Text]:
        number = sender or self._sender
        if not number:
            raise ConfigurationError("a sender is needed: give sender=…, or set AEGIS_SMS_SENDER")
        if isinstance(to, str) or not 1 <= len(to) <= most:
            fault = SchemaViolation("/to", "maxItems", f"must be a list of 1 to {most:,} numbers")
            raise combined(SmsError, InvalidRequestError)(operation="send", violations=[fault])
        return [text_for(SmsError, "send", each, message, number) for each in to]


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
