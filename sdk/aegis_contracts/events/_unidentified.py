"""
What is said of a message that is no declared event type.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aegis_contracts._violation import Violation
from aegis_contracts.events._verdict import EventVerdict, look


def nearest(name: str, names: tuple[str, ...]) -> str | None:
    """
    Name the one of *names* that *name* was most likely meant to be; ``None`` when none is near.
    """
    from difflib import get_close_matches

    folded = {known.replace("_", "").replace(".", "").casefold(): known for known in names}
    wanted = name[:100].replace("_", "").replace(".", "").replace("-", "").casefold()
    found = get_close_matches(wanted, folded, n=1, cutoff=0.5)
    return folded[found[0]] if found else None


def unidentified(
    instance: Any, discriminator: str, names: tuple[str, ...], envelope: EventVerdict | None, source: str
) -> list[Violation]:
    """
    Say what is wrong with something that is no declared event type, naming the nearest one.
    """
    found = envelope.violations(instance) if envelope else []
    pointer = f"/{discriminator}"
    name = look(instance, pointer)
    if isinstance(name, str):
        guess = nearest(name, names)
        known = f"; did you mean {guess}?" if guess else f"; declared are {', '.join(names)}"
        unknown = Violation(pointer, "event-type", f"is no declared event type{known}", source)
        return [unknown, *(violation for violation in found if violation.pointer != pointer)]
    if not found:
        rule, says = ("type", "must be an object") if not isinstance(instance, Mapping) else ("required", "is required")
        found.append(Violation("" if rule == "type" else pointer, rule, says, source))
    return found
