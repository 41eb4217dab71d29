"""
Items of all owners in one list: ``/pods`` has those of every ``/namespaces/{namespace}/pods``.
"""

from __future__ import annotations

from aegis_contracts.exchange import Reading
from aegis_mockserver.behaviours.items._where import Where
from aegis_mockserver.world import Store, World


class Above(Where):
    """
    All items of a resource, whomever they belong to; they are only looked at here.

    Args:
        where: the items of one owner.
    """

    def __init__(self, where: Where) -> None:
        super().__init__(where.resource, where.kind, None, where.makes_lists)

    def store(self, reading: Reading, world: World, *, writes: bool = False) -> Store:
        """
        Return the items of all owners, by their stores' names and their own keys.
        """
        del reading, writes
        found = Store(self.resource.store)
        for name, store in list(world.stores.items()):
            if self._fits(name):
                found.load((f"{name}/{key}", item) for key, item in store.items())
                found.pristine = found.pristine and store.pristine
        return found
