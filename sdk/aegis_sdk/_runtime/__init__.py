"""
How a call is made: everything that generated code stands on, and nothing that knows Aegis.

``_models`` is apart (``from aegis_sdk._runtime._models import ResponseModel``): it imports pydantic, which nothing
else here does.
"""

from __future__ import annotations

from aegis_sdk._runtime._check import Check
from aegis_sdk._runtime._circuit import Circuit, CircuitState
from aegis_sdk._runtime._client import AsyncClient, SyncClient
from aegis_sdk._runtime._clock import Clock
from aegis_sdk._runtime._decode import BytesDecoder, JsonDecoder, TextDecoder
from aegis_sdk._runtime._encode import BytesEncoder, JsonEncoder
from aegis_sdk._runtime._middleware import AsyncMiddleware, Attempt, DeadlineHeader, Middleware
from aegis_sdk._runtime._omit import OMIT, Omit, given
from aegis_sdk._runtime._operation import (
    ApiSpec,
    BodySpec,
    CircuitSpec,
    OperationSpec,
    PageSpec,
    ParameterSpec,
    ResponseSpec,
    SecurityScheme,
)
from aegis_sdk._runtime._paging import AsyncPage, AsyncPager, Page
from aegis_sdk._runtime._raw import RawResponse, raw_response, raw_response_async
from aegis_sdk._runtime._resource import AsyncResource, SyncResource
from aegis_sdk._runtime._retry import RetryPolicy
from aegis_sdk._runtime._secret import Secret
from aegis_sdk._runtime._transport import AsyncTransport, Headers, Request, Response, Transport, TransportFailure

__all__ = [
    "OMIT", "ApiSpec", "AsyncClient", "AsyncMiddleware", "AsyncPage", "AsyncPager", "AsyncResource", "AsyncTransport",
    "Attempt", "BodySpec", "BytesDecoder", "BytesEncoder", "Check", "Circuit", "CircuitSpec", "CircuitState", "Clock",
    "DeadlineHeader", "Headers", "JsonDecoder", "JsonEncoder", "Middleware", "Omit", "OperationSpec", "Page",
    "PageSpec", "ParameterSpec", "RawResponse", "Request", "Response", "ResponseSpec", "RetryPolicy", "Secret",
    "SecurityScheme", "SyncClient", "SyncResource", "TextDecoder", "Transport", "TransportFailure", "given",
    "raw_response", "raw_response_async",
]  # fmt: skip
