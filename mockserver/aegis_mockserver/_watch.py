"""
``--watch``: a changed contract is served at once; a broken one is shown, and the old one stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from urllib.parse import unquote

from aegis_contracts import Contract, ContractError, Operation
from aegis_mockserver._front import read
from aegis_mockserver._site import Site
from aegis_mockserver.core.operations._mounts import SiteClashError

log = logging.getLogger("aegis_mockserver")
SECONDS = 0.3


class Watcher:
    """
    Looks at the files of the contracts, and serves them anew when they change.

    Args:
        say: tells the user what changed.
    """

    def __init__(
        self,
        site: Site,
        names: list[str],
        *,
        say: Callable[[str], None],
        check: bool = True,
        hosts: Sequence[str] = (),
    ) -> None:
        self._site = site
        self._names = names
        self._say = say
        self._check = check
        self._hosts = hosts
        self._seen = self._look()

    async def run(self) -> None:
        """
        Watch until cancelled.
        """
        while True:
            await asyncio.sleep(SECONDS)
            now = self._look()
            if now != self._seen:
                self._seen = now
                self.reload()
                self._seen = self._look()

    def reload(self) -> bool:
        """
        Serve the contracts as they are on disk now; False when they are broken and the old ones stay.
        """
        old = self._site.contracts
        try:
            contracts = read(self._names, check=self._check, hosts=self._hosts)
            self._site.serve(contracts)
        except (ContractError, SiteClashError) as error:
            self._site.trouble = str(error)
            self._say(f"the changed contracts are broken; the old ones stay:\n{error}")
            return False
        self._site.trouble = ""
        for line in differences(old, contracts):
            self._say(line)
        return True

    def _look(self) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for path in self._files():
            try:
                status = path.stat()
            except OSError:
                continue
            found[str(path)] = (status.st_mtime_ns, status.st_size)
        return found

    def _files(self) -> Iterable[Path]:
        names = {Path(name).resolve() for name in self._names if not name.startswith(("http://", "https://"))}
        for contract in self._site.contracts:
            for uri in contract.documents.uris():
                if uri.startswith("file://"):
                    names.add(Path(unquote(uri.removeprefix("file://"))))
        return names


def differences(old: Iterable[Contract], new: Iterable[Contract]) -> list[str]:
    """
    Say which operations came, went and changed.
    """
    before, after = _operations(old), _operations(new)
    lines = [f"+ {name}" for name in after if name not in before]
    lines += [f"- {name}" for name in before if name not in after]
    lines += [f"~ {name}" for name, node in after.items() if name in before and before[name].node != node.node]
    return lines or ["the contracts changed, but no operation of theirs; schemas may have"]


def _operations(contracts: Iterable[Contract]) -> dict[str, Operation]:
    return {
        f"{contract.title}: {operation.key} ({operation.method} {operation.path})": operation
        for contract in contracts
        for operation in contract.all_operations()
    }
