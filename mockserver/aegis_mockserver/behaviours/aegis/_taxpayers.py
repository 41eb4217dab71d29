"""
What the tax service knows: the businesses of ``x-mock`` in the registry's contract, and those that a world adds.

A world adds some, or changes those of the contract, by putting them into its store ``businesses``, by number.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from aegis_contracts import Contract
from aegis_mockserver.world import World

STORE = "businesses"
IMPOSSIBLE = "0000000000"  # satisfies the check digit and is refused all the same
UNREGISTERED = "국세청에 등록되지 않은 사업자등록번호입니다."
NOT_CONFIRMED = "확인할 수 없습니다."
STATES = {"01": "계속사업자", "02": "휴업자", "03": "폐업자"}
TAX_TYPES = {
    "01": "부가가치세 일반과세자",
    "02": "부가가치세 간이과세자",
    "03": "부가가치세 과세특례자",
    "04": "부가가치세 면세사업자",
    "05": "비영리법인·국가기관",
    "06": "고유번호 단체",
    "07": "간이과세자(세금계산서 발급사업자)",
}
COMPARED = ("b_nm", "corp_no", "b_sector", "b_type", "b_adr", "p_nm2")
_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)

Manner = Literal["known", "any", "mismatch", "unregistered", "unavailable"]
Business = Mapping[str, Any]


class TaxServiceUnavailable(Exception):  # noqa: N818 - a state of the world, answered with 503
    """
    The tax service does not answer for this number.
    """


class TaxServiceFailed(Exception):  # noqa: N818 - likewise, answered with the portal's -999
    """
    The portal refuses the call as a whole.
    """


class Taxpayers:
    """
    The businesses that the tax service knows, as one world sees them.

    Args:
        contract: of the registry; its ``x-mock`` lists businesses and numbers with manners of their own.
    """

    def __init__(self, contract: Contract, world: World) -> None:
        self._businesses, self._manners = _listed(contract)
        self._world = world

    def find(self, number: str) -> Business | None:
        """
        Return the business with this number, ten digits; None when it is not registered.

        Raises:
            TaxServiceUnavailable: it does not answer for this number.
        """
        manner = self._manner(number)
        if manner == "unavailable":
            raise TaxServiceUnavailable
        if manner == "unregistered":
            return None
        return self._known(number) or _made_up(number)

    def status(self, number: str) -> dict[str, str]:
        """
        Answer 상태조회 for one number.

        Raises:
            TaxServiceUnavailable: it does not answer for this number.
        """
        business = self.find(number)
        return _unknown(number) if business is None else _state(number, business)

    def validation(self, query: Mapping[str, Any]) -> dict[str, Any]:
        """
        Answer 진위확인 for one business.

        Raises:
            TaxServiceUnavailable: it does not answer for this number.
            TaxServiceFailed: the portal refuses the number.
        """
        number = str(query["b_no"])
        if number == IMPOSSIBLE:
            raise TaxServiceFailed
        business = self.find(number)
        answer = {"b_no": number, "valid": "01", "request_param": dict(query)}
        if business is None or not self._confirms(number, business, query):
            return {**answer, "valid": "02", "valid_msg": NOT_CONFIRMED}
        return {**answer, "status": _state(number, business)}

    def _known(self, number: str) -> Business | None:
        own: Business | None = self._world.store(STORE).get(number)
        return own or self._businesses.get(number)

    def _manner(self, number: str) -> Manner:
        own = self._world.store(STORE).get(number)
        if own is not None:
            return "known" if own.get("b_stt_cd", "01") else "unregistered"
        if number in self._manners:
            return self._manners[number]
        if number in self._businesses:
            return "known"
        return "any" if number != IMPOSSIBLE and has_check_digit(number) else "unregistered"

    def _confirms(self, number: str, business: Business, query: Mapping[str, Any]) -> bool:
        manner = self._manner(number)
        if manner == "any":
            return True
        if manner == "mismatch":
            return False
        if any(business.get(name) != query.get(name) for name in ("start_dt", "p_nm")):
            return False
        return all(not query.get(name) or business.get(name, query[name]) == query[name] for name in COMPARED)


def has_check_digit(number: str) -> bool:
    """
    Say whether the tenth digit is the sum of the other nine.
    """
    digits = [int(digit) for digit in number]
    total = sum(digit * weight for digit, weight in zip(digits, _WEIGHTS, strict=False)) + digits[8] * 5 // 10
    return (10 - total % 10) % 10 == digits[9]


@lru_cache(maxsize=16)
def _listed(contract: Contract) -> tuple[dict[str, Business], dict[str, Manner]]:
    node = contract.extensions.get("x-mock")
    said: Mapping[str, Any] = node if isinstance(node, Mapping) else {}
    businesses = {str(entry["b_no"]): entry for entry in said.get("businesses", ())}
    manners: dict[str, Manner] = {str(entry["b_no"]): entry["answer"] for entry in said.get("numbers", ())}
    return businesses, manners


def _state(number: str, business: Business) -> dict[str, str]:
    code, tax_type = str(business.get("b_stt_cd", "01")), str(business.get("tax_type_cd", "01"))
    previous = str(business.get("rbf_tax_type_cd", "99"))
    return {
        "b_no": number,
        "b_stt": STATES.get(code, ""),
        "b_stt_cd": code,
        "tax_type": TAX_TYPES.get(tax_type, ""),
        "tax_type_cd": tax_type,
        "end_dt": str(business.get("end_dt", "")),
        "utcc_yn": str(business.get("utcc_yn", "N")),
        "tax_type_change_dt": str(business.get("tax_type_change_dt", "")),
        "invoice_apply_dt": str(business.get("invoice_apply_dt", "")),
        "rbf_tax_type": TAX_TYPES.get(previous, "해당없음"),
        "rbf_tax_type_cd": previous,
    }


def _unknown(number: str) -> dict[str, str]:
    names = ("b_stt", "b_stt_cd", "tax_type", "tax_type_cd", "end_dt", "utcc_yn", "tax_type_change_dt")
    blank = dict.fromkeys((*names, "invoice_apply_dt", "rbf_tax_type", "rbf_tax_type_cd"), "")
    return {"b_no": number, **blank, "tax_type": UNREGISTERED}


def _made_up(number: str) -> Business:
    """
    Describe a business that nobody listed; always the same for the same number.
    """
    kind = "법인사업자" if "81" <= number[3:5] <= "88" else "개인사업자"
    return {
        "b_no": number,
        "b_nm": f"이지스상회 {number[5:9]}",
        "business_type": kind,  # digits four and five of a legal entity's number are 81 to 88
        "start_dt": f"20{int(number[3:5]) % 20 + 1:02}{int(number[5]) + 1:02}01",
        "b_stt_cd": "01",
        "tax_type_cd": "01",
        "b_sector": "소매업",
        "b_type": "잡화",
    }


def details(number: str, business: Business) -> dict[str, Any]:
    """
    Tell everything about a registered business, as only the Aegis gateway does.
    """
    state = _state(number, business)
    names = ("b_nm", "business_type", "p_nm", "start_dt", "end_dt", "corp_no", "b_sector", "b_type", "b_adr")
    told = {name: business[name] for name in names if name in business}
    industry = {name: value for name, value in business.items() if name.startswith("industry_")}
    shown = {name: state[name] for name in ("end_dt", "b_stt", "b_stt_cd", "tax_type", "tax_type_cd")}
    return {"b_no": number, "b_nm": f"이지스상회 {number[5:9]}", "start_dt": "", **told, **shown, **industry}
