"""
Health with checks that can be made to fail, and figures computed from the world.
"""

from __future__ import annotations

from tests.scenarios._aegis import Aegis, business_number


def test_a_failing_check_is_503_with_the_same_body(aegis: Aegis) -> None:
    """
    As soon as one check fails the service is unhealthy and says why; healed, it is healthy again.
    """
    assert aegis.get("/health").json()["checks"] == {"database": "healthy", "redis": "healthy", "kafka": "healthy"}
    aegis.post("/__mock__/checks", {"kafka": "no broker is reachable"})
    answer = aegis.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert answer.json()["checks"]["kafka"] == "unhealthy: no broker is reachable"
    assert "retry-after" in answer.headers
    aegis.post("/__mock__/checks", {"kafka": None})
    assert aegis.get("/health").json()["status"] == "healthy"


def test_a_check_of_ones_own_fails_too(aegis: Aegis) -> None:
    """
    A check that a team has beside the three can be made to fail, and heals as they do.
    """
    aegis.post("/__mock__/checks", {"object_store": "no answer"})
    answer = aegis.get("/health")
    assert (answer.status_code, answer.json()["checks"]["object_store"]) == (503, "unhealthy: no answer")
    aegis.post("/__mock__/checks", {"object_store": None})
    assert "object_store" not in aegis.get("/health").json()["checks"]


def test_health_needs_no_credential(aegis: Aegis) -> None:
    """
    A prober without a key reads the health.
    """
    assert aegis.http.get("/health", headers={"Authorization": ""}).status_code == 200


def test_figures_follow_the_world(aegis: Aegis) -> None:
    """
    Active users, today's registrations in Korea and the share of verified addresses are counted.
    """
    assert aegis.get("/metrics").json()["verification_rate"] == 0
    aegis.post("/__mock__/clock", {"set": "2026-11-22T14:59:00Z"})  # a minute before midnight in Seoul
    alone = {"start_date": None, "representative_name": None}
    for index in range(4):
        if index == 2:
            aegis.advance(120)
        aegis.register(f"u{index}@example.com", business_registration_number=business_number(index), **alone)
    aegis.post("/api/v1/email-verifications/confirm", {"token": aegis.mails()[0]["token"]})
    figures = aegis.get("/metrics").json()
    assert (figures["active_users"], figures["registrations_today"], figures["verification_rate"]) == (1, 2, 0.25)
    assert figures["avg_response_time"] > 0
