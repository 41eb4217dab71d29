"""
Write anew what the golden cases expect: ``python tests/golden/write.py``. Read the difference before you commit it.

A case lists by its files what it is about: a file that is not under ``expected/`` is not compared. Begin a new case
with an empty one.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """
    Rewrite every expected file and every refusal.
    """
    from aegis_codegen import generate
    from aegis_contracts import ContractError

    for contract in sorted(HERE.glob("*/openapi.yaml")):
        files = {path.partition("/")[2]: text for path, text in generate(shown(contract)).items()}
        for expected in sorted(contract.parent.joinpath("expected").rglob("*.txt")):
            name = expected.relative_to(contract.parent / "expected").as_posix().removesuffix(".txt")
            expected.write_text(files[name], "utf-8")
    for contract in sorted(HERE.glob("_refused/*/openapi.yaml")):
        try:
            generate(shown(contract))
        except ContractError as error:
            contract.with_name("refused.txt").write_text(f"{error}\n", "utf-8")
        else:
            sys.exit(f"{contract} is not refused")


def shown(contract: Path) -> Path:
    """
    Name a contract the same on every machine.
    """
    return contract.relative_to(HERE.parents[1])


if __name__ == "__main__":
    main()
