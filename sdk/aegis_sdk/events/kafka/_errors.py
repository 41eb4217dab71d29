"""
Why a cluster is out of reach or refuses us, each reason as what it is.

=============================  ======================================================================
``KafkaUnreachableError``      no broker answers; it may come up
``KafkaAddressError``          the host name is unknown, so no broker will ever answer
``KafkaCertificateError``      TLS: the broker's certificate is not trusted, or ours is refused
``KafkaAuthenticationError``   the broker refuses to sign us in
``KafkaAuthorizationError``    we are signed in, and may not do this
``KafkaTopicError``            the cluster has no such topic
=============================  ======================================================================

A consumer raises them as ``EventConsumeError``, a publisher as ``EventPublishError``, too. No message holds what a
broker said: it may quote credentials.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeVar, cast

from aegis_sdk.errors import EventError

__all__ = [
    "KafkaAddressError",
    "KafkaAuthenticationError",
    "KafkaAuthorizationError",
    "KafkaCertificateError",
    "KafkaRefusalError",
    "KafkaTopicError",
    "KafkaUnreachableError",
    "of_family",
]

_E = TypeVar("_E", bound=EventError)
_made: dict[tuple[type[EventError], type[EventError]], type[KafkaRefusalError]] = {}


class KafkaRefusalError(EventError):
    """
    A cluster cannot be used as it is meant to be.
    """

    fatal: ClassVar[bool] = True
    """
    Whether waiting does not mend it.
    """

    _parts: ClassVar[tuple[type[EventError], type[KafkaRefusalError]] | None] = None

    def __reduce__(self) -> tuple[Any, ...]:
        family, kind = self._parts or (type(self), type(self))
        return _rebuild, (family, kind, str(self))


class KafkaUnreachableError(KafkaRefusalError, ConnectionError):
    """
    No broker answers.
    """

    fatal = False


class KafkaAddressError(KafkaUnreachableError):
    """
    The host name of a broker is unknown.
    """

    fatal = True


class KafkaCertificateError(KafkaRefusalError, ConnectionError):
    """
    The broker's certificate is not trusted, or it does not accept ours.
    """


class KafkaAuthenticationError(KafkaRefusalError, PermissionError):
    """
    The broker refuses to sign us in.
    """


class KafkaAuthorizationError(KafkaRefusalError, PermissionError):
    """
    We may not use a topic, a group or the cluster in this way.
    """


class KafkaTopicError(KafkaRefusalError):
    """
    The cluster has no such topic.
    """


def of_family(family: type[_E], reason: KafkaRefusalError) -> _E:
    """
    The same reason as an error of *family*, too.
    """
    made = _combined(family, type(reason))(str(reason))
    made.__cause__ = reason.__cause__
    return cast("_E", made)


def _combined(family: type[EventError], kind: type[KafkaRefusalError]) -> type[KafkaRefusalError]:
    if issubclass(kind, family):
        return kind
    made = _made.get((family, kind))
    if made is None:
        made = _made[family, kind] = _class(family, kind)
    return made


def _class(family: type[EventError], kind: type[KafkaRefusalError]) -> type[KafkaRefusalError]:
    about = {"__doc__": kind.__doc__, "__module__": kind.__module__, "_parts": (family, kind)}
    bases: Any = (family, kind)
    made: Any = type(kind.__name__, bases, about)
    return cast("type[KafkaRefusalError]", made)


def _rebuild(family: type[EventError], kind: type[KafkaRefusalError], said: str) -> KafkaRefusalError:
    return _combined(family, kind)(said)
