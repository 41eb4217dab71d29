"""
Verbs: what methods and names in paths do to an item, or to several.
"""

from __future__ import annotations

from aegis_mockserver.behaviours.resources._names import words
from aegis_mockserver.behaviours.resources._resource import Action

DELETES = frozenset({"delete", "destroy", "remove"})
MANY: dict[str, Action] = {  # without what stands between the words
    "batch": "create many", "bulk": "create many", "batchcreate": "create many", "bulkcreate": "create many",
    "batchupdate": "update many", "bulkupdate": "update many", "delete": "delete many", "batchdelete": "delete many",
    "bulkdelete": "delete many", "batchremove": "delete many", "bulkremove": "delete many", "create": "create",
}  # fmt: skip
COPIES = frozenset({"copy", "clone", "duplicate", "fork"})
SEVERAL = frozenset({"create many", "update many"})
METHODS: dict[str, Action] = {
    "GET": "read",
    "HEAD": "read",
    "PUT": "replace",
    "PATCH": "update",
    "POST": "update",
    "DELETE": "delete",
}
COLLECTION: dict[str, Action] = {
    "GET": "list",
    "POST": "create",
    "PUT": "replace",
    "PATCH": "update many",
    "DELETE": "delete many",
}
_ENDS = frozenset({"cancel", "archive", "unarchive", "close", "reopen", "activate", "deactivate", "enable", "disable",
                   "publish", "unpublish", "complete", "restore", "confirm", "void", "pause", "resume", "approve",
                   "reject", "finish", "start", "stop", "lock", "unlock", "star", "unstar", "pin", "unpin",
                   "follow", "unfollow", "mute", "unmute", "block", "unblock", "like", "unlike", "suspend",
                   "unsuspend", "favorite", "unfavorite", "subscribe", "unsubscribe", "freeze", "unfreeze", "hide",
                   "unhide", "watch", "unwatch", "flag", "unflag", "ban", "unban"})  # fmt: skip


def several(verb: str, method: str) -> Action:
    """
    Say what a verb beside a collection does to its items: ``batch`` alone does what the method does.
    """
    if verb in {"batch", "bulk"} and method != "POST":
        return COLLECTION[method]
    return "count" if verb == "count" else MANY.get(verb, "search")


def is_end(verb: str) -> bool:
    """
    Say whether a verb changes an item and need not answer with it.
    """
    return bool(set(words(verb)) & _ENDS)
