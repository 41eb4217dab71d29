"""
Texts for Korean phones: what they say, and how many bytes they have.
"""

from __future__ import annotations

from typing import Literal

from aegis_runtime import Secret
from aegis_runtime.errors import SchemaViolation
from aegis_sdk.errors import InvalidRequestError, SmsError, combined

__all__ = ["LMS_BYTES", "SMS_BYTES", "code_text", "message_bytes", "message_type", "notification_text"]

SMS_BYTES = 90
LMS_BYTES = 2000
# Korean phones' code page. Python's euc_kr is another one: it writes letters outside KS X 1001 with 8 bytes.
_CODEC = "cp949"


def code_text(code: str | Secret) -> Secret:
    """
    The text that carries a verification code; as secret as the code.

    Raises:
        InvalidRequestError: there is no code.
    """
    plain: object = code.reveal() if isinstance(code, Secret) else code
    if not isinstance(plain, str) or not plain.strip():  # pyright: ignore[reportUnnecessaryIsInstance]
        empty = SchemaViolation("/code", "type", "must be the text of a code")
        raise combined(SmsError, InvalidRequestError)(operation="sendMessage", violations=[empty])
    return Secret(f"[이지스] 인증번호: {plain} (5분 내 입력)")


def notification_text(message: str) -> str:
    """
    The text of a notification.
    """
    return f"[이지스] {message}"


def message_bytes(text: str) -> int:
    """
    Count the bytes that *text* has on a Korean phone.

    Raises:
        ValueError: it has a character, such as an emoji, that cp949 lacks; the position is told.
    """
    try:
        return len(text.encode(_CODEC))
    except UnicodeEncodeError as error:
        position = error.start
    raise ValueError(f"the character at position {position} cannot be sent: cp949 does not have it")


def message_type(text: str) -> Literal["SMS", "LMS"]:
    """
    Say what *text* leaves as.

    Raises:
        ValueError: it is too long, or has a character that cp949 lacks.
    """
    size = message_bytes(text)
    if size > LMS_BYTES:
        raise ValueError(f"the text has {size} bytes in cp949; a message has at most {LMS_BYTES}")
    return "SMS" if size <= SMS_BYTES else "LMS"
