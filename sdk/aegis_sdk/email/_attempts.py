"""
What became of one attempt, and whether there is another: the same for both senders.
"""

from __future__ import annotations

import logging
import ssl
import time
from dataclasses import dataclass
from typing import Literal

from aegis_runtime import Circuit, RetryPolicy
from aegis_runtime.resilience._circuit import shared_circuit
from aegis_sdk.email._settings import EmailSettings
from aegis_sdk.errors import EmailCircuitOpenError, EmailError, EmailRefusedError, EmailTlsError, EmailUnavailableError

__all__ = ["Attempts", "Failure", "circuit_of", "tls_failed"]

_log = logging.getLogger("aegis_sdk.email")
# What ends a TLS connection without saying that it could not be agreed on.
_CUT = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Failure:
    """
    Why an attempt failed. It keeps no exception: those of the SMTP libraries hold addresses and what the server said.

    Args:
        kind: for people.
        code: the server's reply (RFC 5321 §4.2), ``None`` when there is none.
        tls: whether TLS could not be agreed on.
    """

    kind: str
    code: int | None = None
    tls: bool = False


class Attempts:
    """
    The attempts for one mail, within one deadline.
    """

    def __init__(self, settings: EmailSettings, policy: RetryPolicy, circuit: Circuit | None) -> None:
        self._settings = settings
        self._policy = policy
        self._circuit = circuit
        self._deadline = time.monotonic() + settings.timeout
        self._ticket = 0
        self.made = 0

    @property
    def left(self) -> float:
        """
        Seconds until the deadline.
        """
        return max(0.001, self._deadline - time.monotonic())

    def begin(self) -> None:
        """
        Ask whether the server may be asked.

        Raises:
            EmailCircuitOpenError: it failed too often in a row.
        """
        circuit = self._circuit
        if circuit is None:
            return
        self._ticket = circuit.admit()
        if not self._ticket:
            raise EmailCircuitOpenError(
                operation="send",
                circuit=circuit.name,
                failures=circuit.failures,
                retry_after=circuit.retry_after,
                attempts=self.made,
            )

    def succeeded(self) -> None:
        """
        The server took the mail.
        """
        if self._circuit is not None:
            self._circuit.succeeded(self._ticket)

    def abandoned(self) -> None:
        """
        The attempt was given up before it told anything.
        """
        if self._circuit is not None:
            self._circuit.abandoned(self._ticket)

    def after(self, failure: Failure) -> float:
        """
        Seconds to wait before the next attempt.

        Raises:
            EmailRefusedError: the server says that it will never take the mail.
            EmailTlsError: TLS cannot be agreed on.
            EmailUnavailableError: no attempt is left, or no time for one.
        """
        self.made += 1
        code = failure.code
        if self._circuit is not None:
            # 421 is the server itself; every other reply is about this mail, and proves the server alive.
            told = self._circuit.failed if code in (None, 421) else self._circuit.succeeded
            told(self._ticket)
        pause = self._policy.delay(self.made - 1)
        error = self._end(failure, pause)
        if error is not None:
            raise error
        _log.info("mail not taken yet: attempt=%d code=%s kind=%s", self.made, code, failure.kind)
        return pause

    def _end(self, failure: Failure, pause: float) -> EmailError | None:
        settings, code = self._settings, failure.code
        where = f"{settings.host}:{settings.actual_port}"
        if failure.tls:
            return EmailTlsError(f"{where}: no TLS ({failure.kind}), so nothing was sent", code=code)
        if code is not None and code >= 500:
            return EmailRefusedError(f"{where} refused the mail with {code} ({failure.kind})", code=code)
        if self.made <= settings.max_retries and time.monotonic() + pause < self._deadline:
            return None
        said = f"answered {code}" if code else f"could not be reached ({failure.kind})"
        times = f"{self.made} attempt{'s' if self.made > 1 else ''}"
        return EmailUnavailableError(f"{where} {said}, {times} in {settings.timeout:g} s at most", code=code)


def tls_failed(error: BaseException) -> bool:
    """
    Say whether *error*, or what caused it, is that TLS could not be agreed on.
    """
    seen: BaseException | None = error
    for _ in range(5):
        if seen is None:
            return False
        if isinstance(seen, ssl.SSLError) and not isinstance(seen, _CUT):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def circuit_of(settings: EmailSettings, given: Circuit | Literal[False] | None) -> Circuit | None:
    """
    The circuit of a sender: its own, none, or the process's one for that server.
    """
    if given is None:
        return shared_circuit("email", f"{settings.host}:{settings.actual_port}", 5, 60.0)
    return given or None
