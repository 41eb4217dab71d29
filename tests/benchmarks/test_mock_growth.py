"""
How the mock's cost grows: with operations, stored items, worlds and exchanges.

Each figure is the ratio of the large to the small, taken by turns in one run (``extra_info``); the floors for the build
are far above what is measured, and catch what grows with the whole where it should not. At full size with
``--benchmark-enable``; in the test suite at a tenth of it or less.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import tracemalloc
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import mock_documents

from aegis_contracts import Contract, load
from aegis_mockserver import Site, Worlds
from aegis_mockserver.control import routes

pytestmark = pytest.mark.filterwarnings("ignore::pytest_benchmark.logger.PytestBenchmarkWarning")
MIB = 1024 * 1024
HOST = ((b"host", b"x"),)
FIRST_PAGE = "/items?limit=20&n=N"
JSON = (*HOST, (b"content-type", b"application/json"))
Call = Callable[[], object]


@pytest.fixture(scope="module")
def scale(pytestconfig: pytest.Config) -> int:
    """
    What sizes are divided by: 1 when measuring, 10 in the test suite.
    """
    full = pytestconfig.getoption("benchmark_enable") or not pytestconfig.getoption("benchmark_disable")
    return 1 if full else 10


def _micros(work: Call, calls: int) -> float:
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - started) / calls * 1e6


def _ratio(benchmark: Any, small: Call, large: Call, *, calls: int = 200, rounds: int = 9, most: float = 4.0) -> float:
    """
    Measure both by turns, note the ratio of the medians, and hold it below *most*.
    """
    taken: list[tuple[float, float]] = []

    def by_turns() -> None:
        taken.append((_micros(small, calls), _micros(large, calls)))

    by_turns()
    taken.clear()
    benchmark.pedantic(by_turns, rounds=rounds)
    while len(taken) < 3:  # in the test suite it is called once
        by_turns()
    few, many = (median(pair[side] for pair in taken) for side in (0, 1))
    ratio = round(many / few, 2)
    benchmark.extra_info.update(few_us=round(few, 1), many_us=round(many, 1), ratio=ratio)
    assert ratio < most, f"{few:.1f} µs → {many:.1f} µs"
    return ratio


def _grown(work: Call) -> float:
    """
    Return by how many MiB the memory is larger after *work* than before.
    """
    gc.collect()
    tracemalloc.start()
    try:
        work()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] / MIB
    finally:
        tracemalloc.stop()


# operations


@pytest.fixture(scope="module")
def contracts(scale: int) -> tuple[Contract, Contract, Contract]:
    """
    Contracts of 10, 1,000 and 10,000 operations.
    """
    few, many, most = (load(mock_documents.big(number, 0)) for number in (10, 1_000 // scale, 10_000 // scale))
    return few, many, most


def _asked(site: Site, method: str, path: str, body: bytes = b"") -> Call:
    """
    Ask for another item each time, so that no kept answer is given.
    """
    numbers = count(1)
    headers = JSON if body else HOST

    def call() -> None:
        status = site.respond(method, path.replace("N", str(next(numbers))).encode(), headers, body).status
        assert status < 400, status

    return call


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", "/things1/N", b""), ("POST", "/things1", b'{"id": 1, "name": "Rex"}')],
    ids=["GET", "POST"],
)
def test_a_call_among_many_operations(
    benchmark: Any, contracts: tuple[Contract, Contract, Contract], method: str, path: str, body: bytes
) -> None:
    """
    A call costs the same among ten thousand operations as among ten.
    """
    sites = [Site([contracts[index]]) for index in (0, 2)]
    for site in sites:
        site.worlds.default.store("/things1").put("0", {"id": 0, "name": "x"})
        site.worlds.default.store("/things1").clear()
    _ratio(benchmark, *(_asked(site, method, path, body) for site in sites))


def test_opening_grows_with_the_operations_only(benchmark: Any, contracts: tuple[Contract, Contract, Contract]) -> None:
    """
    Opening a site costs no more for each operation among ten thousand than among a thousand.
    """
    _, few, many = contracts

    def each(contract: Any, times: int) -> Call:
        return lambda: [Site([contract]) for _ in range(times)]

    _ratio(benchmark, each(few, 10), each(many, 1), calls=1, rounds=5, most=3)


def test_the_journal_is_told_as_fast_among_many_operations(
    benchmark: Any, contracts: tuple[Contract, Contract, Contract]
) -> None:
    """
    Listing exchanges, whose secrets the contract tells, costs the same whatever the number of operations.
    """
    sites = [Site([contracts[index]]) for index in (0, 2)]
    for site in sites:
        for number in range(100):
            site.respond("GET", f"/things4/{number}".encode(), HOST)
    _ratio(benchmark, *(lambda site=site: _listed(site, b"/__mock__/journal") for site in sites), calls=10)


def _listed(site: Site, target: bytes) -> None:
    assert site.respond("GET", target, HOST).status == 200


# items


@pytest.fixture(scope="module")
def shops(scale: int) -> tuple[Site, Site]:
    """
    The same articles API, with one article and with a hundred thousand.
    """
    document = mock_documents.collection()
    sites = [Site([load(document)], worlds=Worlds(limit=256 * MIB)) for _ in range(2)]
    for site, number in zip(sites, (1, 100_000 // scale), strict=True):
        store = site.worlds.default.store("/items")
        for key in range(1, number + 1):
            store.put(str(key), {"id": key, "name": f"item {key}", "tag": f"tag-{key % 1000}"})
    return sites[0], sites[1]


def test_reading_an_item_among_many(benchmark: Any, shops: tuple[Site, Site]) -> None:
    """
    Reading an item costs the same among a hundred thousand as alone.
    """
    # A query that is not declared makes each request another one: no kept answer is given.
    _ratio(benchmark, *(_asked(site, "GET", "/items/1?n=N") for site in shops))


def test_making_an_item_among_many(benchmark: Any, shops: tuple[Site, Site]) -> None:
    """
    Making an item costs the same among a hundred thousand as among a few.
    """
    _ratio(benchmark, *(_asked(site, "POST", "/items?n=N", b'{"name": "Rex"}') for site in shops))


def test_changing_an_item_among_many(benchmark: Any, shops: tuple[Site, Site]) -> None:
    """
    Changing an item costs the same among a hundred thousand as alone.
    """
    _ratio(benchmark, *(_asked(site, "PUT", "/items/1?n=N", b'{"id": 1, "name": "Tom"}') for site in shops))


@pytest.mark.parametrize(
    ("path", "small", "most"),
    [(FIRST_PAGE, FIRST_PAGE, 4), ("/items?limit=20&offset=OFFSET&n=N", FIRST_PAGE, 60)],
    ids=["first page", "page at 90,000"],
)
def test_a_page_of_many(
    benchmark: Any, shops: tuple[Site, Site], scale: int, path: str, small: str, most: float
) -> None:
    """
    A page at the beginning costs the same; one far behind is counted up to, without reading what lies before it.
    """
    for number in range(2, 40):  # the small shop has a page's worth, too
        shops[0].worlds.default.store("/items").put(str(number), {"id": number, "name": "item", "tag": "tag-1"})
    _ratio(
        benchmark,
        _asked(shops[0], "GET", small),
        _asked(shops[1], "GET", path.replace("OFFSET", str(90_000 // scale))),
        calls=40,
        most=most,
    )


def test_a_filter_over_many(benchmark: Any, shops: tuple[Site, Site], scale: int) -> None:
    """
    A filter reads every item: a hundred thousand cost less than a second.
    """
    call = _asked(shops[1], "GET", "/items?tag=tag-7&n=N")
    micros = median(_micros(call, 1) for _ in range(3))
    benchmark.extra_info.update(many_us=round(micros), per_item_us=round(micros / (100_000 // scale), 3))
    benchmark.pedantic(call, rounds=1)
    assert micros < 5e6


def test_items_cost_what_is_said(benchmark: Any) -> None:
    """
    A store of a hundred thousand items takes about the memory that the world counts for it, and is held to the limit.
    """
    site = Site([load(mock_documents.collection())])
    store = site.worlds.default.store("/items")

    def fill() -> None:
        for key in range(200_000):
            store.put(f"item-{key}", {"id": key, "name": f"item {key}"})

    grown = _grown(lambda: benchmark.pedantic(fill, rounds=1))
    world = site.worlds.default
    benchmark.extra_info.update(grown_mib=round(grown, 1), counted_mib=round(world.size / MIB, 1), items=len(store))
    assert world.size <= world.limit
    assert grown < 1.5 * world.limit / MIB


# worlds


def _worlds(site: Site, number: int) -> Call:
    headers = [(*HOST, (b"x-mock-world", f"world-{index}".encode())) for index in range(number)]
    turns = count()

    def call() -> None:
        turn = next(turns)
        assert site.respond("GET", f"/items/1?n={turn}".encode(), headers[turn % number]).status == 200

    return call


def test_a_call_among_many_worlds(benchmark: Any) -> None:
    """
    A call costs the same whether one world is used or a thousand by turns.
    """
    sites = [Site([load(mock_documents.collection())]) for _ in range(2)]
    few, many = _worlds(sites[0], 1), _worlds(sites[1], 1_000)
    for _ in range(2_000):  # making a world is measured below
        many()
    _ratio(benchmark, few, many, calls=1_000)


def test_making_a_world_among_many(benchmark: Any) -> None:
    """
    A new world costs no more when there are a thousand already, and the oldest goes, than when there are few.
    """
    few, many = Site([load(mock_documents.collection())]), Site([load(mock_documents.collection())])
    for number in range(2_000):
        many.worlds.get(f"old-{number}")
    names = count()

    def made(site: Site, keep: int) -> Call:
        def call() -> None:
            if len(site.worlds) > keep:
                site.worlds.reset()
            site.worlds.get(f"new-{next(names)}")

        return call

    _ratio(benchmark, made(few, 20), made(many, 10_000), calls=200, most=10)


def test_the_memory_of_many_worlds_is_bounded(benchmark: Any, scale: int) -> None:
    """
    A thousand worlds that are all busy take no more memory than all of them together may have.
    """
    site = Site([load(mock_documents.small())])
    headers = [(*HOST, (b"x-mock-world", f"world-{index}".encode())) for index in range(1_000)]

    number = 200_000 // scale
    body = json.dumps({**mock_documents.article(), "id": None}).encode()

    def busy() -> None:
        for turn in range(number):
            site.respond("GET", f"/articles/{turn}".encode(), headers[turn % 1_000])
            if turn % 10 == 0:
                site.respond("POST", b"/articles?n=%d" % turn, (*headers[turn % 1_000], JSON[-1]), body)

    grown = _grown(lambda: benchmark.pedantic(busy, rounds=1))
    kept = sum(len(world.journal) for world in site.worlds)
    told = sum(world.journal.total for world in site.worlds)
    benchmark.extra_info.update(
        grown_mib=round(grown, 1), worlds=len(site.worlds), exchanges=told, exchanges_kept=kept
    )  # fmt: skip
    assert grown < 220


# exchanges


def test_a_million_exchanges(benchmark: Any, scale: int) -> None:
    """
    After a million exchanges the journal takes no more memory than after ten thousand, and noting one costs the same.
    """
    site = Site([load(mock_documents.collection())])
    site.worlds.default.store("/items").put("1", {"id": 1, "name": "Rex"})
    numbers = count()

    def calls(count: int) -> float:
        started = time.perf_counter()
        for _ in range(count):
            site.respond("GET", f"/items/1?n={next(numbers) % 50_000}".encode(), HOST)
        return (time.perf_counter() - started) / count * 1e6

    calls(1_000)
    first = calls(10_000 // scale)
    warm = _grown(lambda: calls(10_000))
    last: list[float] = []
    grown = _grown(lambda: last.append(benchmark.pedantic(calls, args=(1_000_000 // scale**2,))))
    journal = site.worlds.default.journal
    ratio = round(calls(10_000) / first, 2)
    benchmark.extra_info.update(
        first_us=round(first, 1), ratio=ratio, warm_mib=round(warm, 1), grown_mib=round(grown, 1),
        total=journal.total, kept=len(journal),
    )  # fmt: skip
    assert len(journal) <= journal.kept
    assert grown < 40
    assert ratio < 3


def test_reading_the_journal_after_many(benchmark: Any, scale: int) -> None:
    """
    The newest page of the journal, one exchange and the live stream cost the same after many exchanges as after few.
    """
    sites = [Site([load(mock_documents.collection())]) for _ in range(2)]
    for site, number in zip(sites, (150, 50_000 // scale), strict=True):
        for turn in range(number):
            site.respond("GET", f"/items/{turn}".encode(), HOST)
    routes()

    def read(site: Site) -> Call:
        total = site.worlds.default.journal.total

        def call() -> None:
            _listed(site, b"/__mock__/journal?limit=100")
            _listed(site, f"/__mock__/journal/{total - 50}".encode())

        return call

    _ratio(benchmark, *(read(site) for site in sites), calls=10)
