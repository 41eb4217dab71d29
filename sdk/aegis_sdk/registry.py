"""
The Business Registry: its client, models, inputs, errors, and what ``verify`` answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from aegis_sdk._generated import registry as _generated
from aegis_sdk.clients._business import (
    BusinessInfo,
    BusinessNotConfirmedError,
    BusinessNotRegisteredError,
    BusinessVerdict,
)
from aegis_sdk.clients._registry import AsyncBusinessRegistryClient, BusinessRegistryClient

if TYPE_CHECKING:
    # <generated types-registry>
    from aegis_sdk._generated.registry import BadJsonRequestError as BadJsonRequestError
    from aegis_sdk._generated.registry import BusinessDetails as BusinessDetails
    from aegis_sdk._generated.registry import BusinessInfoResponse as BusinessInfoResponse
    from aegis_sdk._generated.registry import BusinessNotFoundError as BusinessNotFoundError
    from aegis_sdk._generated.registry import BusinessQuery as BusinessQuery
    from aegis_sdk._generated.registry import BusinessQueryInput as BusinessQueryInput
    from aegis_sdk._generated.registry import BusinessStateCode as BusinessStateCode
    from aegis_sdk._generated.registry import BusinessType as BusinessType
    from aegis_sdk._generated.registry import BusinessValidation as BusinessValidation
    from aegis_sdk._generated.registry import BusinessValidationValid as BusinessValidationValid
    from aegis_sdk._generated.registry import ConflictProblem as ConflictProblem
    from aegis_sdk._generated.registry import ContentTooLargeError as ContentTooLargeError
    from aegis_sdk._generated.registry import ForbiddenError as ForbiddenError
    from aegis_sdk._generated.registry import GetBusinessInfoResultType as GetBusinessInfoResultType
    from aegis_sdk._generated.registry import GetBusinessInfoResultTypeInput as GetBusinessInfoResultTypeInput
    from aegis_sdk._generated.registry import IdempotencyKeyReusedError as IdempotencyKeyReusedError
    from aegis_sdk._generated.registry import IdempotencyRequestInProgressError as IdempotencyRequestInProgressError
    from aegis_sdk._generated.registry import InternalError as InternalError
    from aegis_sdk._generated.registry import InvalidRequestProblem as InvalidRequestProblem
    from aegis_sdk._generated.registry import MethodNotAllowedError as MethodNotAllowedError
    from aegis_sdk._generated.registry import NotAcceptableError as NotAcceptableError
    from aegis_sdk._generated.registry import NotFoundProblem as NotFoundProblem
    from aegis_sdk._generated.registry import OkStatusCode as OkStatusCode
    from aegis_sdk._generated.registry import PortalError as PortalError
    from aegis_sdk._generated.registry import PortalFailedError as PortalFailedError
    from aegis_sdk._generated.registry import PreviousTaxTypeCode as PreviousTaxTypeCode
    from aegis_sdk._generated.registry import Problem as Problem
    from aegis_sdk._generated.registry import RegistryError as RegistryError
    from aegis_sdk._generated.registry import RequestDataMalformedError as RequestDataMalformedError
    from aegis_sdk._generated.registry import ServiceKeyMissingError as ServiceKeyMissingError
    from aegis_sdk._generated.registry import ServiceKeyUnknownError as ServiceKeyUnknownError
    from aegis_sdk._generated.registry import ServiceUnavailableProblem as ServiceUnavailableProblem
    from aegis_sdk._generated.registry import ServiceUnknownError as ServiceUnknownError
    from aegis_sdk._generated.registry import StatusRequest as StatusRequest
    from aegis_sdk._generated.registry import StatusResponse as StatusResponse
    from aegis_sdk._generated.registry import TaxpayerStatus as TaxpayerStatus
    from aegis_sdk._generated.registry import TaxpayerStatusUtccYn as TaxpayerStatusUtccYn
    from aegis_sdk._generated.registry import TaxServiceError as TaxServiceError
    from aegis_sdk._generated.registry import TaxServiceErrorStatusCode as TaxServiceErrorStatusCode
    from aegis_sdk._generated.registry import TaxServiceFailedError as TaxServiceFailedError
    from aegis_sdk._generated.registry import TaxServiceUnavailableError as TaxServiceUnavailableError
    from aegis_sdk._generated.registry import TaxTypeCode as TaxTypeCode
    from aegis_sdk._generated.registry import TooLargeRequestError as TooLargeRequestError
    from aegis_sdk._generated.registry import TooManyRequestsError as TooManyRequestsError
    from aegis_sdk._generated.registry import UnauthorizedError as UnauthorizedError
    from aegis_sdk._generated.registry import UnsupportedMediaTypeProblem as UnsupportedMediaTypeProblem
    from aegis_sdk._generated.registry import ValidateRequest as ValidateRequest
    from aegis_sdk._generated.registry import ValidateResponse as ValidateResponse
    from aegis_sdk._generated.registry import Violation as Violation
    # </generated types-registry>

__all__ = ["BusinessInfo", "BusinessNotConfirmedError", "BusinessNotRegisteredError", "BusinessVerdict"]
__all__ += [
    # <generated names-registry>
    "AsyncBusinessRegistryClient",
    "BadJsonRequestError",
    "BusinessDetails",
    "BusinessInfoResponse",
    "BusinessNotFoundError",
    "BusinessQuery",
    "BusinessQueryInput",
    "BusinessRegistryClient",
    "BusinessStateCode",
    "BusinessType",
    "BusinessValidation",
    "BusinessValidationValid",
    "ConflictProblem",
    "ContentTooLargeError",
    "ForbiddenError",
    "GetBusinessInfoResultType",
    "GetBusinessInfoResultTypeInput",
    "IdempotencyKeyReusedError",
    "IdempotencyRequestInProgressError",
    "InternalError",
    "InvalidRequestProblem",
    "MethodNotAllowedError",
    "NotAcceptableError",
    "NotFoundProblem",
    "OkStatusCode",
    "PortalError",
    "PortalFailedError",
    "PreviousTaxTypeCode",
    "Problem",
    "RegistryError",
    "RequestDataMalformedError",
    "ServiceKeyMissingError",
    "ServiceKeyUnknownError",
    "ServiceUnavailableProblem",
    "ServiceUnknownError",
    "StatusRequest",
    "StatusResponse",
    "TaxServiceError",
    "TaxServiceErrorStatusCode",
    "TaxServiceFailedError",
    "TaxServiceUnavailableError",
    "TaxTypeCode",
    "TaxpayerStatus",
    "TaxpayerStatusUtccYn",
    "TooLargeRequestError",
    "TooManyRequestsError",
    "UnauthorizedError",
    "UnsupportedMediaTypeProblem",
    "ValidateRequest",
    "ValidateResponse",
    "Violation",
    # </generated names-registry>
]

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        value: object = getattr(_generated, name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted(__all__)
