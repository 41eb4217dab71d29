"""
Health of a service: named checks side by side, each with a deadline, and the answer that the contract asks for.

It never repeats what a driver's exception says, and it restarts nothing: liveness asks nobody.
"""

from __future__ import annotations

from aegis_sdk.health._asgi import HealthApp
from aegis_sdk.health._checks import http, kafka, part, postgres, publisher, redis, relay
from aegis_sdk.health._health import HasHealth, Health
from aegis_sdk.health._reason import Unhealthy
from aegis_sdk.health._report import HealthReport, Result
from aegis_sdk.health._wsgi import WsgiHealthApp

__all__ = [
    "HasHealth",
    "Health",
    "HealthApp",
    "HealthReport",
    "Result",
    "Unhealthy",
    "WsgiHealthApp",
    "http",
    "kafka",
    "part",
    "postgres",
    "publisher",
    "redis",
    "relay",
]
