"""
What mails say, in two languages and in other people's words.
"""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path
from typing import Any, cast

import pytest

from aegis_sdk import Secret
from aegis_sdk.email import EmailSettings, Language, compose
from aegis_sdk.email._message import password_reset, verification
from aegis_sdk.errors import ConfigurationError, EmailError

TO = "seoyeon@example.kr"


def settings(**changed: Any) -> EmailSettings:
    return EmailSettings(**{"host": "localhost", "tls": "none", **changed})


def parts(message: EmailMessage) -> tuple[str, str]:
    text, html = (str(cast("EmailMessage", part).get_content()) for part in message.iter_parts())
    return text, html


@pytest.mark.parametrize("write", [verification, password_reset])
@pytest.mark.parametrize(
    ("language", "named", "unnamed"),
    [("ko", "김서연님, 안녕하세요.", "안녕하세요."), ("en", "Hello 김서연,", "Hello,")],
)
def test_both_mails_greet_in_both_languages_with_a_name_and_without(
    write: Any, language: Language, named: str, unnamed: str
) -> None:
    """
    Text and HTML alike; without a name nobody is called 님, and nothing is left where it would stand.
    """
    for name, greeting in (("김서연", named), (None, unnamed), ("", unnamed)):
        message = write(settings(), TO, user_name=name, token=Secret("t"), language=language)
        text, html = parts(message)
        assert greeting in text.splitlines()
        assert f">{greeting}</p>" in html
        assert f'<html lang="{language}">' in html
        assert message["Content-Language"] == language
        assert ("이지스" in message["Subject"]) == (language == "ko")


def test_the_language_of_the_settings_is_used_unless_a_mail_has_its_own() -> None:
    """
    ``AEGIS_EMAIL_LANGUAGE`` decides for a service; a language that there is none of is refused.
    """
    english = EmailSettings.from_environment({"AEGIS_EMAIL_HOST": "mail", "AEGIS_EMAIL_LANGUAGE": "en"})
    assert verification(english, TO, user_name=None, token="t")["Subject"] == "Verify your e-mail address for Aegis"
    assert verification(english, TO, user_name=None, token="t", language="ko")["Subject"] == "이지스 이메일 인증"
    with pytest.raises(ConfigurationError, match="language"):
        settings(language="de")


def test_a_folder_of_ones_own_stands_in_place_of_ours(tmp_path: Path) -> None:
    """
    What is in it is used, what is not is ours; a page without a text of its own gets one, links written out.
    """
    page = "<style>p {}</style><h1>안녕, {{ user_name }}</h1><p>여기: <a href='{{ verification_link }}'>인증</a></p>"
    (tmp_path / "email_verification.html").write_text(page, encoding="utf-8")
    (tmp_path / "notice.html").write_text("<p>{{ what }}</p>", encoding="utf-8")
    (tmp_path / "notice.txt").write_text("공지: {{ what }}\n", encoding="utf-8")
    own = settings(templates=tmp_path)
    text, html = parts(verification(own, TO, user_name="<김>", token="t"))
    assert "<h1>안녕, &lt;김&gt;</h1>" in html
    assert text == "안녕, <김>\n\n여기: 인증 https://aegis.example.com/verify?token=t\n"
    assert "비밀번호" in parts(password_reset(own, TO, user_name=None, token="t"))[0]
    assert parts(compose(own, TO, "notice", {"what": "점검"}, "공지")) == ("공지: 점검\n", "<p>점검</p>\n")


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("{{ user_name", "broken in line 1"),
        ("{{ absent }}", "needs a variable: 'absent'"),
        ("{% include 'nowhere.html' %}", "no template nowhere.html"),
        ("{{ user_name + 1 }}", "fails with TypeError"),
    ],
)
def test_a_broken_template_is_an_error_of_mails(tmp_path: Path, page: str, said: str) -> None:
    """
    It says what is wrong with the template, and nothing that was filled in.
    """
    (tmp_path / "email_verification.html").write_text(page, encoding="utf-8")
    with pytest.raises(EmailError, match=said) as caught:
        verification(settings(templates=tmp_path), TO, user_name="canary", token="t")
    assert "canary" not in str(caught.value)
    assert caught.value.__context__ is None


def test_a_folder_that_is_not_there_is_refused_when_it_is_set(tmp_path: Path) -> None:
    """
    Not when the first mail is written.
    """
    with pytest.raises(ConfigurationError, match="no folder"):
        settings(templates=tmp_path / "absent")


@pytest.mark.parametrize(
    ("subject", "name", "token"),
    [("one\r\nBcc: a@b.kr", "김", "t"), ("공지", "half \ud800", "t"), ("공지", "김", 5)],
)
def test_what_cannot_be_written_is_an_error_of_mails(subject: str, name: str, token: Any) -> None:
    """
    Line breaks in a subject, half characters, a token that is no text: refused, and not shown.
    """

    def write() -> EmailMessage:
        if token != "t":
            return verification(settings(), TO, user_name=name, token=token)
        return compose(settings(), TO, "email_verification", {"user_name": name, "verification_link": "x"}, subject)

    with pytest.raises(EmailError, match="hidden"):
        write()
