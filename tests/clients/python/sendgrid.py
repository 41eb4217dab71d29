"""
SendGrid: a mail that is accepted without a body, errors that are a list.
"""

from __future__ import annotations

import sendgrid
from sendgrid.helpers.mail import Mail


class Calls:
    """
    Mails, and templates.
    """

    def __init__(self, url: str) -> None:
        self.api = sendgrid.SendGridAPIClient("SG.key", host=url)

    def create(self, text: str) -> str:
        asked = {"name": text, "generation": "dynamic"}
        return self.api.client.templates.post(request_body=asked).to_dict["id"]

    def read(self, key: str) -> str:
        return self.api.client.templates._(key).get().to_dict["name"]

    def update(self, key: str, text: str) -> None:
        changed = self.api.client.templates._(key).patch(request_body={"name": text}).to_dict
        assert (changed["name"], changed["generation"]) == (text, "dynamic")

    def delete(self, key: str) -> None:
        assert self.api.client.templates._(key).delete().status_code == 204

    def ask(self) -> int:
        answer = self.api.send(Mail("from@example.com", "to@example.com", "안녕하세요", "<p>first</p>"))
        assert (answer.status_code, answer.body) == (202, b"")
        return answer.status_code

    def refuse(self) -> None:
        self.api.client.mail.send.post(request_body={"personalizations": [], "from": {"email": "a@example.com"}})
