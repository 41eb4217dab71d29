"""
Filling the templates of the provider's half.
"""

from __future__ import annotations

from typing import Any, cast

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from aegis_codegen.host import TEMPLATES
from aegis_codegen.plan import Api, Model
from aegis_codegen.provider._received import Received
from aegis_codegen.render import Annotations, Docs, filters

_FILES = {"problems.py.jinja": "problems.py", "requests.py.jinja": "requests.py"}


def render(api: Api) -> dict[str, str]:
    """
    Write the problems and request models of *api*: file name → unformatted text.
    """
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- Python is written here, no HTML
    )
    environment.filters.update(filters())
    # A family that writes URIs writes them all: a code without one is of somebody else's answers.
    typed = [problem for problem in api.problems if problem.type] or list(api.problems)
    bodies = [definition for definition in api.inputs if isinstance(definition, Model)]
    ours: dict[str, Any] = {
        "plan": api,
        "docs": Docs(api),
        "types": Annotations(api),
        "received": Received(api),
        "bodies": bodies,
        "problems": sorted(typed, key=lambda problem: problem.code),
    }
    cast("dict[str, Any]", environment.globals).update(ours)
    wanted = {"problems.py.jinja": ours["problems"], "requests.py.jinja": bodies}
    return {_FILES[name]: environment.get_template(name).render() for name, needed in wanted.items() if needed}
