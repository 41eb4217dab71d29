"""
The business registry, at the Aegis gateway or at the National Tax Service itself.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from datetime import date
from typing import Literal, Unpack
from urllib.parse import urlsplit

from aegis_runtime import Secret, discreet
from aegis_sdk._generated.registry.client import AsyncBusinessRegistryClient as GeneratedAsyncClient
from aegis_sdk._generated.registry.client import BusinessRegistryClient as GeneratedClient
from aegis_sdk.business_number import BusinessNumber, CheckDigit
from aegis_sdk.clients import _business as business
from aegis_sdk.clients._business import BusinessInfo, BusinessVerdict
from aegis_sdk.clients._options import AsyncClientOptions, ClientOptions
from aegis_sdk.errors import ConfigurationError

__all__ = ["AsyncBusinessRegistryClient", "BusinessRegistryClient"]

TAX_SERVICE = "https://api.odcloud.kr/api/nts-businessman/v1"
Service = Literal["gateway", "tax-service"]


class BusinessRegistryClient(GeneratedClient):
    """
    Asks whether a business exists, is active, and is whom it says it is.

    ``businesses`` has the registry's own three operations; ``verify`` and ``verify_many`` say what they mean.
    """

    @discreet
    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        service: Service | None = None,
        **options: Unpack[ClientOptions],
    ) -> None:
        """
        Args:
            base_url: without it ``AEGIS_REGISTRY_URL`` decides, then *service*.
            token: the gateway's key or the tax service's; without it ``AEGIS_REGISTRY_TOKEN`` decides.
            service: who answers at *base_url*; told by the URL when left out.
        """
        url, auth = _place(base_url, service)
        super().__init__(url, token, auth=auth, **options)

    @discreet
    def verify(
        self,
        number: str | BusinessNumber,
        *,
        start_date: date | str | None = None,
        representative: str | None = None,
        details: bool | None = None,
        check_digit: CheckDigit = "warn",
        timeout: float | None = None,
    ) -> BusinessInfo:
        """
        Ask for a business. A suspended or closed one is an answer (see its ``status``), an unknown one is an error.

        Args:
            start_date: with *representative*, also asks whether all three belong together (진위확인).
            details: whether to read name and industry too; when left out, wherever they are offered (at the gateway).
            check_digit: a number whose sum does not hold is asked for with a ``CheckDigitWarning`` (``"warn"``),
                without one (``"ignore"``), or not at all (``"refuse"``): about 0.7 % of the numbers in use fail it.
            timeout: seconds for each of the one or two calls.

        Raises:
            BusinessNotRegisteredError: the tax service does not know the number.
            BusinessNotConfirmedError: number, start date and representative do not belong together.
            InvalidRequestError: the number or the date is none, or one of date and representative is missing.
        """
        digits = business.digits(number, check_digit)
        if start_date is not None and representative is not None:
            asked = business.query(digits, start_date, representative)
            state = business.confirmed(self.businesses.validate(businesses=[asked], timeout=timeout), digits)
        else:
            _both(start_date, representative)
            state = business.state_of(self.businesses.status(b_no=[digits], timeout=timeout), digits)
        if not _wanted(details, self.auth):
            return business.info_of(state, None)
        found = self.businesses.info(business_reg_no=digits, timeout=timeout)
        return business.info_of(state, found.data)

    @discreet
    def verify_many(
        self,
        numbers: Iterable[str | BusinessNumber],
        *,
        chunk: int = business.AT_MOST,
        check_digit: Literal["refuse", "ignore"] = "ignore",
        timeout: float | None = None,
    ) -> Iterator[BusinessVerdict]:
        """
        Ask for the state of any number of businesses, *chunk* (at most 100) a call, in the order given. A number that
        is none is one verdict (``invalid``), not the end; ``aegis_sdk.batch`` contains failures of the registry too.

        Args:
            check_digit: whether numbers whose sum does not hold are invalid; each verdict's ``check_digit`` tells.
            timeout: seconds for each call.
        """
        return self._verdicts(business.chunks(numbers, chunk, check_digit), timeout)

    def _verdicts(self, chunks: Iterator[business.Chunk], timeout: float | None) -> Iterator[BusinessVerdict]:
        for each in chunks:
            answer = self.businesses.status(b_no=each.digits, timeout=timeout) if each.digits else None
            yield from business.verdicts(answer, each)


class AsyncBusinessRegistryClient(GeneratedAsyncClient):
    """
    Asks whether a business exists, is active, and is whom it says it is.

    ``businesses`` has the registry's own three operations; ``verify`` and ``verify_many`` say what they mean.
    """

    @discreet
    def __init__(
        self,
        base_url: str | None = None,
        token: str | Secret | None = None,
        *,
        service: Service | None = None,
        **options: Unpack[AsyncClientOptions],
    ) -> None:
        """
        Args:
            base_url: without it ``AEGIS_REGISTRY_URL`` decides, then *service*.
            token: the gateway's key or the tax service's; without it ``AEGIS_REGISTRY_TOKEN`` decides.
            service: who answers at *base_url*; told by the URL when left out.
        """
        url, auth = _place(base_url, service)
        super().__init__(url, token, auth=auth, **options)

    @discreet
    async def verify(
        self,
        number: str | BusinessNumber,
        *,
        start_date: date | str | None = None,
        representative: str | None = None,
        details: bool | None = None,
        check_digit: CheckDigit = "warn",
        timeout: float | None = None,
    ) -> BusinessInfo:
        """
        Ask for a business. A suspended or closed one is an answer (see its ``status``), an unknown one is an error.

        Args:
            start_date: with *representative*, also asks whether all three belong together (진위확인).
            details: whether to read name and industry too; when left out, wherever they are offered (at the gateway).
            check_digit: a number whose sum does not hold is asked for with a ``CheckDigitWarning`` (``"warn"``),
                without one (``"ignore"``), or not at all (``"refuse"``): about 0.7 % of the numbers in use fail it.
            timeout: seconds for each of the one or two calls.

        Raises:
            BusinessNotRegisteredError: the tax service does not know the number.
            BusinessNotConfirmedError: number, start date and representative do not belong together.
            InvalidRequestError: the number or the date is none, or one of date and representative is missing.
        """
        digits = business.digits(number, check_digit)
        if start_date is not None and representative is not None:
            asked = business.query(digits, start_date, representative)
            state = business.confirmed(await self.businesses.validate(businesses=[asked], timeout=timeout), digits)
        else:
            _both(start_date, representative)
            state = business.state_of(await self.businesses.status(b_no=[digits], timeout=timeout), digits)
        if not _wanted(details, self.auth):
            return business.info_of(state, None)
        found = await self.businesses.info(business_reg_no=digits, timeout=timeout)
        return business.info_of(state, found.data)

    @discreet
    def verify_many(
        self,
        numbers: Iterable[str | BusinessNumber],
        *,
        chunk: int = business.AT_MOST,
        check_digit: Literal["refuse", "ignore"] = "ignore",
        timeout: float | None = None,
    ) -> AsyncIterator[BusinessVerdict]:
        """
        Ask for the state of any number of businesses, *chunk* (at most 100) a call, in the order given. A number that
        is none is one verdict (``invalid``), not the end; ``aegis_sdk.batch`` contains failures of the registry too.

        Args:
            check_digit: whether numbers whose sum does not hold are invalid; each verdict's ``check_digit`` tells.
            timeout: seconds for each call.
        """
        return self._verdicts(business.chunks(numbers, chunk, check_digit), timeout)

    async def _verdicts(
        self, chunks: Iterator[business.Chunk], timeout: float | None
    ) -> AsyncIterator[BusinessVerdict]:
        for each in chunks:
            answer = await self.businesses.status(b_no=each.digits, timeout=timeout) if each.digits else None
            for verdict in business.verdicts(answer, each):
                yield verdict


def _place(base_url: str | None, service: Service | None) -> tuple[str | None, str]:
    """
    Where to ask, and the credential that is wanted there.
    """
    if service not in (None, "gateway", "tax-service"):
        raise ConfigurationError('service must be "gateway" or "tax-service"')
    url = base_url or os.environ.get("AEGIS_REGISTRY_URL")
    if url is None:
        url = TAX_SERVICE if service == "tax-service" else None
    elif service is None and "/nts-businessman/" in f"{urlsplit(url).path}/":
        service = "tax-service"
    return url, "serviceKeyHeader" if service == "tax-service" else "gatewayBearer"


def _both(start_date: date | str | None, representative: str | None) -> None:
    if (start_date is None) != (representative is None):
        missing = "start_date" if start_date is None else "representative"
        raise business.refused(f"/{missing}", "is compared together with the other: give both or neither")


def _wanted(details: bool | None, auth: str | None) -> bool:
    return auth != "serviceKeyHeader" if details is None else details
