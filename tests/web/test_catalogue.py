"""The event catalogue's pages and addresses on a real workspace."""

from datetime import UTC, datetime, timedelta

import pytest
from typer.testing import CliRunner

from touchpath.bootstrap import build_server, create_workspace, open_workspace
from touchpath.cli.main import app as terminal
from touchpath.model.errors import NotAllowed
from touchpath.model.signal import Signal
from touchpath.web.access import Action
from touchpath.web.app import build_app

PAGE = {"accept": "text/html"}
API = "/api/v1/workspaces/shop/catalogue"
HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop")
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    kinds = [f"kind.{n}" for n in range(120)]
    signals = [Signal("app", f"{kind}-1", kind, moment, ("user:1",), properties={"plan": "Anna4711"}) for kind in kinds]
    signals += [Signal("app", f"h{n}", HOSTILE, moment, ("user:1",), properties={HOSTILE: HOSTILE}) for n in range(3)]
    opened.record(signals)
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def test_kinds_are_shown_in_pages_and_found_by_a_part_of_their_name(send, server):
    first = send(server, "GET", "/w/shop/data/catalogue", headers=PAGE).text
    assert "Page 1 of 2" in first
    assert first.count('<th scope="row">') == 100
    assert send(server, "GET", "/w/shop/data/catalogue?page=2", headers=PAGE).text.count('<th scope="row">') == 21
    assert send(server, "GET", "/w/shop/data/catalogue?q=kind.11", headers=PAGE).text.count('<th scope="row">') == 11
    assert send(server, "GET", "/w/shop/data/catalogue?page=0", headers=PAGE).status_code == 400


def test_names_and_values_are_never_markup(send, server):
    for path in ("/w/shop/data/catalogue", "/w/shop/data/catalogue/kind?kind=" + HOSTILE):
        page = send(server, "GET", path, headers=PAGE)
        assert page.status_code == 200
        assert HOSTILE not in page.text


def test_what_drifted_is_said_in_the_language_of_the_page_and_a_long_list_is_folded_away(send, tmp_path):
    create_workspace(tmp_path / "drift")
    opened = open_workspace(tmp_path / "drift")
    new = {f"new_{n}": n for n in range(12)}
    began = datetime(2026, 1, 5, 12, tzinfo=UTC)
    opened.record(
        Signal(
            "app",
            f"o{n}",
            "app.opened",
            began + timedelta(days=n),
            ("user:1",),
            properties={"plan": "a"} | (new if n > 30 else {}),
        )
        for n in range(40)
    )
    page = send(build_server([opened]), "GET", "/w/drift/data/catalogue", headers=PAGE | {"accept-language": "de"}).text
    opened.close()
    assert page.count("neu, seither 9 Signale damit") == 12
    assert page.count("seit 05.02.2026") == 12
    assert "und 2 weitere unten</summary>" in page


class NumbersOnly:
    def check(self, action, request):
        if action is Action.READ_PEOPLE:
            raise NotAllowed("Only numbers.")


def test_examples_are_for_those_who_may_read_people(send, server, workspace):
    masked = build_app({"shop": workspace.platform}, incoming={"shop": workspace.incoming}, policy=NumbersOnly())
    for path in ("/w/shop/data/catalogue/kind?kind=kind.1", f"{API}/kind?kind=kind.1"):
        assert "Anna4711" in send(server, "GET", path, headers=PAGE).text
        hidden = send(masked, "GET", path, headers=PAGE).text
        assert "Anna4711" not in hidden
        assert "xxxx0000" in hidden


def test_the_same_over_json_and_in_the_terminal(send, server, workspace):
    shown = send(server, "GET", API).json()
    assert (len(shown["kinds"]), shown["looked_at"], shown["signals"], shown["alerts"]) == (121, 123, 123, [])
    detail = send(server, "GET", f"{API}/kind?kind=kind.1").json()
    assert detail["properties"][0]["types"] == {"text": 1}
    assert send(server, "GET", f"{API}/kind?kind=nothing").status_code == 404
    folder = str(workspace.folder)
    assert "kind.7" in CliRunner().invoke(terminal, ["catalogue", "--folder", folder]).stdout
    assert "Anna4711" in CliRunner().invoke(terminal, ["catalogue", "kind.7", "--folder", folder]).stdout
    assert CliRunner().invoke(terminal, ["catalogue", "--drift", "--folder", folder, "--json"]).stdout.strip() == "[]"


def test_the_old_address_leads_to_the_new_one(send, server):
    answer = send(server, "GET", "/w/shop/signals", headers=PAGE)
    assert (answer.status_code, answer.headers["location"]) == (301, "/w/shop/data/catalogue")


def test_an_empty_workspace_says_what_to_do(send, tmp_path):
    create_workspace(tmp_path / "none")
    opened = open_workspace(tmp_path / "none")
    page = send(build_server([opened]), "GET", "/w/none/data/catalogue", headers=PAGE).text
    opened.close()
    assert "No signals yet" in page
