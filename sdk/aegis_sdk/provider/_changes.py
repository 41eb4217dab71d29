"""
What changed of a profile: the three members of ``UserProfileUpdated``, which then agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from aegis_sdk._generated.user.requests import UpdateUserRequest

if TYPE_CHECKING:
    from aegis_sdk._generated.events import UserProfileUpdated

__all__ = ["ProfileChanges", "profile_changes"]


@dataclass(frozen=True, slots=True)
class ProfileChanges:
    """
    The fields that really changed, with their values before and after. False when nothing did.
    """

    changed_fields: tuple[str, ...] = ()
    old_values: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)
    new_values: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False)

    def __bool__(self) -> bool:
        return bool(self.changed_fields)

    def event(self, user_id: str, **envelope: Any) -> UserProfileUpdated:
        """
        Make the event. Needs the extra ``kafka``.

        Args:
            envelope: ``event_id`` and ``occurred_at``, where they are known.
        """
        from aegis_sdk.events import UserProfileUpdated

        if not self:
            raise ValueError("nothing changed, so there is no event; ask `if changes:` first")
        return UserProfileUpdated.new(
            user_id=user_id,
            changed_fields=self.changed_fields,
            old_values=self.old_values,
            new_values=self.new_values,
            **envelope,
        )


def profile_changes(
    before: Mapping[str, Any], after: Mapping[str, Any], fields: Iterable[str] | None = None
) -> ProfileChanges:
    """
    Compare two states of a profile.

    Args:
        before: values by the names of the User API; what is not there was ``None``.
        after: likewise, or a merge patch alone: what is not there stays, ``None`` removes.
        fields: the fields to compare, those of ``UpdateUserRequest`` unless given.
    """
    named = tuple(UpdateUserRequest.model_fields if fields is None else fields)
    changed = tuple(name for name in named if name in after and not _same(before.get(name), after[name]))
    old = {name: before.get(name) for name in changed}
    return ProfileChanges(changed, old, {name: after[name] for name in changed})


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        these, those = cast("Sequence[Any]", one), cast("Sequence[Any]", other)
        return len(these) == len(those) and all(map(_same, these, those))
    return bool(one == other)
