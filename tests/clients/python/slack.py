"""
Slack: forms, and answers that say whether they are ok.
"""

from __future__ import annotations

import slack_sdk


class Calls:
    """
    Messages.
    """

    def __init__(self, url: str) -> None:
        self.api = slack_sdk.WebClient(token="xoxb-token", base_url=f"{url}/api/")

    def ask(self) -> str:
        assert self.api.auth_test()["ok"]
        said = self.api.chat_postMessage(channel="C123ABC456", text="안녕하세요")
        assert (said["ok"], said["channel"]) == (True, "C123ABC456")
        return said["ts"]

    def refuse(self) -> None:
        self.api.chat_postMessage(channel="C123ABC456", text="first", mrkdwn="perhaps")
