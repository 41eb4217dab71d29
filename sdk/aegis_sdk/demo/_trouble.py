"""
The chapters about what goes wrong: refusals that say why, and a provider that is left alone until it recovers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from aegis_sdk import AsyncRecommendationClient, Circuit, CircuitState
from aegis_sdk.demo._mock import DemoError
from aegis_sdk.demo._scene import KEY, PHONE, Scene, expect
from aegis_sdk.errors import CircuitOpenError, InvalidRequestError, ServiceUnavailableError
from aegis_sdk.user import BusinessNotActiveError

FAILURES = 3
RECOVERY = 0.5
EMAIL, NUMBER = "hajun.choi@example.com", "101-81-09147"
SUSPENDED = "999-00-02009"
STATES = [CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN, CircuitState.CLOSED]

_E = TypeVar("_E", bound=Exception)


async def refusals(scene: Scene) -> str:
    """
    What breaks the contract is never sent; what the provider refuses is an error of its own class.
    """
    scene.teller.call('users.register(email="no address", phone_number="1588-1234", …)')
    unsent = await _raised(InvalidRequestError, _register(scene, email="no address", phone="1588-1234"))
    scene.teller.error(unsent)
    scene.teller.call(f'users.register(business_registration_number="{SUSPENDED}", …)')
    refused = await _raised(BusinessNotActiveError, _register(scene, number=SUSPENDED))
    scene.teller.error(refused)
    reason = refused.problem.extensions.get("reason")
    scene.teller.facts({"error.code": refused.code, "error.problem reason": reason})
    expect(reason == "suspended", "the refusal does not say that the business is suspended")
    return "one request not sent, one refused: both say where and why"


async def breaker(scene: Scene) -> str:
    """
    After failures in a row a provider is left alone, and asked again by one probe.
    """
    circuit = Circuit("recommendation", failures=FAILURES, recovery=RECOVERY)
    async with AsyncRecommendationClient(scene.mock.url, KEY, circuit_breaker=circuit, max_retries=0) as client:
        seen = [circuit.state]
        scene.teller.say(f"Now the service answers 503; the circuit opens after {FAILURES} failures in a row.")
        await scene.mock.break_down("listRecommendations", 503)
        for _ in range(FAILURES):
            await _raised(ServiceUnavailableError, client.recommendations.list(scene.user_id))
        spared = await _raised(CircuitOpenError, client.recommendations.list(scene.user_id))
        seen.append(circuit.state)
        scene.teller.error(spared)
        expect(spared.attempts == 0, "a call was sent although the circuit was open")
        await scene.mock.heal()
        scene.teller.say("The service works again. When the time is over, one probe may try.")
        await asyncio.sleep(circuit.retry_after)
        seen.append(circuit.state)
        await client.recommendations.list(scene.user_id)
        seen.append(circuit.state)
        scene.teller.facts({"circuit.state": " → ".join(state.value for state in seen)})
        expect(seen == STATES, "the circuit did not go from closed over open and half-open back to closed")
    return "the circuit opened, spared the provider, and closed again"


async def _register(scene: Scene, *, email: str = EMAIL, phone: str = PHONE, number: str = NUMBER) -> object:
    return await scene.users.users.register(
        email=email,
        password="correct-horse-battery-staple",
        business_registration_number=number,
        business_name="현대자동차 주식회사",
        phone_number=phone,
    )


async def _raised(kind: type[_E], call: Awaitable[object]) -> _E:
    """
    Return the error that a call raises.

    Raises:
        DemoError: it succeeds.
    """
    try:
        await call
    except kind as error:
        return error
    raise DemoError(f"a call succeeded that had to raise {kind.__name__}")
