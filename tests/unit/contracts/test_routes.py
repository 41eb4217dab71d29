"""
Which operation a request means.
"""

from __future__ import annotations

import pytest

from aegis_contracts import Match, MethodNotAllowed, Routes

TEMPLATES = [
    "/users",
    "/users/{id}",
    "/users/me",
    "/users/{id}/posts/{post}",
    "/files/{name}.{ext}",
    "/files/{name}",
    "/",
]


@pytest.fixture(scope="module")
def routes() -> Routes[str]:
    table: Routes[str] = Routes()
    for template in TEMPLATES:
        table.add("GET", template, template)
    table.add("POST", "/users", "create")
    return table


@pytest.mark.parametrize(
    ("path", "template", "values"),
    [
        ("/users", "/users", {}),
        ("/users/me", "/users/me", {}),
        ("/users/7", "/users/{id}", {"id": "7"}),
        ("/users/a%2Fb", "/users/{id}", {"id": "a%2Fb"}),
        ("/users/7/posts/9", "/users/{id}/posts/{post}", {"id": "7", "post": "9"}),
        ("/users/me/posts/9", "/users/{id}/posts/{post}", {"id": "me", "post": "9"}),
        ("/files/a.txt", "/files/{name}.{ext}", {"name": "a", "ext": "txt"}),
        ("/files/plain", "/files/{name}", {"name": "plain"}),
        ("/", "/", {}),
    ],
)
def test_the_most_concrete_path_wins(routes: Routes[str], path: str, template: str, values: dict[str, str]):
    """
    A path leads to the template with the most literal segments, and its values stay percent-encoded.
    """
    assert routes.find("GET", path) == Match(template, values)


def test_a_known_path_with_another_method_names_the_methods(routes: Routes[str]):
    """
    A method that the path does not have is told which ones it has.
    """
    assert routes.find("DELETE", "/users") == MethodNotAllowed(("GET", "POST"))


@pytest.mark.parametrize("path", ["/nobody", "/users/", "/users/7/", "//users", "/users/7/posts"])
def test_unknown_paths_lead_nowhere(routes: Routes[str], path: str):
    """
    A path that no template describes is not guessed at.
    """
    assert routes.find("GET", path) is None


def test_a_taken_place_says_who_has_it(routes: Routes[str]):
    """
    Adding the same method and shape twice tells what stands there, so that a clash can name both.
    """
    assert routes.add("GET", "/users/{user_id}", "other") == "/users/{id}"
