"""
The SMS gateway: its client, models, inputs, errors, and how long a text is on a Korean phone.
"""

from __future__ import annotations

from aegis_sdk._generated import sms as _generated
from aegis_sdk._generated.sms import *  # noqa: F403 -- the contract decides which names there are
from aegis_sdk.clients import AsyncSmsClient, SmsClient  # type: ignore[assignment]  # in place of their bases
from aegis_sdk.clients._text import LMS_BYTES, SMS_BYTES, message_bytes, message_type

__all__ = ["LMS_BYTES", "SMS_BYTES", "AsyncSmsClient", "SmsClient", "message_bytes", "message_type"]
__all__ += _generated.__all__
