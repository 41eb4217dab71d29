"""
HubSpot: members inside ``properties``, pages by ``paging.next.after``.
"""

from __future__ import annotations

from hubspot import HubSpot
from hubspot.crm.contacts import SimplePublicObjectInput, SimplePublicObjectInputForCreate


class Calls:
    """
    Contacts.
    """

    def __init__(self, url: str) -> None:
        self.api = HubSpot(access_token="pat", host=url).crm.contacts

    def create(self, text: str) -> str:
        asked = SimplePublicObjectInputForCreate(properties={"firstname": text, "city": "Seoul"}, associations=[])
        made = self.api.basic_api.create(simple_public_object_input_for_create=asked)
        assert made.properties["city"] == "Seoul"
        return made.id

    def read(self, key: str) -> str:
        return self.api.basic_api.get_by_id(key).properties["firstname"]

    def update(self, key: str, text: str) -> None:
        asked = SimplePublicObjectInput(properties={"firstname": text})
        changed = self.api.basic_api.update(key, simple_public_object_input=asked)
        assert changed.properties["city"] == "Seoul"

    def walk(self, size: int) -> list[str]:
        keys, after = [], None
        while True:
            page = self.api.basic_api.get_page(limit=size, after=after)
            keys += [each.id for each in page.results]
            if page.paging is None or page.paging.next is None:
                return keys
            after = page.paging.next.after

    def delete(self, key: str) -> None:
        self.api.basic_api.archive(key)

    def refuse(self) -> None:
        asked = SimplePublicObjectInputForCreate(properties={"firstname": 7}, associations=[])
        self.api.basic_api.create(simple_public_object_input_for_create=asked)
