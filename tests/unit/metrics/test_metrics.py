"""
The platform's metrics: the specification's names, labels and meaning.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import promql_parser
import pytest
import yaml
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Mount

from aegis_contracts import bundled, load
from aegis_sdk.errors import ConfigurationError
from aegis_sdk.metrics import (
    ClientMetrics,
    MetricsApp,
    MetricsMiddleware,
    UserServiceMetrics,
    WsgiMetricsMiddleware,
    alert_rules,
    dashboard,
)
from aegis_sdk.metrics._families import Recent

COUNTERS = ("user_registrations_total", "email_verifications_total", "business_verifications_total")


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def metrics(registry: CollectorRegistry) -> UserServiceMetrics:
    return UserServiceMetrics(registry=registry)


def served(registry: CollectorRegistry) -> dict[tuple[str, str, str], float]:
    """
    How many requests were observed, by method, endpoint and status.
    """
    return {
        (one.labels["method"], one.labels["endpoint"], one.labels["status"]): one.value
        for family in registry.collect()
        for one in family.samples
        if one.name == "api_request_duration_seconds_count"
    }


async def get(app: Any, *paths: str, method: str = "GET") -> list[int]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
        return [(await client.request(method, path)).status_code for path in paths]


def test_every_series_is_there_from_the_start(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    Before anything happens each counter has both outcomes at 0, so that the first failure shows as a rise.
    """
    for name in COUNTERS:
        for status in ("success", "failed"):
            assert registry.get_sample_value(name, {"status": status}) == 0.0
    assert registry.get_sample_value("user_registration_duration_seconds_count") == 0.0
    assert registry.get_sample_value("active_users_total") == 0.0
    metrics.expect([("POST", "/api/v1/users", 201)])
    assert served(registry) == {("POST", "/api/v1/users", "201"): 0.0}


def test_recording(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    Each record counts once under the specification's name, labels and unit.
    """
    metrics.record_user_registration(True, 0.25)
    metrics.record_user_registration(False, 0.5)
    metrics.record_email_verification(True)
    metrics.record_business_verification(False)
    metrics.record_api_request("post", "/api/v1/users", 201, 0.125)
    metrics.active_users.set(7)
    value = registry.get_sample_value
    assert value("user_registrations_total", {"status": "success"}) == 1
    assert value("user_registrations_total", {"status": "failed"}) == 1
    assert value("user_registration_duration_seconds_sum") == 0.75
    assert value("email_verifications_total", {"status": "success"}) == 1
    assert value("email_verifications_total", {"status": "failed"}) == 0
    assert value("business_verifications_total", {"status": "failed"}) == 1
    labels = {"method": "POST", "endpoint": "/api/v1/users", "status": "201"}
    assert value("api_request_duration_seconds_sum", labels) == 0.125
    assert value("active_users_total") == 7
    metrics.count_active_users(lambda: 8)
    assert value("active_users_total") == 8


def test_blocks(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    A block that raises has failed; one that was cancelled or interrupted has neither failed nor succeeded.
    """
    blocks = (metrics.registration, metrics.email_verification, metrics.business_verification)
    for name, block in zip(COUNTERS, blocks, strict=True):
        with block():
            pass
        for error in (ValueError(), asyncio.CancelledError(), KeyboardInterrupt(), GeneratorExit()):
            with pytest.raises(type(error)), block():
                raise error
        assert registry.get_sample_value(name, {"status": "success"}) == 1.0
        assert registry.get_sample_value(name, {"status": "failed"}) == 1.0
    assert registry.get_sample_value("user_registration_duration_seconds_count") == 2.0


async def test_served_requests_by_template(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    A FastAPI service's answers are observed by method, path template and status; paths that nobody serves share one
    label, whatever they are, and an application that raises is 500.
    """
    app = FastAPI()

    @app.get("/api/v1/users/{user_id}")
    async def user(user_id: str) -> str:
        if user_id == "bug":
            raise RuntimeError
        return user_id

    wrapped = metrics.asgi(app)
    await get(wrapped, "/api/v1/users/u1", "/api/v1/users/u2", "/api/v1/users/bug", "/x/1", "/x/2")
    await get(wrapped, "/api/v1/users/u1", method="BREW")
    assert served(registry) == {
        ("GET", "/api/v1/users/{user_id}", "200"): 2.0,
        ("GET", "/api/v1/users/{user_id}", "500"): 1.0,
        ("GET", "unmatched", "404"): 2.0,
        ("other", "/api/v1/users/{user_id}", "405"): 1.0,
    }
    assert b"u1" not in generate_latest(registry)


async def test_mounted_applications(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    An application that is mounted under a path with a parameter is told by the whole template, without its values.
    """
    inner = FastAPI()

    @inner.get("/items/{item_id}")
    async def item(item_id: str) -> str:
        return item_id

    app = Starlette(routes=[Mount("/tenants/{tenant}", app=inner)])
    app.add_middleware(MetricsMiddleware, metrics=metrics)
    assert await get(app, "/tenants/t1/items/i1", "/tenants/t2/items/i2") == [200, 200]
    assert served(registry) == {("GET", "/tenants/{tenant}/items/{item_id}", "200"): 2.0}


async def test_a_framework_that_tells_no_route(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    With the contract's paths any ASGI application is observed by template.
    """

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    paths = load(bundled() / "openapi" / "user.yaml").document["paths"]
    wrapped = MetricsMiddleware(app, metrics, paths=paths)
    await get(wrapped, "/api/v1/users/u1", "/health", "/favicon.ico")
    transport = httpx.ASGITransport(wrapped, root_path="/shop")
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
        await client.delete("/shop/api/v1/users/u1")
    assert set(served(registry)) == {
        ("GET", "/api/v1/users/{user_id}", "200"),
        ("GET", "/health", "200"),
        ("GET", "unmatched", "200"),
        ("DELETE", "/api/v1/users/{user_id}", "200"),
    }


async def test_cancelled_is_not_failed(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    A request whose caller went away is ``cancelled``, no 500.
    """
    started = asyncio.Event()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        started.set()
        await asyncio.Event().wait()

    scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}

    async def nothing(*_: Any) -> Any:
        return {}

    task = asyncio.ensure_future(metrics.asgi(app)(scope, nothing, nothing))
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    assert served(registry) == {("GET", "unmatched", "cancelled"): 1.0}


def test_wsgi(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    A WSGI application is observed when its body was sent, and as 500 when it raises.
    """

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ["PATH_INFO"] == "/bug":
            raise RuntimeError
        start_response("204 No Content", [])
        return [b""]

    wrapped = WsgiMetricsMiddleware(app, metrics, paths=["/things/{id}", "/bug"])
    with httpx.Client(transport=httpx.WSGITransport(wrapped), base_url="http://x.test") as client:
        client.delete("/things/1")
        client.get("/elsewhere")
        with pytest.raises(RuntimeError):
            client.get("/bug")
    assert served(registry) == {
        ("DELETE", "/things/{id}", "204"): 1.0,
        ("GET", "unmatched", "204"): 1.0,
        ("GET", "/bug", "500"): 1.0,
    }


def test_the_mean_of_five_minutes(metrics: UserServiceMetrics) -> None:
    """
    The figure ``avg_response_time`` is the mean over the last five minutes, 0 before anything was answered.
    """
    assert metrics.avg_response_time == 0
    metrics.record_api_request("GET", "/", 200, 0.25)
    metrics.record_api_request("GET", "/", 200, 0.75)
    assert metrics.avg_response_time == 0.5
    now = 1000.0
    recent = Recent(300, lambda: now)
    recent.add(3)
    now = 1299.9
    recent.add(1)
    assert recent.mean() == 2
    now = 1300.0
    assert recent.mean() == 1
    now = 9999.0
    assert recent.mean() == 0


def test_labels_have_a_bound(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    Whoever passes raw paths by mistake gets no more than 500 of them, then one label for the rest.
    """
    for number in range(600):
        metrics.record_api_request("GET", f"/users/{number}", 200, 0.1)
    found = served(registry)
    assert len(found) == 501
    assert found["GET", "other", "200"] == 100.0


def test_statuses_have_a_bound(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    Whoever passes texts as the status by mistake gets no more than 100 of them, then one label for the rest.
    """
    for number in range(150):
        metrics.record_api_request("GET", "/users", f"failed for user {number}", 0.1)
    found = served(registry)
    assert len(found) == 101
    assert found["GET", "/users", "other"] == 50.0


@pytest.mark.parametrize("duration", [float("nan"), float("inf")])
def test_no_number_is_refused(registry: CollectorRegistry, metrics: UserServiceMetrics, duration: float) -> None:
    """
    A duration that is no number is refused before anything is counted; one from a clock set back is 0.
    """
    with pytest.raises(ValueError, match="number of seconds"):
        metrics.record_user_registration(True, duration)
    assert registry.get_sample_value("user_registrations_total", {"status": "success"}) == 0.0
    metrics.record_user_registration(True, -5)
    assert registry.get_sample_value("user_registration_duration_seconds_sum") == 0.0


def test_one_for_each_registry(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    A second one for the same registry is refused with what to do; clients' metrics stand beside them.
    """
    with pytest.raises(ConfigurationError, match="one for each registry"):
        UserServiceMetrics(registry)
    ClientMetrics(registry)


def test_the_old_name_says_where_it_went() -> None:
    """
    ``Metrics`` of 0.1 names the two classes that took its place.
    """
    with pytest.raises(ImportError, match=r"UserServiceMetrics .* ClientMetrics"):
        exec("from aegis_sdk.metrics import Metrics")


async def test_prometheus_can_scrape(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    The metrics application answers what Prometheus reads, in the format that it asks for.
    """
    metrics.record_email_verification(True)
    transport = httpx.ASGITransport(MetricsApp(registry))
    async with httpx.AsyncClient(transport=transport, base_url="http://x.test") as client:
        plain = await client.get("/prometheus")
        open_metrics = await client.get("/", headers={"accept": "application/openmetrics-text; version=1.0.0"})
        assert (await client.post("/")).status_code == 405
    names = {family.name for family in text_string_to_metric_families(plain.text)}
    assert {"user_registrations", "api_request_duration_seconds", "active_users_total"} <= names
    assert open_metrics.text.endswith("# EOF\n")


async def test_active_users_are_asked_for_at_a_scrape(registry: CollectorRegistry, metrics: UserServiceMetrics) -> None:
    """
    An asynchronous count is asked whenever Prometheus scrapes; when it fails, the rest is still there.
    """
    counts = [3.0, 5.0]

    async def count() -> float:
        return counts.pop(0)

    metrics.count_active_users(count)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(metrics.endpoint()), base_url="http://x.test") as client:
        for expected in (3, 5, 5):
            assert f"active_users_total {expected}.0" in (await client.get("/")).text


def _exposed(registry: CollectorRegistry) -> set[str]:
    """
    Every name that a scrape can hold.
    """
    metrics = UserServiceMetrics(registry)
    client = ClientMetrics(registry)
    metrics.record_api_request("GET", "/", 200, 0.1)
    client.middleware._durations.labels("user", "GET", "/", "200").observe(0.1)
    return {sample.name for family in registry.collect() for sample in family.samples}


def _expressions() -> list[str]:
    rules = [rule["expr"] for group in yaml.safe_load(alert_rules())["groups"] for rule in group["rules"]]
    panels = [target["expr"] for panel in json.loads(dashboard())["panels"] for target in panel["targets"]]
    return rules + [one.replace("$__rate_interval", "5m").replace("$job", ".*") for one in panels]


@pytest.mark.parametrize("expression", _expressions())
def test_expressions_are_promql_over_our_metrics(expression: str, registry: CollectorRegistry) -> None:
    """
    Every expression of dashboard and rules is PromQL, and asks for a series that the code exposes or a rule records.
    """
    promql_parser.parse(expression)
    recorded = {
        rule["record"]
        for group in yaml.safe_load(alert_rules())["groups"]
        for rule in group["rules"]
        if "record" in rule
    }
    known = _exposed(registry) | recorded
    asked = set(re.findall(r"\b(?:api|user|email|business|active|aegis)[a-z0-9_:]*_[a-z0-9_:]+\b", expression))
    assert asked
    assert asked <= known


def test_labels_in_expressions_exist() -> None:
    """
    Expressions use no label that the metrics do not have.
    """
    known = {"job", "le", "status", "api", "method", "endpoint"}
    for expression in _expressions():
        labels = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", expression))
        for group in re.findall(r"by \(([^)]*)\)", expression):
            labels |= {one.strip() for one in group.split(",")}
        assert labels <= known, expression


def test_the_dashboard_can_be_imported() -> None:
    """
    The dashboard has an id, panels of different ids that do not overlap, and a data source to choose.
    """
    board = json.loads(dashboard())
    panels = board["panels"]
    assert board["uid"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken = [
        (x, y)
        for panel in panels
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert {one["name"] for one in board["templating"]["list"]} == {"datasource", "job"}


def no_promtool() -> str | None:
    """
    The reason to skip what needs Prometheus' own checker.
    """
    return None if shutil.which("promtool") else "promtool of Prometheus is not on the path"


@pytest.mark.skipif(bool(no_promtool()), reason=str(no_promtool()))
def test_prometheus_accepts_the_rules(tmp_path: Path) -> None:
    """
    Prometheus' own checker accepts the rules, and the alerts fire on the series they are for.
    """
    rules = tmp_path / "alerts.yaml"
    rules.write_text(alert_rules(), "utf-8")
    (tmp_path / "test.yaml").write_text(_RULES_TEST, "utf-8")
    for command in (["check", "rules", str(rules)], ["test", "rules", str(tmp_path / "test.yaml")]):
        done = subprocess.run(["promtool", *command], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


_RULES_TEST = """
rule_files: [alerts.yaml]
evaluation_interval: 1m
tests:
  - interval: 1m
    input_series:
      - series: api_request_duration_seconds_count{job="user", method="GET", endpoint="/", status="200"}
        values: 0+60x60
      - series: api_request_duration_seconds_count{job="user", method="GET", endpoint="/", status="500"}
        values: 0+20x60
      - series: api_request_duration_seconds_count{job="user", method="GET", endpoint="/", status="cancelled"}
        values: 0+6000x60
      - series: api_client_request_duration_seconds_count{job="user", api="sms", status="connect"}
        values: 0+60x60
      - series: api_client_request_duration_seconds_count{job="user", api="registry", status="404"}
        values: 0+60x60
    alert_rule_test:
      - eval_time: 30m
        alertname: AegisRequestsFail
        exp_alerts:
          - exp_labels: {job: user, severity: critical}
            exp_annotations: {summary: "user answers 25% of its requests with 5xx"}
      - eval_time: 30m
        alertname: AegisProviderFails
        exp_alerts:
          - exp_labels: {job: user, api: sms, severity: critical}
            exp_annotations: {summary: "100% of what user asks of sms fails"}
"""


@pytest.mark.parametrize(("name", "text"), [("dashboard", dashboard()), ("alerts", alert_rules())])
def test_the_files_can_be_printed(name: str, text: str) -> None:
    """
    ``python -m aegis_sdk.metrics`` prints the files to give to Grafana and Prometheus.
    """
    done = subprocess.run([sys.executable, "-m", "aegis_sdk.metrics", name], capture_output=True, check=True)
    assert done.stdout.decode() == text
