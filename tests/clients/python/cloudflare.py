"""
Cloudflare: a result in an envelope, pages by number.
"""

from __future__ import annotations

import cloudflare

ZONE = "023e105f4ecef8ad9ca31a8372d0c353"


class Calls:
    """
    Records of a zone.
    """

    def __init__(self, url: str) -> None:
        api = cloudflare.Cloudflare(api_token="token", base_url=f"{url}/client/v4", max_retries=0)
        self.records = api.dns.records

    def create(self, text: str) -> str:
        made = self.records.create(
            zone_id=ZONE, name="www.example.com", type="A", content="192.0.2.1", ttl=300, comment=text
        )
        assert (made.name, made.ttl, made.content) == ("www.example.com", 300, "192.0.2.1")
        return made.id

    def read(self, key: str) -> str:
        return self.records.get(key, zone_id=ZONE).comment

    def update(self, key: str, text: str) -> None:
        changed = self.records.edit(
            key, zone_id=ZONE, name="www.example.com", type="A", content="192.0.2.1", ttl=300, comment=text
        )
        assert changed.comment == text

    def walk(self, size: int) -> list[str]:
        return [each.id for each in self.records.list(zone_id=ZONE, per_page=size)]

    def delete(self, key: str) -> None:
        assert self.records.delete(key, zone_id=ZONE).id == key

    def refuse(self) -> None:
        self.records.create(zone_id=ZONE, name="www.example.com", type="A", content="192.0.2.1", ttl=0)
