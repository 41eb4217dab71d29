"""
The SMS gateway: its client, models, inputs, errors, and how long a text is on a Korean phone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aegis_sdk._generated import sms as _generated
from aegis_sdk.clients._providers import MessageRefusedError, Receipts, Undelivered
from aegis_sdk.clients._sens import AsyncSensGateway, SensGateway
from aegis_sdk.clients._sms import AsyncSmsClient, SmsClient
from aegis_sdk.clients._solapi import AsyncSolapiGateway, SolapiGateway
from aegis_sdk.clients._text import LMS_BYTES, SMS_BYTES, message_bytes, message_type

if TYPE_CHECKING:
    # <generated types-sms>
    from aegis_sdk._generated.sms import BalanceExhaustedError as BalanceExhaustedError
    from aegis_sdk._generated.sms import CarrierUnavailableError as CarrierUnavailableError
    from aegis_sdk._generated.sms import ConflictProblem as ConflictProblem
    from aegis_sdk._generated.sms import ContentTooLargeError as ContentTooLargeError
    from aegis_sdk._generated.sms import ForbiddenError as ForbiddenError
    from aegis_sdk._generated.sms import IdempotencyKeyReusedError as IdempotencyKeyReusedError
    from aegis_sdk._generated.sms import IdempotencyRequestInProgressError as IdempotencyRequestInProgressError
    from aegis_sdk._generated.sms import InternalError as InternalError
    from aegis_sdk._generated.sms import InvalidRequestProblem as InvalidRequestProblem
    from aegis_sdk._generated.sms import MessageType as MessageType
    from aegis_sdk._generated.sms import MethodNotAllowedError as MethodNotAllowedError
    from aegis_sdk._generated.sms import NotAcceptableError as NotAcceptableError
    from aegis_sdk._generated.sms import NotFoundProblem as NotFoundProblem
    from aegis_sdk._generated.sms import Problem as Problem
    from aegis_sdk._generated.sms import RecipientRejectedError as RecipientRejectedError
    from aegis_sdk._generated.sms import SenderNotRegisteredError as SenderNotRegisteredError
    from aegis_sdk._generated.sms import SendMessageRequest as SendMessageRequest
    from aegis_sdk._generated.sms import SentMessage as SentMessage
    from aegis_sdk._generated.sms import SentMessageStatus as SentMessageStatus
    from aegis_sdk._generated.sms import ServiceUnavailableProblem as ServiceUnavailableProblem
    from aegis_sdk._generated.sms import SmsError as SmsError
    from aegis_sdk._generated.sms import TooManyRequestsError as TooManyRequestsError
    from aegis_sdk._generated.sms import UnauthorizedError as UnauthorizedError
    from aegis_sdk._generated.sms import UnsupportedMediaTypeProblem as UnsupportedMediaTypeProblem
    from aegis_sdk._generated.sms import Violation as Violation
    # </generated types-sms>

__all__ = [
    "LMS_BYTES",
    "SMS_BYTES",
    "AsyncSensGateway",
    "AsyncSolapiGateway",
    "MessageRefusedError",
    "Receipts",
    "SensGateway",
    "SolapiGateway",
    "Undelivered",
    "message_bytes",
    "message_type",
]
__all__ += [
    # <generated names-sms>
    "AsyncSmsClient",
    "BalanceExhaustedError",
    "CarrierUnavailableError",
    "ConflictProblem",
    "ContentTooLargeError",
    "ForbiddenError",
    "IdempotencyKeyReusedError",
    "IdempotencyRequestInProgressError",
    "InternalError",
    "InvalidRequestProblem",
    "MessageType",
    "MethodNotAllowedError",
    "NotAcceptableError",
    "NotFoundProblem",
    "Problem",
    "RecipientRejectedError",
    "SendMessageRequest",
    "SenderNotRegisteredError",
    "SentMessage",
    "SentMessageStatus",
    "ServiceUnavailableProblem",
    "SmsClient",
    "SmsError",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnsupportedMediaTypeProblem",
    "Violation",
    # </generated names-sms>
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        value: object = getattr(_generated, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
