"""Contacts written down, QR codes, and the page behind them, on a real workspace."""

import base64
import hashlib
import html
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from touchpath.bootstrap import build_server, create_workspace, open_workspace
from touchpath.model.errors import BadInput, NotAllowed
from touchpath.services.offline import Link, Pace, contact_actor
from touchpath.settings import Settings
from touchpath.web.access import Action
from touchpath.web.app import build_app

MODEL = b"""format: touchpath-model/1
brand: {id: shop, title: "The <b>Shop</b>"}
channels:
  - {id: store, title: Store}
touchpoints:
  - {id: site, title: Web site}
  - {id: till, title: Till, medium: physical, channel: store}
questions:
  - {id: csat, title: "How was it?", asked: {kind: survey.answered, where: {properties.question: csat}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
  - {id: odd, title: Odd, asked: {kind: survey.answered, where: {value: {">": 2}}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
PAGE = {"accept": "text/html"}


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop", zone="Europe/Madrid")
    opened = open_workspace(tmp_path / "shop", Settings(public_url="https://touch.example/"))
    opened.models.apply(MODEL, "test", "model", file="model.yaml")
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def kept(workspace):
    while workspace.live.drain.round().posts:
        pass
    workspace.signals.close()
    columns = ["source", "kind", "actors", "touchpoint", "channel", "value", "text", "objects", "properties", "occurred_at"]
    return [row for batch in workspace.signals.scan(columns) for row in batch.to_pylist()]


def form_of(send, server, **more):
    page = send(server, "GET", "/w/shop/data/contact", headers=PAGE).text
    return {
        "number": re.search(r'name="number" value="([0-9a-f]{32})"', page).group(1),
        "reason": "complaint",
        "touchpoint": "till",
        **more,
    }


def test_a_contact_with_an_answer_stands_on_the_timeline_once(send, server, workspace):
    fields = form_of(
        send, server, who="id", id="42", question="csat", rating="2", note="The queue was long.", at="2026-03-01T14:30",
    )  # fmt: skip
    for _ in range(2):
        answer = send(server, "POST", "/w/shop/data/contact", data=fields, headers=PAGE)
        assert answer.status_code == 303
    assert "touchpoint=till" in answer.headers["location"]
    assert "The contact is kept" in send(server, "GET", answer.headers["location"], headers=PAGE).text
    contact, answered = sorted(kept(workspace), key=lambda row: row["kind"])
    assert (contact["kind"], contact["actors"], contact["channel"]) == ("contact.made", ["user:42"], "store")
    assert (contact["text"], contact["properties"]) == ("The queue was long.", '{"reason":"complaint"}')
    assert contact["occurred_at"].isoformat() == "2026-03-01T13:30:00+00:00"
    assert (answered["kind"], answered["value"], answered["properties"]) == ("survey.answered", 2.0, '{"question":"csat"}')
    assert workspace.platform.measure("customer_satisfaction", "csat").total.n == 1


def test_an_address_is_hashed_at_once_and_stands_nowhere(send, server, workspace):
    address = "Ada.Lovelace@Example.org"
    send(server, "POST", "/w/shop/data/contact", data=form_of(send, server, who="email", email=f" {address} "), headers=PAGE)
    (contact,) = kept(workspace)
    assert contact["actors"] == [f"email:{hashlib.sha256(address.lower().encode()).hexdigest()}"]
    wrong = form_of(send, server, who="email", email="ada at example", note="kept note")
    page = send(server, "POST", "/w/shop/data/contact", data=wrong, headers=PAGE)
    assert page.status_code == 400
    assert "ada at example" not in page.text
    assert "kept note" in page.text
    for path in workspace.folder.rglob("*"):
        assert not path.is_file() or b"Lovelace" not in path.read_bytes()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"question": "csat", "rating": "9"}, "whole numbers from 1 to 5"),
        ({"question": "csat", "rating": "2.5"}, "whole numbers from 1 to 5"),
        ({"question": "csat", "rating": "<b>"}, "rating came as"),
        ({"question": "csat", "rating": "nan"}, "whole numbers"),
        ({"who": "id", "id": " "}, "customer's id"),
        ({"touchpoint": "moon"}, "touchpoint"),
        ({"reason": "boredom"}, "reason"),
        ({"number": "../x"}, "too old"),
        ({"at": "yesterday"}, "2026-03-01T14:30"),
        ({"at": "1500-01-01T00:00"}, "1900"),
    ],
)
def test_what_cannot_be_kept_stays_in_the_form_with_the_reason(fields, said, send, server, workspace):
    answer = send(server, "POST", "/w/shop/data/contact", data=form_of(send, server, note="still here") | fields, headers=PAGE)
    text = html.unescape(answer.text)
    assert answer.status_code == 400
    assert said in text
    assert "still here" in text
    assert kept(workspace) == []


def code_of(send, server, **query):
    page = html.unescape(send(server, "GET", "/w/shop/data/qr", params={"touchpoint": "till", **query}, headers=PAGE).text)
    return re.search(r'<a href="https://touch\.example(/q/shop/[^"]+)"', page).group(1), page


def test_a_code_is_drawn_for_a_signed_address(send, server):
    place, page = code_of(send, server, campaign="spring <b>", question="csat")
    assert "<svg" in page.split('class="qr-box"')[1][:200]
    assert "style=" not in page
    file = send(server, "GET", "/w/shop/data/qr.svg?touchpoint=till")
    assert (file.headers["content-type"], b"<svg" in file.content) == ("image/svg+xml", True)
    assert len(place) < 200
    assert send(server, "GET", "/w/shop/data/qr?touchpoint=moon", headers=PAGE).status_code == 404
    assert send(server, "GET", "/w/shop/data/qr?touchpoint=till&question=odd", headers=PAGE).status_code == 400


def test_a_visit_and_its_answer_are_kept_without_a_name(send, server, workspace):
    place, _ = code_of(send, server, campaign="spring", question="csat")
    page = send(server, "GET", place, headers=PAGE).text
    assert "The &lt;b&gt;Shop&lt;/b&gt;" in page
    assert "/w/shop" not in page
    number = re.search(r'name="number" value="([0-9a-f]{32})"', page).group(1)
    for _ in range(2):
        thanks = send(server, "POST", place, data={"number": number, "rating": "4", "note": "Kind people"}, headers=PAGE)
        assert "Thank you" in thanks.text
    rows = {row["kind"]: row for row in kept(workspace)}
    answered, visited = rows["survey.answered"], rows["touchpoint.visited"]
    assert [kind.signals for kind in workspace.signals.kinds()] == [1, 1]  # the second sending corrects the first
    assert (visited["kind"], visited["touchpoint"], visited["properties"]) == (
        "touchpoint.visited",
        "till",
        '{"campaign":"spring"}',
    )
    assert (answered["value"], answered["text"], answered["source"]) == (4.0, "Kind people", "qr")
    assert not visited["actors"]
    assert not answered["actors"]


def test_a_page_that_was_only_looked_at_ahead_is_no_visit(send, server, workspace):
    place, _ = code_of(send, server)
    page = send(server, "GET", place, headers={"sec-purpose": "prefetch;prerender", **PAGE}).text
    assert "Open this page" in page
    assert kept(workspace) == []


@pytest.mark.parametrize("fields", [{"rating": "9"}, {"rating": "x"}, {}, {"number": "zz", "rating": "3"}])
def test_an_answer_that_cannot_be_kept_says_why(fields, send, server, workspace):
    place, _ = code_of(send, server, question="csat")
    number = re.search(r'name="number" value="([0-9a-f]{32})"', send(server, "GET", place, headers=PAGE).text).group(1)
    answer = send(server, "POST", place, data={"number": number, **fields}, headers=PAGE)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)
    assert [row["kind"] for row in kept(workspace)] == ["touchpoint.visited"]


def test_visitors_reach_their_pages_under_the_public_name_and_nothing_else(send, server, workspace):
    place, _ = code_of(send, server)
    asked = {"host": "touch.example", "sec-fetch-site": "same-origin", "origin": "https://touch.example"}
    page = send(server, "GET", place, headers={"host": "touch.example"})
    number = re.search(r'name="number" value="([0-9a-f]{32})"', page.text).group(1)
    answer = {"number": number, "note": "Kind people"}
    assert send(server, "POST", place, data=answer, headers=asked).status_code == 200
    assert send(server, "POST", place, data=answer, headers={**asked, "host": "127.0.0.1:8400"}).status_code == 200
    assert send(server, "POST", place, data=answer, headers={**asked, "origin": "https://evil.example"}).status_code == 403
    for elsewhere in ("/", "/w/shop/data/contact", "/api/v1/workspaces", "/health"):
        assert send(server, "GET", elsewhere, headers={"host": "touch.example"}).status_code == 400
    assert send(server, "POST", "/w/shop/data/contact", data={}, headers={**asked, "host": "127.0.0.1:8400"}).status_code == 403


def test_nobody_can_make_a_link_of_their_own(send, server, workspace):
    place, _ = code_of(send, server)
    token = place.rsplit("/", 1)[1]
    said, _, signature = token.partition(".")
    forged = base64.urlsafe_b64encode(b'["site","",""]').rstrip(b"=").decode()
    for wrong in (f"{forged}.{signature}", f"{said}.", said, f"{said}.{signature[:-2]}AA", "..", "%00", "a" * 1_999):
        assert send(server, "GET", f"/q/shop/{wrong}", headers=PAGE).status_code == 404
    assert send(server, "GET", f"/q/shop/{'a' * 2_001}", headers=PAGE).status_code == 400
    assert send(server, "GET", f"/q/moon/{token}", headers=PAGE).status_code == 404
    assert kept(workspace) == []


def test_a_flood_of_visits_is_slowed_down(send, server, workspace):
    place, _ = code_of(send, server)
    token, offline = place.rsplit("/", 1)[1], workspace.incoming.offline
    offline._of_visitors = Pace(3, lambda: 0.0)
    answers = [send(server, "GET", place, headers=PAGE) for _ in range(5)]
    assert [one.status_code for one in answers] == [200, 200, 200, 503, 503]
    assert answers[-1].headers["retry-after"]
    offline._of_visitors = Pace(1_000, lambda: 0.0)
    offline.open_visit(token, "another")


def test_pace_gives_room_again_and_forgets_old_names():
    now = [0.0]
    pace = Pace(60, lambda: now[0], most=2)
    assert [pace.passes("a") for _ in range(61)] == [True] * 60 + [False]
    now[0] = 2.0
    assert [pace.passes("a") for _ in range(3)] == [True, True, False]
    for name in ("b", "c"):
        pace.passes(name)
    assert len(pace._left) == 2


def test_links_survive_a_restart_and_differ_between_workspaces(workspace, tmp_path):
    token = workspace.incoming.offline.sign(Link("till"))
    again = open_workspace(workspace.folder)
    assert again.incoming.offline.read(token) == Link("till")
    again.close()
    assert (workspace.folder / "signing.key").stat().st_mode & 0o777 == 0o600
    create_workspace(tmp_path / "other")
    other = open_workspace(tmp_path / "other")
    with pytest.raises(Exception, match="not known"):
        other.incoming.offline.read(token)
    other.close()


def test_one_key_is_drawn_however_many_ask_first(tmp_path):
    from touchpath.stores.signing_key import SigningKey

    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: SigningKey(tmp_path / "k" / "signing.key").bytes, range(16)))
    assert len(keys) == 1
    assert [path.name for path in (tmp_path / "k").iterdir()] == ["signing.key"]


def test_addresses_are_told_from_what_is_none():
    assert contact_actor(" A@B.org") == contact_actor("a@b.org ")
    for wrong in ("", "a", "a@b", "a b@c.org", "@c.org"):
        with pytest.raises(BadInput, match="e-mail"):
            contact_actor(wrong)


class ReadersOnly:
    def check(self, action, request):
        if action is Action.RECORD:
            raise NotAllowed("Only numbers.")


def test_only_those_who_may_record_get_the_forms_and_anybody_gets_the_page_behind_a_code(send, server, workspace):
    place, _ = code_of(send, server)
    app = build_app({"shop": workspace.platform}, incoming={"shop": workspace.incoming}, policy=ReadersOnly())
    assert send(app, "GET", "/w/shop/data/contact", headers=PAGE).status_code == 403
    assert send(app, "POST", "/w/shop/data/contact", data={}, headers=PAGE).status_code == 403
    assert send(app, "GET", "/w/shop/data/qr", headers=PAGE).status_code == 403
    assert send(app, "GET", place, headers=PAGE).status_code == 200
