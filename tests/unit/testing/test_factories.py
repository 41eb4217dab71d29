"""
Factories: every model, input and event, valid by its contract, the same for the same seed, changed where a test says.
"""

from __future__ import annotations

import importlib
import inspect
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field
from typing_extensions import is_typeddict

from aegis_runtime import OMIT
from aegis_runtime.models import MayBeAbsent
from aegis_sdk import _generated, user
from aegis_sdk._generated.events import EVENT_TYPES
from aegis_sdk.events import UserProfileUpdated, UserRegistered, validate
from aegis_testing import FactoryError, make, make_value


def _kinds() -> list[Any]:
    found: list[Any] = []
    for api in _generated.APIS:
        for part in ("models", "inputs", "requests"):
            module = importlib.import_module(f"aegis_sdk._generated.{api}.{part}")
            members = (getattr(module, name) for name in module.__all__)
            found += [m for m in members if is_typeddict(m) or (inspect.isclass(m) and issubclass(m, BaseModel))]
    return found


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: f"{kind.__module__.split('.')[-2]}-{kind.__name__}")
def test_every_model_and_input_is_made(kind: Any) -> None:
    """
    Whatever the SDK returns or takes can be made, and a seed makes the same one again.
    """
    assert make(kind, seed="one") == make(kind, seed="one")
    assert make_value(kind, seed="one") == make_value(kind, seed="one")


class Single(BaseModel):
    """
    Somebody else's model, with members that have one value only.
    """

    nothing: None
    kind: Literal["single"]
    never: Literal[None]  # noqa: PYI061 - the spelling is what is tried
    absent: MayBeAbsent[Annotated[str, Field(max_length=3)]] = None


@pytest.mark.parametrize("seed", ["one", "two", "three", "four"])
def test_a_member_with_one_value_has_it(seed: str) -> None:
    """
    A required null and a constant are what they must be; what may be absent is never null, whatever the seed.
    """
    made = make_value(Single, seed=seed)
    assert (made["nothing"], made["kind"], made["never"]) == (None, "single", None)
    assert made.get("absent", "") is not None


@pytest.mark.parametrize("info", EVENT_TYPES, ids=lambda info: info.id)
def test_every_event_is_made_and_each_seed_has_its_own_id(info: Any) -> None:
    """
    Events are valid by their contract, and those of different seeds are different events.
    """
    made = [make(info.model, seed=seed) for seed in "abc"]
    assert [validate(event) for event in made] == [[], [], []]
    assert len({event.event_id for event in made}) == 3
    assert make(info.model, seed="a") == made[0]


def test_objects_inside_are_changed_member_by_member() -> None:
    """
    An override reaches into what is inside, by Python's name or the wire's, and what repeats it follows.
    """
    event = make(UserRegistered, data={"email": "a@example.com", "userId": "user-1"})
    assert (event.data.email, event.data.user_id, event.aggregate_id) == ("a@example.com", "user-1", "user-1")
    assert make(UserRegistered, aggregate_id="other").aggregate_id == "other"


def test_maps_and_lists_are_replaced_whole() -> None:
    """
    What has no members of its own is what the test says.
    """
    data = {"changed_fields": ["region"], "old_values": {"region": "11"}, "new_values": {"region": None}}
    assert make(UserProfileUpdated, data=data).data.changed_fields == ("region",)


def test_what_is_omitted_is_not_there() -> None:
    """
    OMIT takes a member out, and nothing else.
    """
    assert "region" not in make(user.User, region=OMIT).model_fields_set
    assert "region" in make(user.User).model_fields_set


@pytest.mark.parametrize(
    ("kind", "overrides", "said"),
    [
        (user.User, {"busines_name": "x"}, "did you mean 'business_name'"),
        (user.User, {"business_name": ""}, "/business_name must be at least 1"),
        (UserRegistered, {"data": {"email": "nope"}}, "/data/email must be an e-mail address"),
        (UserRegistered, {"data": {"emial": "x"}}, "did you mean 'email'"),
        (user.UserStatus, {}, "is no model"),
    ],
)
def test_what_the_contract_does_not_admit_is_refused(kind: Any, overrides: dict[str, Any], said: str) -> None:
    """
    A factory never makes what no provider would send: where and why is said, and no value.
    """
    with pytest.raises(FactoryError, match=said):
        make(kind, **overrides)
