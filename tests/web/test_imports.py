"""Imports in the browser and over HTTP, on a real workspace: brought in, tried, imported, watched, stopped, dropped."""

import html
import json
import re
import threading
import time

import pytest

from touchpath.bootstrap import build_server, create_workspace, open_workspace
from touchpath.model.errors import NotAllowed
from touchpath.settings import Settings
from touchpath.web.access import Action
from touchpath.web.app import build_app

CSV = "order_id,customer_id,ordered_at,total\n" + "".join(
    f"o{i},c{i % 5},2026-03-0{i % 9 + 1} 10:00:00,{'much' if i == 7 else i}\n" for i in range(40)
)
MAPPING = """format: touchpath-mapping/1
source: shop
signals:
  - {kind: order.placed, id: order_id, occurred_at: ordered_at, actors: {user: customer_id}, value: total, unit: {literal: EUR}}
"""
PAGE = {"accept": "text/html"}
API = "/api/v1/workspaces/shop/imports"


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    opened = open_workspace(tmp_path / "shop", Settings(upload_limit_mb=2))
    yield opened
    opened.close()


@pytest.fixture
def server(workspace):
    return build_server([workspace])


def bring(send, server, content=CSV, name="orders.csv"):
    answer = send(server, "POST", "/w/shop/data/imports", files={"file": (name, content.encode())}, headers=PAGE)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def finished(send, server, id):
    deadline = time.monotonic() + 60
    while (one := send(server, "GET", f"{API}/{id}").json())["state"] in ("waiting", "running") and time.monotonic() < deadline:
        threading.Event().wait(0.01)
    return one


def test_a_file_is_brought_in_tried_and_imported_without_scripts(send, server, workspace):
    place = bring(send, server)
    page = send(server, "GET", place, headers=PAGE).text
    assert "What the whole file would bring" in page
    assert "Timelines that would come of it" in page
    assert "user:c0" in page
    edited = send(server, "POST", place, data={"mapping": MAPPING.replace("\n", "\r\n"), "do": "import"}, headers=PAGE)
    assert (edited.status_code, edited.headers["location"]) == (303, place)
    done = finished(send, server, place.rsplit("/", 1)[1])
    assert (done["state"], done["report"]["new"], done["report"]["rejected"]) == ("done", 39, 1)
    page = send(server, "GET", place, headers=PAGE).text
    assert "1 of its 40 rows could not be taken. 1 waits in the quarantine" in html.unescape(page)
    (held,) = workspace.incoming.quarantine.groups()
    workspace.incoming.quarantine.give_up(held.job)
    page = send(server, "GET", place, headers=PAGE).text
    assert "None of them is in the quarantine any more" in page
    assert "See what was refused" not in page
    assert "39" in page
    assert send(server, "GET", "/w/shop/people/user:c1", headers=PAGE).text.count("order.placed") >= 8


def test_faults_stand_at_their_line_and_the_text_is_kept(send, server):
    place = bring(send, server)
    send(server, "POST", place, data={"mapping": MAPPING.replace("id: order_id", "id: order_idd"), "do": "import"}, headers=PAGE)
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "1 thing to settle before the import" in page
    assert "<b>Line 4</b>" in page
    assert "order_idd" in re.search(r"<textarea.*?</textarea>", page, re.S).group()
    assert "What the whole file would bring" not in page


def test_names_and_contents_of_files_are_never_markup(send, server):
    hostile = "<script>alert(1)</script>.csv"
    place = bring(send, server, CSV.replace("c1", "<img src=x onerror=alert(1)>"), hostile)
    for path in (place, "/w/shop/data/imports"):
        page = send(server, "GET", path, headers=PAGE).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page


def test_a_form_without_a_file_or_with_too_large_a_one_is_refused_and_leaves_nothing(send, server, workspace):
    assert send(server, "POST", "/w/shop/data/imports", data={"file": "no file"}, headers=PAGE).status_code == 400
    assert send(server, "POST", "/w/shop/data/imports", files={"other": ("a.csv", b"x")}, headers=PAGE).status_code == 400
    empty = send(server, "POST", "/w/shop/data/imports", files={"file": ("a.csv", b"")}, headers=PAGE)
    assert (empty.status_code, "empty" in empty.text) == (400, True)
    large = send(server, "POST", "/w/shop/data/imports", files={"file": ("a.csv", b"x" * 3_000_000)}, headers=PAGE)
    assert (large.status_code, "larger than 2 MiB" in large.text) == (400, True)
    broken = {"content-type": "multipart/form-data; boundary=b", **PAGE}
    assert send(server, "POST", "/w/shop/data/imports", content=b"--b\r\nnonsense", headers=broken).status_code == 400
    bare = {"content-type": "multipart/form-data", **PAGE}
    assert send(server, "POST", "/w/shop/data/imports", content=b"x", headers=bare).status_code == 400
    assert not (workspace.folder / "uploads").exists() or list((workspace.folder / "uploads").iterdir()) == []


def test_the_same_over_json(send, server):
    one = send(server, "POST", f"{API}?name=orders.csv", content=CSV.encode())
    assert one.status_code == 201
    place = f"{API}/{one.json()['id']}"
    assert "format: touchpath-mapping/1" in send(server, "GET", f"{place}/mapping").json()
    assert send(server, "PUT", f"{place}/mapping", content=MAPPING.replace("total", "tota").encode()).status_code == 200
    assert [fault["line"] for fault in send(server, "GET", f"{place}/preview").json()["faults"]] == [4]
    assert send(server, "POST", f"{place}/start").status_code == 400
    send(server, "PUT", f"{place}/mapping", content=MAPPING.encode())
    trial = send(server, "GET", f"{place}/preview").json()
    assert (trial["whole"], trial["report"]["signals"], trial["kinds"][0]["kind"]) == (True, 39, "order.placed")
    assert "'much'" in trial["rejected"][0]["detail"]
    assert send(server, "POST", f"{place}/start").status_code == 202
    assert finished(send, server, one.json()["id"])["state"] == "done"
    assert send(server, "POST", f"{place}/start").status_code == 409
    assert send(server, "DELETE", place).status_code == 204
    assert send(server, "GET", place).status_code == 404
    assert [report["file"] for report in send(server, "GET", API).json()["elsewhere"]] == ["orders.csv"]


UNSURE = "visitor,when\n" + "".join(f"v{n},{'2026-03-01' if n % 2 else '4 Mar 2026'}\n" for n in range(30))


def test_a_proposal_that_leaves_the_time_open_starts_no_import(send, server):
    place = bring(send, server, UNSURE, "visits.csv")
    id = place.rsplit("/", 1)[1]
    refused = send(server, "POST", f"{API}/{id}/start")
    assert (refused.status_code, "reads as iso in 50%" in refused.text) == (400, True)
    mapping = send(server, "GET", f"{API}/{id}/mapping").json()
    send(server, "POST", place, data={"mapping": mapping, "do": "import"}, headers=PAGE)
    one = send(server, "GET", f"{API}/{id}").json()
    assert (one["state"], one["report"]) == ("kept", None)
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "1 thing to settle before the import" in page
    assert page.count("No column says well enough when it happened.") == 1


@pytest.mark.parametrize(
    ("chosen", "new", "held"), [({"time": "0"}, 15, 15), ({"time": "1"}, 15, 15), ({"time": "day", "day": "2026-03-05"}, 30, 0)]
)
def test_a_time_that_is_open_is_a_field_that_must_be_filled(send, server, chosen, new, held):
    place = bring(send, server, UNSURE, "visits.csv")
    id = place.rsplit("/", 1)[1]
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "When did it happen? (needed)" in page
    assert (
        page.count('type="radio" name="time"')
        == page.count('" required>', page.index("<fieldset id"), page.index("</fieldset>"))
        == 4
    )
    assert re.findall(r"when, read as ([^<]+?): 50.0\W% of its cells", page) == ["iso", "%d %b %Y"]
    form = {"mapping": send(server, "GET", f"{API}/{id}/mapping").json(), "do": "import"}
    send(server, "POST", place, data={**form, "time": "day", "day": "2026-02-30"}, headers=PAGE)
    assert send(server, "POST", place, data={**form, "time": "9"}, headers=PAGE).status_code == 400
    assert send(server, "GET", f"{API}/{id}").json()["state"] == "kept"
    send(server, "POST", place, data={**form, **chosen}, headers=PAGE)
    done = finished(send, server, id)
    assert (done["state"], done["report"]["new"], done["report"]["rejected"]) == ("done", new, held)
    assert "When did it happen?" not in send(server, "GET", place, headers=PAGE).text


@pytest.mark.parametrize(("order", "first"), [("%d/%m/%Y", "1 Feb 2026"), ("%m/%d/%Y", "2 Jan 2026")])
def test_an_order_of_day_and_month_that_no_date_tells_is_asked_for(send, server, order, first):
    rows = "".join(f"{i},u{i},0{1 + i % 9}/0{2 + i % 7}/2026\n" for i in range(60))
    place = bring(send, server, f"id,user_id,date\n{rows}")
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "Which comes first, the day or the month? (needed)" in page
    assert re.findall(r'name="order" value="([^"]+)" required> <span>([^<]+)</span>', page) == [
        ("%d/%m/%Y", "03/04/2026 is 3 Apr 2026"), ("%m/%d/%Y", "03/04/2026 is 4 Mar 2026"),
    ]  # fmt: skip
    assert send(server, "POST", place, data={"order": "%Y", "do": "try"}, headers=PAGE).status_code == 400
    send(server, "POST", place, data={"order": order, "do": "try"}, headers=PAGE)
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "Which comes first" not in page
    assert "<time datetime=" in page
    assert first in page


def test_what_a_preview_leaves_out_and_what_lies_ahead_are_told(send, server):
    head = ",".join(f"column_{n}" for n in range(30))
    place = bring(
        send, server, f"id,user_id,at,{head}\n" + "".join(f"{i},u,2199-03-0{i}T10:00:00Z{',x' * 30}\n" for i in range(1, 9))
    )
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "18 columns are not read" in page
    assert "column_29" in page[page.index("columns are not read") : page.index("Name those that you need")]
    assert "the last signal on 8 Mar 2199" in page


def test_a_file_that_cannot_be_read_says_so_in_the_list_and_when_it_is_imported(send, server):
    place = bring(send, server, "%PDF-1.7", "a %22report%22.pdf")
    assert "a _report_.pdf is a PDF." in html.unescape(send(server, "GET", place, headers=PAGE).text)
    answer = send(server, "POST", place, data={"format": "", "mapping": "", "do": "import"}, headers=PAGE)
    told = {**PAGE, "cookie": answer.headers["set-cookie"].split(";")[0]}
    assert "There is nothing yet to read it by" in html.unescape(send(server, "GET", place, headers=told).text)
    assert "cannot be read as it is" in send(server, "GET", "/w/shop/data/imports", headers=PAGE).text


def test_a_time_that_was_written_by_hand_counts(send, server):
    place = bring(send, server, UNSURE, "visits.csv")
    id = place.rsplit("/", 1)[1]
    mapping = send(server, "GET", f"{API}/{id}/mapping").json()
    written = re.sub(r"occurred_at: .*", "occurred_at: when", mapping)
    send(server, "POST", place, data={"mapping": written, "time": "mapping", "do": "import"}, headers=PAGE)
    assert finished(send, server, id)["report"]["new"] == 15


def test_stopping_and_dropping_from_the_page(send, server):
    place = bring(send, server)
    assert send(server, "POST", f"{place}/stop", headers=PAGE).status_code == 303
    assert send(server, "POST", f"{place}/drop", headers=PAGE).headers["location"] == "/w/shop/data/imports"
    assert send(server, "GET", place, headers=PAGE).status_code == 404


class ReadersOnly:
    """A policy for somebody who may look at numbers, but neither at single people nor change anything."""

    def check(self, action, request):
        if action in (Action.READ_PEOPLE, Action.BRING_IN):
            raise NotAllowed("Only numbers.")


def test_who_may_not_read_people_sees_forms_of_words_only_and_who_may_not_change_sees_no_form(send, server, workspace):
    place = bring(send, server)
    send(server, "POST", place, data={"mapping": MAPPING, "do": "try"}, headers=PAGE)
    name = workspace.platform.name
    app = build_app({name: workspace.platform}, incoming={name: workspace.incoming}, policy=ReadersOnly())
    page = html.unescape(send(app, "GET", place, headers=PAGE).text)
    assert "Timelines that would come" not in page
    assert "'xxxx'" in page
    assert "much" not in page
    assert "<form" not in page.split("<main")[1] or 'name="do"' not in page
    assert send(app, "POST", place, data={"mapping": "x"}, headers=PAGE).status_code == 403
    assert send(app, "POST", "/w/shop/data/imports", files={"file": ("a", b"b")}).status_code == 403


def test_another_sites_form_changes_nothing(send, server):
    place = bring(send, server)
    for path in ("/w/shop/data/imports", place, f"{place}/start", f"{place}/stop", f"{place}/drop"):
        answer = send(server, "POST", path, headers={"origin": "https://evil.example", **PAGE})
        assert answer.status_code == 403
    assert send(server, "GET", place, headers=PAGE).status_code == 200


def test_a_workspace_that_is_only_shown_says_so(send, workspace):
    app = build_app({"shop": workspace.platform})
    answer = send(app, "GET", "/w/shop/data/imports", headers=PAGE)
    assert (answer.status_code, "takes no signals in" in answer.text) == (503, True)


MIXPANEL = "".join(
    json.dumps({"event": "Sign up", "properties": {"time": 1772000000 + i, "distinct_id": f"u{i % 2}", "$insert_id": f"e{i}", "mp_lib": "web"}})
    + "\n"
    for i in range(6)
)  # fmt: skip


def test_a_known_format_is_recognised_asks_what_it_leaves_open_and_needs_no_mapping(send, server):
    place = bring(send, server, MIXPANEL, "export.json")
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    assert "Recognised as Mixpanel" in page
    assert "1 thing to settle" in page
    assert 'list="zones"' in page
    assert "<textarea" not in page
    started = send(server, "POST", place, data={"format": "mixpanel", "option-zone": "", "do": "import"}, headers=PAGE)
    assert (started.status_code, "not imported yet" in send(server, "GET", place, headers=PAGE).text) == (303, True)
    wrong = {"format": "mixpanel", "option-zone": "Europe/Nowhere", "do": "try"}
    send(server, "POST", place, data=wrong, headers=PAGE)
    assert "Europe/Nowhere" in send(server, "GET", place, headers=PAGE).text
    send(server, "POST", place, data={**wrong, "option-zone": "Europe/Madrid", "option-strange": "x"}, headers=PAGE)
    page = send(server, "GET", place, headers=PAGE).text
    assert "What the whole file would bring" in page
    assert 'value="Europe/Madrid"' in page
    send(server, "POST", place, data={"format": "mixpanel", "option-zone": "Europe/Madrid", "do": "import"}, headers=PAGE)
    assert finished(send, server, place.rsplit("/", 1)[1])["report"]["new"] == 6


def test_what_was_recognised_can_be_read_by_a_mapping_instead(send, server):
    place = bring(send, server, MIXPANEL, "export.json")
    send(server, "POST", place, data={"format": "", "do": "try"}, headers=PAGE)
    page = send(server, "GET", place, headers=PAGE).text
    assert "format: touchpath-mapping/1" in page
    assert send(server, "POST", place, data={"format": "nonsense"}, headers=PAGE).status_code == 400
    chosen = send(
        server, "PUT", f"{API}/{place.rsplit('/', 1)[1]}/reading", json={"format": "mixpanel", "options": {"zone": "UTC"}}
    )
    assert (chosen.json()["format"], chosen.json()["options"]) == ("mixpanel", {"zone": "UTC"})


def test_an_import_is_undone_after_a_question_and_can_come_again(send, server, workspace):
    other = bring(send, server, CSV.replace("o1,", "x1,"), "other.csv")
    place = bring(send, server)
    for one in (other, place):
        send(server, "POST", one, data={"mapping": MAPPING, "do": "import"}, headers=PAGE)
        finished(send, server, one.rsplit("/", 1)[1])
    page = html.unescape(send(server, "GET", place, headers=PAGE).text)
    ask = re.search(r'href="([^"]+/data/undo\?job=[0-9a-f]{32})"', page).group(1)
    asked = send(server, "GET", ask, headers=PAGE).text
    assert "1 signal of the source" in asked
    assert "38 signals that were known before it stay" in asked
    assert workspace.signals.kinds()[0].signals == 40
    job = ask.rsplit("=", 1)[1]
    assert send(server, "POST", "/w/shop/data/undo", data={"job": job}, headers=PAGE).headers["location"] == place
    assert workspace.signals.kinds()[0].signals == 39
    page = send(server, "GET", place, headers=PAGE).text
    assert "1 signals and 1 refused records were erased" in page
    assert send(server, "GET", ask, headers=PAGE).status_code == 404
    send(server, "POST", place, data={"mapping": MAPPING, "do": "import"}, headers=PAGE)
    assert finished(send, server, place.rsplit("/", 1)[1])["report"]["new"] == 1


def test_an_import_from_the_terminal_is_undone_from_the_list_and_over_json(send, server, workspace, tmp_path):
    for name in ("one.csv", "two.csv"):
        (tmp_path / name).write_text(CSV)
        (tmp_path / "map.yaml").write_text(MAPPING.replace("source: shop", f"source: {name[:3]}"))
        workspace.imports.run(tmp_path / name, tmp_path / "map.yaml")
    workspace.signals.close()
    page = html.unescape(send(server, "GET", "/w/shop/data/imports", headers=PAGE).text)
    jobs = re.findall(r"/data/undo\?job=([0-9a-f]{32})", page)
    assert len(jobs) == 2
    gone = send(server, "POST", "/w/shop/data/undo", data={"job": jobs[0]}, headers=PAGE)
    assert "39 signals were erased" in send(server, "GET", gone.headers["location"], headers=PAGE).text
    assert send(server, "POST", f"{API}/jobs/{jobs[1]}/undo").json() == {"signals": 39, "quarantine": 1}
    assert workspace.signals.kinds() == []
    assert send(server, "POST", f"{API}/jobs/{jobs[1]}/undo").status_code == 404
    assert send(server, "POST", f"{API}/jobs/..%2F..%2Fetc/undo").status_code == 404
