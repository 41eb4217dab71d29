"""
Stripe: forms with brackets, updates by POST, pages by the id of the last item.
"""

from __future__ import annotations

import io

import stripe


class Calls:
    """
    Customers, and a payment that is cancelled.
    """

    def __init__(self, url: str) -> None:
        self.api = stripe.StripeClient(
            "sk_test_4eC39HqLyjWDarjtT1zdp7dc", base_addresses={"api": url, "files": url}, max_network_retries=0
        ).v1

    def create(self, text: str) -> str:
        made = self.api.customers.create(
            {
                "name": text,
                "email": "jenny@example.com",
                "address": {"city": "Seoul", "country": "KR"},
                "metadata": {"order_id": "6735", "tier": "gold"},
                "preferred_locales": ["ko", "en"],
            }
        )
        assert (made.metadata["order_id"], made.address.city, made.preferred_locales) == ("6735", "Seoul", ["ko", "en"])
        return made.id

    def read(self, key: str) -> str:
        return self.api.customers.retrieve(key).name

    def update(self, key: str, text: str) -> None:
        assert self.api.customers.update(key, {"name": text}).name == text

    def walk(self, size: int) -> list[str]:
        return [each.id for each in self.api.customers.list({"limit": size}).auto_paging_iter()]

    def delete(self, key: str) -> None:
        assert self.api.customers.delete(key).deleted

    def refuse(self) -> None:
        self.api.payment_intents.create({"amount": "much", "currency": "krw"})

    def act(self, key: str) -> str:
        made = self.api.payment_intents.create({"amount": 2000, "currency": "krw", "description": "first"})
        canceled = self.api.payment_intents.cancel(made.id)
        assert (canceled.id, canceled.amount, canceled.status) == (made.id, 2000, "canceled")
        return canceled.description

    def upload(self) -> str:
        file = io.BytesIO(b"%PDF-1.4 evidence")
        file.name = "evidence.pdf"
        return self.api.files.create({"purpose": "dispute_evidence", "file": file}).id
