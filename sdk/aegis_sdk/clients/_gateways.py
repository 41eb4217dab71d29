"""
What every SMS gateway is handed, and what its answer is read as. Pure: values in, values or errors out.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from aegis_runtime import OperationSpec, RawResponse, Secret
from aegis_runtime.errors import CallError, SchemaViolation
from aegis_sdk.business_number import PhoneNumberError, normalize_mobile, phone_digits
from aegis_sdk.clients._text import message_bytes, message_type
from aegis_sdk.errors import AnswerError, ConfigurationError, InvalidRequestError, combined

if TYPE_CHECKING:
    from aegis_sdk._generated.sms import models

__all__ = ["Text", "at", "place", "receipt", "taken", "text_for"]


@dataclass(frozen=True, slots=True, repr=False)
class Text:
    """
    A text that can be sent: numbers in digits, and what it leaves as.
    """

    to: str
    sender: str
    message: Secret
    kind: str
    size: int


def text_for(family: type[CallError], operation: str, to: str, message: str | Secret, sender: str) -> Text:
    """
    Read numbers in every usual form, and count the bytes.

    Raises:
        InvalidRequestError: a number is none that a text can go to or come from; the values are not told.
    """
    plain: object = message.reveal() if isinstance(message, Secret) else message
    found: list[SchemaViolation] = []
    numbers = {"/body/to": "", "/body/from": ""}
    for pointer, read, number in (("/body/to", normalize_mobile, to), ("/body/from", phone_digits, sender)):
        try:
            numbers[pointer] = read(number)
        except PhoneNumberError as error:
            found.append(SchemaViolation(pointer, "phone", str(error)))
        except (TypeError, AttributeError):
            found.append(SchemaViolation(pointer, "type", "must be the text of a phone number"))
    kind, size = "LMS", 0
    if not isinstance(plain, str):  # pyright: ignore[reportUnnecessaryIsInstance]
        found.append(SchemaViolation("/body/message", "type", "must be text"))
    else:
        # What no phone takes is refused by the contract's own rule, before anything is sent.
        with contextlib.suppress(ValueError):
            kind, size = message_type(plain), message_bytes(plain)
    text = Text(numbers["/body/to"], numbers["/body/from"], Secret(str(plain)), kind, size)
    # A text may hold a code: no frame of an error keeps it.
    del plain, message
    if found:
        raise combined(family, InvalidRequestError)(operation=operation, violations=found)
    return text


def taken(raw: RawResponse[models.SentMessage], text: Text, *, strict: bool) -> models.SentMessage:
    """
    Read an answer with any 2xx: what it says, else what is known without it.

    Raises:
        AnswerError: with *strict*, it is not what the contract says.
    """
    try:
        return raw.parse()
    except AnswerError:
        # Another gateway's own words. The text is taken: an error now would have it sent again.
        if strict:
            raise
    return receipt(raw.request_id, text)


def receipt(message_id: str, text: Text) -> models.SentMessage:
    """
    What is known of a text that a gateway took.
    """
    from aegis_sdk._generated.sms import models

    return models.SentMessage(
        message_id=message_id,
        type=models.MessageType(text.kind),
        status=models.SentMessageStatus.ACCEPTED,
        to=text.to,
        bytes=text.size,
        accepted_at=datetime.now(UTC),
    )


def place(api_url: str, base_url: str | None) -> tuple[str, str]:
    """
    Cut the whole address of a gateway into where it is, and what is posted to there.

    Raises:
        ConfigurationError: it is no such address, or a base URL is given too.
    """
    if base_url is not None:
        raise ConfigurationError(
            "SmsClient: give base_url, to which the contract's path is added, or api_url, not both"
        )
    parts = urlsplit(api_url)
    if parts.scheme not in ("http", "https") or not parts.hostname or "{" in api_url or parts.fragment:
        raise ConfigurationError("SmsClient: api_url must be the whole http(s) address that texts are posted to")
    path = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    return f"{parts.scheme}://{parts.netloc}", path


@lru_cache(maxsize=64)
def at(operation: OperationSpec[Any], path: str) -> OperationSpec[Any]:
    """
    *operation*, at another path.
    """
    return replace(operation, path=path)
