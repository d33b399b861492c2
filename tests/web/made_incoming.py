"""A real workspace that holds an upload in each of its states, and boards whose words are hard to show."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pages import FOUND

from touchpath import Signal
from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.errors import BadInput
from touchpath.services.board_blocks import make_block
from touchpath.services.board_desk import BoardDesk
from touchpath.services.board_links import BoardLinks
from touchpath.services.board_mails import BoardMails
from touchpath.services.board_schedules import Schedule
from touchpath.services.mail_server import Letter
from touchpath.services.offline import Link
from touchpath.services.own_boards import OwnBoards
from touchpath.services.receiving import Terms
from touchpath.services.saved_queries import SavedQueries
from touchpath.store.intake_counts import IntakeDay
from touchpath.store.pulls import PullState
from touchpath.store.records import RecordStore
from touchpath.store.signals import Rejected
from touchpath.stores.pull_states import PullStateFiles

HOSTILE = '<script>alert("x")</script><img src=x onerror=alert(1)>'
LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft " * 3
RTL = "لم أتمكن من إتمام الدفع لأن النموذج رفض رقم هاتفي مرتين"
CSV = "order_id,customer_id,ordered_at,comment,total\n" + "".join(
    f"o{i},c{i % 3},2026-03-0{i % 9 + 1} 10:00:00,{HOSTILE.replace(',', '') if i % 2 else RTL},{'much' if i == 7 else i}\n"
    for i in range(40)
)
UPLOADS = {"orders.csv": "aaaaaaaaaaaaaaa1", "faulty.csv": "aaaaaaaaaaaaaaa2", "done.csv": "aaaaaaaaaaaaaaa3"}
UPLOADS |= {"export.json": "aaaaaaaaaaaaaaa4"}
MODEL = b"""format: touchpath-model/1
brand: {id: shop, title: The Shop}
touchpoints:
  - {id: till, title: Till, medium: physical}
questions:
  - {id: csat, title: "How was it?", asked: {kind: survey.answered, where: {properties.question: csat}}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
MIXPANEL = '{"event": "Sign up", "properties": {"time": 1772000000, "distinct_id": "u1", "$insert_id": "e1", "mp_lib": "web"}}\n'


def make_incoming(folder: Path) -> Workspace:
    """A real workspace that holds an upload in each of its states; what pages.FOUND stands for is found in it."""
    create_workspace(folder)
    workspace = open_workspace(folder)
    uploads = workspace.incoming.uploads
    for name, id in UPLOADS.items():
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(secrets, "token_hex", lambda size, id=id: id)
            receiving = uploads.receive(name)
            receiving.write((MIXPANEL if name == "export.json" else CSV).encode())
            uploads.recognise(receiving.finish().id)
    uploads.keep_mapping(UPLOADS["faulty.csv"], uploads.mapping(UPLOADS["faulty.csv"]).replace("order_id", "order_idd"))
    uploads.start(UPLOADS["done.csv"])
    deadline = time.monotonic() + 60
    while uploads.show(UPLOADS["done.csv"]).upload.active and time.monotonic() < deadline:
        time.sleep(0.02)
    workspace.models.apply(MODEL, "test", "model", file="model.yaml")
    FOUND["%JOB%"] = uploads.show(UPLOADS["done.csv"]).upload.job
    FOUND["%KIND%"] = workspace.signals.kinds()[0].kind
    FOUND["%TOKEN%"] = workspace.incoming.offline.sign(Link("till", "spring", "csat"))
    refused = [Rejected("recorded", n, f"The unit '{HOSTILE}' is too long.", '{"text": "' + RTL + '"}') for n in range(3)]
    workspace.quarantine.keep("record", refused)
    gone = Signal("web", "1", "page.viewed", datetime(2026, 3, 1, tzinfo=UTC), ("user:gone-1",))
    workspace.record([gone])
    workspace.forgetting.forget(["user:gone-1"], RTL, HOSTILE)
    workspace.record([gone])
    workspace.live.keys.add(Terms("", "web", ("https://*.shop.example",), consent="analytics"), HOSTILE)
    counts = {"signals": 1200, "duplicates": 3, "refused": 2, "late": 1}
    workspace.live.counts.add(
        "a", 1, [IntakeDay(datetime.now(UTC).date(), HOSTILE, counts), IntakeDay(datetime.now(UTC).date(), "web", {})]
    )
    workspace.forgetting.backups.note("nightly", HOSTILE, datetime(2026, 3, 1, tzinfo=UTC), "me")
    workspace.connections.add("help", "zendesk", {"subdomain": "example", "token": "env:ZENDESK_TOKEN"})
    began = datetime(2026, 3, 1, 9, tzinfo=UTC)
    PullStateFiles(folder / "connections").save(
        PullState(
            "pull-help-tickets",
            3,
            None,
            None,
            began,
            began,
            12_345,
            45_678,
            40_000,
            5_000,
            678,
            3,
            f"Zendesk refused it: {HOSTILE}",
        )
    )
    return workspace


def board_desk(records: RecordStore) -> BoardDesk:
    """A board with a block of every sort, a link to it, and a schedule with a mail that did not go."""
    saved, boards, links = SavedQueries(records), OwnBoards(records), BoardLinks(records)
    saved.save("Orders", {"query": "volume", "of": ["order.placed"]}, "ada")
    said = [
        ("text", {"text": f"# Look\n\n{RTL}\n\n- {LONG}\n- [plan](https://example.org) {HOSTILE}"}),
        ("metric", {"number": "task_success:checkout"}),
        ("goal", {"number": "nps:nps"}),
        ("chart", {"number": "nps:nps"}),
        ("table", {"query": "orders"}),
        ("map", {"journey": "buy"}),
        ("verbatims", {}),
        ("metric", {"number": "nothing:here"}),
    ]
    kept = boards.make(LONG[:100], HOSTILE, [make_block("", sort, says) for sort, says in said])
    _link, secret = links.make(kept.id, HOSTILE, 30, RTL)
    refuses = type("Refuses", (), {"send": lambda *asked: (_ for _ in ()).throw(BadInput(HOSTILE))})()
    mails = BoardMails(records, boards, lambda *asked: Letter("", "", ""), refuses, "UTC")
    mails.schedules.add(Schedule(kept.id, (f"{'a-long-address' * 4}@{'sub.' * 9}example.org",)), "ada")
    mails.send_now(Schedule(kept.id, ("ada@example.org",)), "ada")
    FOUND["%BOARD%"], FOUND["%SHARED%"] = kept.id, f"/shared/shop/{secret}"
    return BoardDesk(boards, saved, links, mails)
