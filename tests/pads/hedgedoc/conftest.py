"""Ada's world, with a program for each of its people: it signed in with an app password, and keeps its cookie."""

import pytest
from django.test import Client

from cartable.identity import credentials, people
from tests.drive_pages.conftest import browse  # noqa: F401 - browsers too
from tests.worlds import actor

BASE = "http://testserver/pads"


class Program(Client):
    """Something that is no browser. `ask` takes what comes after the base, and leaves redirections to who asks."""

    def ask(self, method, path, body=b"", **more):
        return self.generic(method, f"/pads/{path}", body, **more)

    def new(self, text, alias=""):
        """Make a pad, and return the word that leads to it, as command lines find it."""
        path = f"new/{alias}" if alias else "new"
        answer = self.ask("POST", path, text.encode(), content_type="text/markdown")
        assert answer.status_code == 302, answer.content
        return answer.content.decode().split()[3].split("/")[4]

    def history(self):
        return self.ask("GET", "history").json()["history"]


@pytest.fixture
def program(world):
    """Return a program of one of the world: `program("ada")`; `program()` is signed in as nobody."""

    def start(name=""):
        one = Program()
        if name:
            mail = f"{name}@ac-dijon.example"
            secret = credentials.new_app_password(people.find(mail).pk, "hedgedoc")
            answer = one.post("/pads/login", {"email": mail, "password": secret})
            assert (answer.status_code, answer.headers["Location"]) == (302, f"{BASE}/")
        return one

    return start


@pytest.fixture
def person(world):
    """Return one of the world as an actor, as they are now."""
    return lambda name: actor(f"{name}@ac-dijon.example")
