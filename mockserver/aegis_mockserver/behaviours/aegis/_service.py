"""
The state of the User Service: health with checks that a test can make fail, and figures computed from the world.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from datetime import timedelta

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis import _users
from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.core._messages import Answer
from aegis_mockserver.world import World

CHECKS = ("database", "redis", "kafka")
SETTING = "failing_checks"  # in the world's settings: name of a check → why it fails
OBSERVED = timedelta(minutes=5)


def health(operation: Operation, reading: Reading, world: World) -> Answer:
    """
    Report every check; 503 with the same body as soon as one fails.
    """
    failing: dict[str, str] = world.settings.get(SETTING, {})
    checks = dict.fromkeys(CHECKS, "healthy") | {name: f"unhealthy: {why}"[:300] for name, why in failing.items()}
    status = "unhealthy" if failing else "healthy"
    return Answer(503 if failing else 200, {"status": status, "timestamp": world.clock.text(), "checks": checks})


def metrics(operation: Operation, reading: Reading, world: World) -> Answer:
    """
    Compute the figures at this moment.
    """
    moment = Moment.now(world)
    midnight = moment.midnight().text
    users = active = verified = today = 0
    for user in world.store(_users.STORE).values():  # seed data may lack what a registration always has
        users += 1
        active += user.get("status") == "active"
        verified += user.get("email_verified") is True
        today += user.get("created_at", "") >= midnight
    figures = {
        "active_users": active,
        "registrations_today": today,
        "verification_rate": round(verified / users, 4) if users else 0,
        "avg_response_time": _mean_seconds(world, moment),
    }
    return Answer(200, figures)


def _mean_seconds(world: World, moment: Moment) -> float:
    since = moment.timestamp - OBSERVED.total_seconds()
    total, number = 0.0, 0
    for exchange in world.journal.newest_first():
        if exchange.at < since:
            break
        total, number = total + exchange.seconds, number + 1
    return round(total / number, 6) if number else 0
