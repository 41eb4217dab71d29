"""
Recommendations: deterministic for a user, and moved by preferences and interactions.

Every well-formed user id is known here, so that a consumer can be tested with ids of its own; only a user that was
deleted in this world, or an id that begins ``unknown``, is not. Region and industry come from the mock's User API when
the user registered there. Policies are those of the catalogue.
"""
# ruff: noqa: ARG001 - a table of functions has one signature, whether or not each entry needs it all

from __future__ import annotations

from aegis_contracts import Operation
from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.aegis import _policies, _users
from aegis_mockserver.behaviours.aegis._moments import Moment
from aegis_mockserver.behaviours.aegis._neighbours import valid_only
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.ports._speakers import Behave
from aegis_mockserver.world import World

PREFERENCES = "preferences"
INTERACTIONS = "interactions"
UNKNOWN = "unknown"


def recommend(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    The policies that fit, best first.
    """
    user_id = reading.path["user_id"]
    if not _knows(world, user_id):
        return _users.not_found()
    profile = _users.find(world, user_id) or {}
    preferences = world.store(PREFERENCES).get(user_id) or {}
    done = {policy: set(kinds) for policy, kinds in (world.store(INTERACTIONS).get(user_id) or {}).items()}
    found = _policies.recommend(user_id, profile, preferences, done, Moment.now(world).today)
    return Answer(200, {"data": {"recommendations": found[: reading.query.get("limit", 10)]}})


def update_preferences(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Replace the preferences as a whole.
    """
    user_id = reading.path["user_id"]
    if not _knows(world, user_id):
        return _users.not_found()
    preferences = {**reading.body, "updated_at": world.clock.text()}
    world.store(PREFERENCES).put(user_id, preferences)
    return Answer(200, {"data": preferences})


def record_interaction(operation: Operation, reading: Reading, world: World) -> Answer | Problem:
    """
    Remember what a user did with a policy.
    """
    body = reading.body
    if not _knows(world, body["user_id"]):
        return _users.not_found()
    if body["policy_id"] not in _policies.catalogue():
        return Problem("policy_not_found", detail="No policy has this id.")
    interactions = world.store(INTERACTIONS)
    done: dict[str, list[str]] = interactions.get(body["user_id"]) or {}
    kinds = done.setdefault(body["policy_id"], [])
    if body["interaction_type"] not in kinds:
        kinds.append(body["interaction_type"])
    interactions.put(body["user_id"], done)
    return Answer(202, {"success": True, "interaction_id": str(world.new_uuid())})


def _knows(world: World, user_id: str) -> bool:
    return user_id not in world.store(_users.STORE).gone and not user_id.startswith(UNKNOWN)


STORES = (PREFERENCES, INTERACTIONS, _users.STORE)
BEHAVIOURS: dict[str, Behave] = valid_only(
    {
        "listRecommendations": recommend,
        "updatePreferences": update_preferences,
        "recordInteraction": record_interaction,
    }
)
