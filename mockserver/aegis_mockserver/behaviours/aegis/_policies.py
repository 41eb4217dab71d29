"""
Which policies fit a user: a small catalogue, scores that are always the same, and what the user said and did.

The score of a policy is a base between 0.40 and 0.70 drawn from user and policy, + 0.15 when the region fits, + 0.10
when the industry does, + up to 0.04 for each kind of interest that the user has shown in it. Preferences choose: form
of support, regions, industries, amount, and what is never to be shown again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from hashlib import blake2b
from importlib.resources import files
from typing import Any

CATALOGUE = "_policies.json"
URL = "https://policy.aegis.example.com/policies/"
INTEREST = {"viewed": 0.01, "clicked": 0.02, "bookmarked": 0.03, "applied": 0.04}
SUCCESSORS = {"29": "12", "46": "12", "42": "51", "45": "52"}  # region codes that were replaced


@dataclass(frozen=True, slots=True)
class Policy:
    """
    A support policy of the catalogue.

    Args:
        opened: days since applications were opened, on any day that is asked.
        open_for: days until they close; None while the budget lasts.
        regions: where the business must be; None for anywhere.
        industries: for which KSIC classes it is; None for all.
    """

    policy_id: str
    title: str
    summary: str
    agency: str
    support_type: str
    minimum: int | None
    maximum: int | None
    opened: int
    open_for: int | None
    regions: tuple[str, ...] | None
    industries: tuple[str, ...] | None


@cache
def catalogue() -> dict[str, Policy]:
    """
    Return the policies by id.
    """
    text = (files("aegis_mockserver.behaviours.aegis") / CATALOGUE).read_text(encoding="utf-8")
    entries: list[dict[str, Any]] = json.loads(text)
    for entry in entries:
        for name in ("regions", "industries"):
            entry[name] = None if entry[name] is None else tuple(entry[name])
    return {entry["policy_id"]: Policy(**entry) for entry in entries}


def recommend(
    user_id: str, profile: Mapping[str, Any], preferences: Mapping[str, Any], done: Mapping[str, set[str]], today: date
) -> list[dict[str, Any]]:
    """
    Return the policies that fit, best first.

    Args:
        profile: of the user, as far as it is known.
        done: kinds of interaction by policy id.
    """
    found: list[tuple[float, dict[str, Any]]] = []
    for policy in catalogue().values():
        did = done.get(policy.policy_id, set())
        if "dismissed" in did or not _wanted(policy, profile, preferences):
            continue
        score, reasons = _score(user_id, policy, profile, did)
        found.append((score, _shown(policy, score, reasons, today)))
    found.sort(key=lambda entry: (-entry[0], entry[1]["policy_id"]))
    return [shown for _, shown in found]


def _wanted(policy: Policy, profile: Mapping[str, Any], preferences: Mapping[str, Any]) -> bool:
    types, regions = preferences.get("support_types"), preferences.get("regions")
    industries = preferences.get("industry_codes")
    if policy.policy_id in preferences.get("excluded_policy_ids", ()):
        return False
    if types and policy.support_type not in types:
        return False
    if regions and not _for_regions(policy, regions):
        return False
    if industries and not _for_industries(policy, [*industries, profile.get("industry_code")]):
        return False
    least = preferences.get("minimum_support_amount", 0)
    return not least or (policy.maximum is not None and policy.maximum >= least)


def _for_regions(policy: Policy, regions: list[str]) -> bool:
    if policy.regions is None:
        return True
    return any(SUCCESSORS.get(region, region) in policy.regions for region in regions)


def _for_industries(policy: Policy, codes: list[Any]) -> bool:
    return policy.industries is None or any(code in policy.industries for code in codes)


def _score(user_id: str, policy: Policy, profile: Mapping[str, Any], did: set[str]) -> tuple[float, list[str]]:
    drawn = blake2b(f"{user_id}|{policy.policy_id}".encode(), digest_size=4).digest()
    score = 0.40 + int.from_bytes(drawn) / 2**32 * 0.30
    reasons: list[str] = []
    region, industry = profile.get("region"), profile.get("industry_code")
    if region and _for_regions(policy, [region]):
        score += 0.15
        reasons.append("사업장 소재지가 지원 지역입니다." if policy.regions else "전국 어디서나 신청할 수 있습니다.")
    if industry and policy.industries and industry in policy.industries:
        score += 0.10
        reasons.append("업종(한국표준산업분류)이 지원 대상입니다.")
    score += sum(INTEREST.get(kind, 0.0) for kind in did)
    if did & {"bookmarked", "applied"}:
        reasons.append("관심 있게 보신 정책입니다.")
    return round(min(score, 1.0), 2), reasons or ["소상공인이면 신청할 수 있습니다."]


def _shown(policy: Policy, score: float, reasons: list[str], today: date) -> dict[str, Any]:
    closes = None if policy.open_for is None else (today + timedelta(days=policy.open_for)).isoformat()
    shown: dict[str, Any] = {
        "policy_id": policy.policy_id,
        "title": policy.title,
        "summary": policy.summary,
        "score": score,
        "reasons": reasons,
        "agency": policy.agency,
        "support_type": policy.support_type,
        "application_period": {
            "opens_on": (today - timedelta(days=policy.opened)).isoformat(),
            "closes_on": closes,
        },
        "url": URL + policy.policy_id,
    }
    if policy.maximum is not None:
        least = {} if policy.minimum is None else {"minimum": policy.minimum}
        shown["support_amount"] = {"currency": "KRW", **least, "maximum": policy.maximum}
    if policy.regions is not None:
        shown["regions"] = list(policy.regions)
    return shown
