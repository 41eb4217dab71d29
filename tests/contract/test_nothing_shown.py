"""
No repr of an answer and no error shows what the contracts mark with ``x-sensitive``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest

import aegis_sdk
from aegis_codegen import compile_contract
from aegis_codegen.plan import Model
from aegis_runtime import JsonDecoder, JsonEncoder
from aegis_runtime.content._violations import Violations
from aegis_sdk import errors
from tests.contract._calls import APIS, Call, calls, contract

ANSWERS = [pytest.param(call, id=call.id) for call in calls() if call.body is not None]
OPERATIONS = {
    (api, each.resource, each.python): each for api in APIS for each in compile_contract(contract(api)).operations
}
CANARY = "x7-canary-7x"


def hidden(api: str) -> Iterator[tuple[Model, str]]:
    """
    Every sensitive field of an API's models and inputs.
    """
    plan = compile_contract(contract(api))
    for definition in (*plan.models, *plan.inputs):
        if isinstance(definition, Model):
            yield from ((definition, field.name) for field in definition.fields if field.sensitive)


HIDDEN = {api: {name for model, name in hidden(api) if model.direction == "read"} for api in APIS}
SENT = [
    pytest.param(api, model.name, name, id=f"{api}.{model.name}.{name}")
    for api in APIS
    for model, name in hidden(api)
    if model.direction == "write"
]


@pytest.mark.parametrize("call", ANSWERS)
def test_no_repr_of_an_answer_shows_a_sensitive_value(call: Call) -> None:
    """
    Whatever the contract marks as secret or personal is replaced in the repr, however deep it stands.
    """
    names = HIDDEN[call.api]
    models = import_module(f"aegis_sdk._generated.{call.api}.models")
    planned = OPERATIONS[call.api, call.resource, call.method]
    response = next(each for each in planned.responses if each.status == str(call.status))
    decode: JsonDecoder[Any] = JsonDecoder(lambda: getattr(models, response.content[0][2]))
    answer = decode(json.dumps(call.body).encode(), False)
    shown = repr(answer)
    for name, value in _leaves(call.body):
        if name in names and value:
            assert repr(value) not in shown, f"{name} is shown"


@pytest.mark.parametrize(("api", "model", "name"), SENT)
def test_no_error_about_an_input_shows_a_sensitive_value(api: str, model: str, name: str) -> None:
    """
    A body that is refused because of a secret or personal field is refused without quoting it.
    """
    inputs = import_module(f"aegis_sdk._generated.{api}.inputs")
    with pytest.raises(Violations) as caught:
        JsonEncoder(lambda: getattr(inputs, model))({name: [CANARY], f"{CANARY}-name": CANARY})
    told = repr(caught.value.violations) + repr(caught.value) + str(caught.value)
    assert CANARY not in told
    assert any(fault.pointer.startswith(f"/body/{name}") for fault in caught.value.violations)


def test_a_refused_argument_is_not_quoted() -> None:
    """
    The error of a call tells the place and the rule of a wrong argument, never the argument.
    """
    client = aegis_sdk.UserClient("http://localhost", "token")
    with pytest.raises(errors.InvalidRequestError) as caught:
        client.users.get(f"{CANARY}/..")
    assert CANARY not in str(caught.value)
    assert CANARY not in repr(caught.value)


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _leaves(member, key)
    elif isinstance(value, list):
        for member in value:
            yield from _leaves(member, name)
    elif isinstance(value, str):
        yield name, value


def test_frames_hold_no_secret() -> None:
    """
    Whatever a call ends with, no frame of ours has a password, code or token in its local variables, where error
    trackers would collect it.
    """
    from aegis_sdk import SmsClient, UserClient, errors

    canary = "s3cr3t-c4n4ry-pass"
    users = UserClient("http://127.0.0.1:1", canary, max_retries=0, circuit_breaker=False)
    texts = SmsClient("http://127.0.0.1:1", canary, max_retries=0, circuit_breaker=False, sender="021234567")
    arguments = {
        "email": "seoyeon.kim@example.com",
        "password": canary,
        "business_registration_number": "124-81-00998",
        "business_name": "x",
        "phone_number": "010-1234-5678",
    }
    for call in (
        lambda: users.users.register(**arguments),
        lambda: users.users.register(**{**arguments, "email": "none"}),
        lambda: texts.send_code("010-1234-5678", canary),
        lambda: texts.send("010-1234-5678", canary),
        lambda: texts.send("none", canary),
    ):
        with pytest.raises(errors.CallError) as caught:
            call()
        trace = caught.value.__traceback__
        while trace is not None:
            here = trace.tb_frame.f_code.co_filename
            if "/sdk/" in here:
                shown = {name: repr(value) for name, value in trace.tb_frame.f_locals.items()}
                assert not any(canary in text for text in shown.values()), (here, trace.tb_lineno)
            trace = trace.tb_next
