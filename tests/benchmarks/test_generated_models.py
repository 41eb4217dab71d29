"""
Generated models and packages: what importing, building and decoding cost, against their floors in the same run.

Run with ``--benchmark-enable -s``; without it every case runs once, to see that it still works.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from aegis_runtime import JsonDecoder, JsonEncoder
from tests.benchmarks._default_generated import default_client

CONTRACT = Path(__file__).resolve().parents[2] / "openapi" / "user.yaml"
USER = {
    "user_id": "01998b1e-7c41-7d3e-9b52-6f1e2d3c4b5a",
    "email": "seoyeon.kim@example.com",
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "phone_number": "010-1234-5678",
    "business_type": "법인사업자",
    "industry_code": "26429",
    "industry_code_revision": 11,
    "region": "41",
    "start_date": "1969-01-13",
    "representative_name": "김서연",
    "status": "active",
    "business_status": "active",
    "email_verified": True,
    "phone_verified": True,
    "created_at": "2026-11-22T05:20:31.482Z",
    "updated_at": "2026-11-22T05:31:02.017Z",
}
PAGE = {"data": [USER] * 20, "page": {"next_cursor": None, "has_more": False}}
BODY = json.dumps(PAGE, ensure_ascii=False).encode()
REGISTRATION = {
    "email": "seoyeon.kim@example.com",
    "password": "correct-horse-battery-staple",
    "business_registration_number": "124-81-00998",
    "business_name": "삼성전자 주식회사",
    "phone_number": "010-1234-5678",
    "region": "41",
    "start_date": "1969-01-13",
}


def test_decode_against_json_loads_and_the_default(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    """
    A page of 20 users, validated and typed, against ``json.loads`` and the default generator's ``from_dict``.
    """
    decode: JsonDecoder[Any] = JsonDecoder("aegis_sdk._generated.user.models:UserList")
    default = default_client(CONTRACT, tmp_path, "default_user_models")
    models = __import__(f"{default.__name__}.models", fromlist=["UserList"])
    cases: dict[str, Callable[[], object]] = {
        "json.loads": lambda: json.loads(BODY),
        "ours": lambda: decode(BODY, False),
        "ours, strict": lambda: decode(BODY, True),
        "default from_dict": lambda: models.UserList.from_dict(json.loads(BODY)),
    }
    assert decode(BODY, False).data[0].user_id == USER["user_id"]
    ratios = _compared(benchmark, cases, 300)
    _show("decode 20 users", ratios)
    if benchmark.enabled:
        assert ratios["ours"] <= 3.0


def test_encode_against_json_dumps(benchmark: BenchmarkFixture) -> None:
    """
    A registration, checked and written, against ``json.dumps`` of the same dictionary.
    """
    encode = JsonEncoder("aegis_sdk._generated.user.inputs:RegisterUserRequest")
    cases: dict[str, Callable[[], object]] = {
        "json.dumps": lambda: json.dumps(REGISTRATION),
        "ours": lambda: encode(REGISTRATION),
    }
    assert json.loads(encode(REGISTRATION)) == REGISTRATION
    _show("encode a registration", _compared(benchmark, cases, 3000))


IMPORTS = {
    "python": "pass",
    "httpx": "import httpx",
    "httpx and pydantic, a model built": (
        "import httpx, pydantic\nclass M(pydantic.BaseModel):\n    a: int\nM.model_validate_json(b'{\"a\": 1}')"
    ),
    "aegis_sdk": "import aegis_sdk",
    "a client": "import aegis_sdk\naegis_sdk.UserClient('http://localhost')",
    "a client, a model built": (
        "import aegis_sdk\naegis_sdk.UserClient('http://localhost').users\n"
        "from aegis_sdk._generated.user.models import User\nUser.model_rebuild()"
    ),
}


def test_import_against_httpx(benchmark: BenchmarkFixture) -> None:
    """
    Importing the SDK, making a client, and having a model ready, against ``import httpx``; each in a fresh interpreter.
    """
    rounds = 9 if benchmark.enabled else 1
    times = {name: [_started(code) for _ in range(rounds)] for name, code in IMPORTS.items()}
    benchmark.pedantic(lambda: None, rounds=1)
    floor = min(times["python"])
    unit = max(min(times["httpx"]) - floor, 1e-9)
    ratios = {name: (min(found) - floor) / unit for name, found in times.items()}
    _show("import, × httpx", ratios)
    if benchmark.enabled:
        assert ratios["aegis_sdk"] <= 0.5
        assert ratios["a client"] <= 2.5


def test_nothing_is_built_before_it_is_used() -> None:
    """
    Importing the SDK loads neither pydantic nor httpx; a client loads no model.
    """
    code = (
        "import sys, aegis_sdk\n"
        "assert not {'pydantic', 'httpx'} & set(sys.modules)\n"
        "aegis_sdk.UserClient('http://localhost').users\n"
        "assert 'pydantic' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def _started(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return time.perf_counter() - began


def _compared(benchmark: BenchmarkFixture, cases: dict[str, Callable[[], object]], number: int) -> dict[str, float]:
    """
    Time *cases* in turns, so that a change of the machine's speed meets all of them; ratios to the first.
    """
    rounds = 9 if benchmark.enabled else 1
    times: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            repeats = number if benchmark.enabled else 1
            began = time.perf_counter()
            for _ in range(repeats):
                case()
            times[name].append((time.perf_counter() - began) / repeats)
    benchmark.pedantic(next(iter(cases.values())), rounds=1)
    first = statistics.median(next(iter(times.values())))
    return {name: statistics.median(found) / first for name, found in times.items()}


def _show(title: str, ratios: dict[str, float]) -> None:
    print(f"\n{title}: " + ", ".join(f"{name} {ratio:.2f}" for name, ratio in ratios.items()))


@pytest.fixture(autouse=True)
def _forget_default_clients() -> Any:
    before = list(sys.path)
    yield
    sys.path[:] = before
