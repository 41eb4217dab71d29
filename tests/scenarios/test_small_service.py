"""
A reader's first service: a contract of their own, the generated half of a provider, and sixty lines.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "coupons"


def test_a_small_service_keeps_its_contract(tmp_path: Path) -> None:
    """
    ``aegis generate --provider`` and the kit are enough: ``aegis verify`` decides every claim and finds nothing.
    """
    for file in HERE.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    aegis = [sys.executable, "-m", "aegis_shell"]
    made = [*aegis, "generate", "coupons.yaml", "--into", "coupons_api", "--provider"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    assert subprocess.run([*made, "--check"], cwd=tmp_path, check=False, capture_output=True).returncode == 0
    service = f"{sys.executable} -m uvicorn coupon_service:app --port {{port}} --log-level warning"
    held = [*aegis, "verify", "--contract", "coupons.yaml", "--timeout", "30", "--run", service]
    done = subprocess.run(held, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stdout + done.stderr
    assert " 0 broken, 0 not decided" in done.stdout, done.stdout
