"""
Kubernetes: a natural key inside ``metadata``, list kinds, patches.
"""

from __future__ import annotations

from typing import Any

from kubernetes import client


class Calls:
    """
    Config maps of a namespace.
    """

    def __init__(self, url: str) -> None:
        configuration = client.Configuration(host=url)
        configuration.api_key = {"authorization": "Bearer token", "BearerToken": "Bearer token"}
        self.api = client.CoreV1Api(client.ApiClient(configuration))
        self.count = 0

    def create(self, text: str) -> str:
        self.count += 1
        asked = {"metadata": {"name": f"map-{self.count}", "labels": {"app": "web"}}, "data": {"text": text}}
        made = self.api.create_namespaced_config_map("default", asked)
        assert (made.metadata.name, made.metadata.labels) == (f"map-{self.count}", {"app": "web"})
        return made.metadata.name

    def read(self, key: str) -> str:
        return self.api.read_namespaced_config_map(key, "default").data["text"]

    def update(self, key: str, text: str) -> None:
        changed = self.api.patch_namespaced_config_map(key, "default", {"data": {"text": text}})
        assert (changed.metadata.name, changed.metadata.labels) == (key, {"app": "web"})

    def walk(self, size: int) -> list[str]:
        keys: list[str] = []
        more: dict[str, Any] = {}
        while True:
            page = self.api.list_namespaced_config_map("default", limit=size, **more)
            keys += [each.metadata.name for each in page.items]
            if not page.metadata or not page.metadata._continue:
                break
            more = {"_continue": page.metadata._continue}
        everywhere = self.api.list_config_map_for_all_namespaces(label_selector="app in (web)").items
        assert [each.metadata.name for each in everywhere] == keys
        assert self.api.list_config_map_for_all_namespaces(label_selector="app!=web").items == []
        return keys

    def delete(self, key: str) -> None:
        self.api.delete_namespaced_config_map(key, "default")
