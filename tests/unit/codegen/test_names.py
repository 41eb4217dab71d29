"""
Names of the contract, written the way Python writes them.
"""

from __future__ import annotations

import pytest

from aegis_codegen._names import argument_name, constant, field_name, pascal, snake

NAMES = [
    ("userId", "user_id", "UserId", "USER_ID"),
    ("HTTPStatus", "http_status", "HTTPStatus", "HTTP_STATUS"),
    ("b_no", "b_no", "BNo", "B_NO"),
    ("b-no", "b_no", "BNo", "B_NO"),
    ("X-Request-Id", "x_request_id", "XRequestId", "X_REQUEST_ID"),
    ("email-verifications", "email_verifications", "EmailVerifications", "EMAIL_VERIFICATIONS"),
    ("상호", "상호", "상호", "상호"),
    ("사업자 등록번호", "사업자_등록번호", "사업자등록번호", "사업자_등록번호"),
    ("2fa", "n_2fa", "N2fa", "N_2FA"),
    ("class", "class_", "Class", "CLASS"),
    ("", "value", "Value", "EMPTY"),
    ("$ref", "ref", "Ref", "REF"),
    ("v1Beta2", "v1_beta2", "V1Beta2", "V1_BETA2"),
]


@pytest.mark.parametrize(("name", "variable", "kind", "fixed"), NAMES)
def test_a_name_is_split_where_its_writer_meant(name: str, variable: str, kind: str, fixed: str) -> None:
    """
    Case, hyphens, digits and Hangul: the words stay, the spelling becomes Python's.
    """
    assert (snake(name), pascal(name), constant(name)) == (variable, kind, fixed)


def test_a_field_never_hides_what_a_model_offers() -> None:
    """
    A property named like a method of the model, or like another property, gets a name of its own.
    """
    assert field_name("model_dump", set()) == "model_dump_"
    assert field_name("schema", set()) == "schema_"
    assert field_name("fooBar", {"foo_bar"}) == "foo_bar_"
    assert field_name("foo-bar", {"foo_bar", "foo_bar_"}) == "foo_bar_2"


def test_an_argument_never_hides_what_every_method_takes() -> None:
    """
    A parameter named like an option of the call gets a name of its own.
    """
    assert argument_name("timeout", set()) == "timeout_"
    assert argument_name("self", set()) == "self_"
