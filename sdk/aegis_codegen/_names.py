"""
Names: what the contract calls a thing, written the way Python writes it.
"""

from __future__ import annotations

import keyword
import re
import unicodedata

_WORD = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+|[^\W_A-Za-z]+|[0-9]+")
_SOFT = frozenset({"_", "self", "cls"})
# What pydantic's BaseModel offers under these names must stay reachable, and a field would hide it.
_MODEL = frozenset(
    [
        "construct",
        "copy",
        "dict",
        "fields",
        "from_orm",
        "json",
        "model_computed_fields",
        "model_config",
        "model_construct",
        "model_copy",
        "model_dump",
        "model_dump_json",
        "model_extra",
        "model_fields",
        "model_fields_set",
        "model_json_schema",
        "model_parametrized_name",
        "model_post_init",
        "model_rebuild",
        "model_validate",
        "model_validate_json",
        "model_validate_strings",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
    ]
)
# What the modules of models and inputs import: a class of such a name would hide it.
IMPORTED = frozenset({
    "Annotated", "Any", "Field", "Literal", "Mapping", "NotRequired", "OpenUnion", "ResponseModel", "Secret",
    "Sensitive", "Sequence", "TypedDict", "UnknownMember",
})  # fmt: skip
# Every generated method has these.
_METHOD = frozenset({"extra_headers", "timeout", "idempotency_key", "extra_body"})


def words(name: str) -> list[str]:
    """
    Split a name where its writer meant a boundary.
    """
    return _WORD.findall(unicodedata.normalize("NFKC", name))


def snake(name: str) -> str:
    """
    Write *name* as a Python variable.
    """
    text = "_".join(word.lower() for word in words(name)) or "value"
    return _safe(text if text.isidentifier() else f"n_{text}")


def pascal(name: str) -> str:
    """
    Write *name* as a Python class.
    """
    text = "".join(word[:1].upper() + word[1:] for word in words(name)) or "Value"
    return _safe(text if text.isidentifier() else f"N{text}")


def constant(name: str) -> str:
    """
    Write *name* as a Python constant.
    """
    text = "_".join(word.upper() for word in words(name)) or "EMPTY"
    return text if text.isidentifier() else f"N_{text}"


def field_name(name: str, taken: set[str]) -> str:
    """
    Name the attribute for a property, different from those *taken*.
    """
    return _free(snake(name), taken | _MODEL)


def argument_name(name: str, taken: set[str]) -> str:
    """
    Name the keyword argument for a parameter or property.
    """
    return _free(snake(name), taken | _METHOD)


def resource_name(name: str) -> str:
    """
    Name the attribute of the client for a resource: it must not hide what every client has.
    """
    from aegis_runtime import AsyncClient, SyncClient

    plain = snake(name)
    return f"{plain}_operations" if hasattr(SyncClient, plain) or hasattr(AsyncClient, plain) else plain


def resource_class(name: str) -> str:
    """
    Name the class of a resource, different (as its asynchronous twin) from what its module imports.
    """
    import aegis_runtime

    base = pascal(name)
    hidden = {*aegis_runtime.__all__, *IMPORTED, "API", "TYPE_CHECKING"}
    return f"{base}Resource" if {base, f"Async{base}"} & hidden else base


def method_name(name: str) -> str:
    """
    Name the method for an operation: it must not hide what every resource has.
    """
    return _free(snake(name), {"with_raw_response"})


def free(name: str, taken: set[str]) -> str:
    """
    Return *name*, with a number when it is taken.
    """
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate


def _free(name: str, taken: set[str]) -> str:
    return free(f"{name}_" if name in taken else name, taken)


def _safe(name: str) -> str:
    return f"{name}_" if keyword.iskeyword(name) or name in _SOFT else name
