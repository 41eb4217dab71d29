"""
GitHub through PyGithub: objects that follow the addresses in answers, pages by ``Link``.
"""

from __future__ import annotations

import github


class Calls:
    """
    Issues of a repository.
    """

    def __init__(self, url: str) -> None:
        auth = github.Auth.Token("ghp_test")
        self.api = github.Github(
            auth=auth, base_url=url, retry=None, seconds_between_writes=0, seconds_between_requests=0
        )
        self.paged = lambda size: github.Github(
            auth=auth, base_url=url, retry=None, per_page=size, seconds_between_writes=0, seconds_between_requests=0
        )
        self.repository = self.api.get_repo("octocat/Hello-World")

    def create(self, text: str) -> int:
        made = self.repository.create_issue(title=text, body="내용", labels=["bug"])
        assert (made.state, made.body) == ("open", "내용")
        return made.number

    def read(self, key: int) -> str:
        return self.repository.get_issue(key).title

    def update(self, key: int, text: str) -> None:
        self.repository.get_issue(key).edit(title=text)

    def walk(self, size: int) -> list[int]:
        return [issue.number for issue in self.paged(size).get_repo("octocat/Hello-World").get_issues()]

    def refuse(self) -> None:
        self.repository.create_issue(title="x").edit(state="ajar")

    def ask(self) -> str:
        return self.api.get_user().login
