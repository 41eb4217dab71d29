"""
Small faults, put in one at a time: do the tests notice? ``nox -s mutants [-- ROOM …] [--count N] [--seed N]``.

Exit 0 when each survivor is listed with its reason in ``survivors.toml`` and every room kills enough, 1 when not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.mutants._run import Room, copy_of, covering, tried
from tests.mutants._sample import sample

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
LEAST_KILLED = 0.9


def main() -> int:
    """
    Try a sample of each room, print what survived, and say whether that is little enough.
    """
    known = rooms()
    parser = argparse.ArgumentParser(prog="nox -s mutants --", description=__doc__)
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help=f"of {', '.join(known)}; all when none is named")
    parser.add_argument("--count", type=int, default=30, help="mutants for each room (30)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    options = parser.parse_args()
    if unknown := [name for name in options.rooms if name not in known]:
        parser.error(f"no room {unknown[0]!r}; there are {', '.join(known)}")
    reasons = tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8"))
    enough = [judged(known[name], options.count, options.seed, reasons) for name in options.rooms or known]
    return 0 if all(enough) else 1


def rooms() -> dict[str, Room]:
    """
    Return the rooms of ``rooms.toml``, their patterns resolved to files.
    """
    listed = tomllib.loads((HERE / "rooms.toml").read_text(encoding="utf-8"))
    found = {}
    for name, room in listed.items():
        files = sorted({str(p.relative_to(ROOT)) for pattern in room["files"] for p in ROOT.glob(pattern)})
        if not files:
            raise SystemExit(f"rooms.toml: {name} has no file; its patterns are {room['files']}")
        found[name] = Room(name, tuple(files), tuple(room["tests"]), room.get("leave_out", ""))
    return found


def judged(room: Room, count: int, seed: int, reasons: dict[str, str]) -> bool:
    """
    Try a sample of *room*; say whether at least LEAST_KILLED are killed and each survivor has its reason.
    """
    with tempfile.TemporaryDirectory() as folder:
        tree = copy_of(ROOT, Path(folder))
        mutants = sample(tree, room.files, count, seed)
        print(f"{room.name}: {len(mutants)} mutants of {len(room.files)} files, seed {seed}", flush=True)
        killed, unlisted = 0, 0
        for outcome in tried(tree, room, mutants, covering(tree, room)):
            killed += outcome.killed
            if not outcome.killed:
                reason = reasons.get(outcome.mutant.name)
                unlisted += reason is None
                where = f"{outcome.mutant.path}:{outcome.mutant.line}"
                print(f"  survived {where}\n    {outcome.mutant.was}\n    {outcome.mutant.becomes}", flush=True)
                print(f"    {'listed: ' + reason if reason else 'NOT LISTED: ' + outcome.mutant.name}", flush=True)
    share = killed / len(mutants)
    print(
        f"{room.name}: {killed} of {len(mutants)} killed ({share:.0%}), {unlisted} survivors without a reason",
        flush=True,
    )
    return share >= LEAST_KILLED and not unlisted


if __name__ == "__main__":
    sys.exit(main())
