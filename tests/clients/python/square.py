"""
Square: idempotency and money in the body, items under their name.
"""

from __future__ import annotations

import square


class Calls:
    """
    Customers, and a payment that is cancelled.
    """

    def __init__(self, url: str) -> None:
        self.api = square.Square(base_url=url, token="EAAA")

    def create(self, text: str) -> str:
        made = self.api.customers.create(given_name=text, family_name="김", idempotency_key=f"key-{text}").customer
        assert (made.given_name, made.family_name) == (text, "김")
        return made.id

    def read(self, key: str) -> str:
        return self.api.customers.get(key).customer.given_name

    def update(self, key: str, text: str) -> None:
        changed = self.api.customers.update(key, given_name=text).customer
        assert changed.given_name == text

    def walk(self, size: int) -> list[str]:
        return [each.id for each in self.api.customers.list(limit=size)]

    def delete(self, key: str) -> None:
        self.api.customers.delete(key)

    def refuse(self) -> None:
        self.api.payments.create(source_id="", idempotency_key="k")

    def act(self, key: str) -> str:
        asked = {
            "source_id": "cnon:card-nonce-ok",
            "idempotency_key": "4935a656-a929-4792",
            "amount_money": {"amount": 12500, "currency": "KRW"},
            "note": "first",
        }
        made, again = (self.api.payments.create(**asked).payment for _ in range(2))
        assert (made.id, made.amount_money.amount) == (again.id, 12500)
        return self.api.payments.cancel(made.id).payment.note
