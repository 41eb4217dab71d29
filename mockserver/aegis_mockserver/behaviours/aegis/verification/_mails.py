"""
The mails of the User Service, written from templates in Korean: an HTML part and a text part.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from aegis_mockserver.behaviours.aegis.verification._tokens import Token
from aegis_mockserver.world import Message, World

SENDER = "이지스 <no-reply@aegis.example.com>"
LINKS = "https://aegis.example.com"
TEMPLATES = "templates"


def email_verification(world: World, to: str, user_name: str, token: Token) -> Message:
    """
    Send the link that verifies an address.
    """
    variables = {"user_name": user_name, "verification_link": f"{LINKS}/verify?token={token.value}"}
    return _send(world, to, "email_verification", "이지스 이메일 인증", variables)


def password_reset(world: World, to: str, user_name: str, token: Token) -> Message:
    """
    Send the link that leads to a new password.
    """
    variables = {"user_name": user_name, "reset_link": f"{LINKS}/reset-password?token={token.value}"}
    return _send(world, to, "password_reset", "이지스 비밀번호 재설정", variables)


def _send(world: World, to: str, template: str, subject: str, variables: dict[str, str]) -> Message:
    escaped = {name: escape(value) for name, value in variables.items()}
    html = _template(f"{template}.html").substitute(escaped, subject=escape(subject))
    text = _template(f"{template}.txt").substitute(variables, subject=subject)
    named = f"{template}.html"
    return world.mail(to, subject, text, html=html, sender=SENDER, template=named, variables={**variables})


@cache
def _template(name: str) -> Template:
    folder = files("aegis_mockserver.behaviours.aegis") / TEMPLATES
    return Template((folder / name).read_text(encoding="utf-8"))
