"""
What the tax service knows of a number.
"""

from __future__ import annotations

import pytest

from aegis_contracts import Contract
from aegis_mockserver import Site, World
from aegis_mockserver.behaviours.aegis._taxpayers import Taxpayers, TaxServiceUnavailable, has_check_digit
from tests.scenarios._aegis import business_number


@pytest.fixture
def registry(site: Site) -> Contract:
    return next(contract for contract in site.contracts if contract.title == "Business Registry API")


@pytest.mark.parametrize("number", ["1248100998", "2208162517", "1208147521", "1018109147", "1078614075"])
def test_real_companies_have_their_check_digit(number: str) -> None:
    """
    The numbers of five public companies satisfy the sum.
    """
    assert has_check_digit(number)


@pytest.mark.parametrize("number", ["1248100999", "1234567890"])
def test_a_wrong_digit_is_noticed(number: str) -> None:
    """
    A changed last digit, and the number of many tutorials, do not satisfy it.
    """
    assert not has_check_digit(number)


def test_every_listed_business_is_found_in_its_state(registry: Contract, world: World) -> None:
    """
    What the contract's x-mock lists is what the registry answers.
    """
    taxpayers = Taxpayers(registry, world)
    listed = registry.extensions["x-mock"]["businesses"]
    assert len(listed) == 8
    for business in listed:
        assert has_check_digit(business["b_no"])
        assert taxpayers.status(business["b_no"])["b_stt_cd"] == business["b_stt_cd"]
        query = {name: business[name] for name in ("b_no", "start_dt", "p_nm", "b_nm", "b_adr")}
        assert taxpayers.validation(query)["valid"] == "01"


def test_any_number_with_a_check_digit_is_active_and_always_the_same(registry: Contract, world: World) -> None:
    """
    A number that nobody listed is active if its sum is right; what is made up of it never changes.
    """
    taxpayers = Taxpayers(registry, world)
    number = business_number(1).replace("-", "")
    business = taxpayers.find(number)
    assert business is not None
    assert business == taxpayers.find(number)
    assert taxpayers.validation({"b_no": number, "start_dt": "20200101", "p_nm": "누구나"})["valid"] == "01"
    assert taxpayers.find(number[:9] + str((int(number[9]) + 1) % 10)) is None


def test_a_world_changes_what_the_contract_says(registry: Contract, world: World) -> None:
    """
    A business of the world's own comes first; one without a state is unregistered.
    """
    store = world.store("businesses")
    store.put("1248100998", {"b_nm": "폐업한 회사", "b_stt_cd": "03", "start_dt": "20200101", "p_nm": "강지호"})
    store.put("9990005030", {"b_nm": "다시 연 회사", "b_stt_cd": "01"})
    store.put("2208162517", {"b_stt_cd": ""})
    taxpayers = Taxpayers(registry, world)
    assert taxpayers.status("1248100998")["b_stt"] == "폐업자"
    assert taxpayers.status("9990005030")["b_stt_cd"] == "01"
    assert taxpayers.status("2208162517")["b_stt_cd"] == ""
    with pytest.raises(TaxServiceUnavailable):
        Taxpayers(registry, World("another")).status("9990005030")
