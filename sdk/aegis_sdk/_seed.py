"""
The names that the specification's own code had, and where what they did is now.
"""

from __future__ import annotations

from typing import Final

__all__ = ["MOVED", "say_where"]

PAGE: Final = "reference/names.md"
MOVED: Final = {
    "AsyncEmailService": "aegis_sdk.email.AsyncEmailSender",
    "BusinessRegistryError": "aegis_sdk.errors.RegistryError",
    "BusinessVerificationError": "aegis_sdk.errors.RegistryError",
    "CircuitBreaker": "aegis_sdk.resilience.CircuitBreaker",
    "CircuitBreakerOpenError": "aegis_sdk.errors.CircuitOpenError",
    "CircuitBreakerOpenException": "aegis_sdk.errors.CircuitOpenError",
    "CircuitBreakerState": "aegis_sdk.CircuitState",
    "EmailSendError": "aegis_sdk.errors.EmailError",
    "EmailService": "aegis_sdk.email.EmailSender",
    "EmailServiceError": "aegis_sdk.errors.EmailError",
    "EventConsumer": "aegis_sdk.events.EventConsumer",
    "EventPublisher": "aegis_sdk.events.EventPublisher",
    "EventPublishingError": "aegis_sdk.errors.EventPublishError",
    "HealthCheck": "aegis_sdk.health.Health",
    "HealthChecker": "aegis_sdk.health.Health",
    "RecommendationServiceClient": "aegis_sdk.AsyncRecommendationClient",
    "RecommendationServiceError": "aegis_sdk.errors.RecommendationError",
    "SMSService": "aegis_sdk.SmsClient",
    "SMSServiceError": "aegis_sdk.errors.SmsError",
    "UserEventPublisher": "aegis_sdk.events.EventPublisher",
    "UserServiceMetrics": "aegis_sdk.metrics.UserServiceMetrics",
    "retry": "aegis_sdk.resilience.retry",
    "retry_with_backoff": "aegis_sdk.resilience.retry",
}
"""Old name → where to find what it did. The page of the documentation tells how that differs."""


def say_where(name: str) -> None:
    """
    Say where an old name went; others are none of ours.

    Raises:
        ImportError: it is one of the old names. No AttributeError, because ``from … import`` would hide what it says.
    """
    there = MOVED.get(name)
    if there is None:
        return
    home, _, ours = there.rpartition(".")
    same = "" if ours == name else f", called {ours}"
    raise ImportError(f"{name} is in {home}{same}: from {home} import {ours}. How it differs: {PAGE}", name="aegis_sdk")
