"""Whoever decodes every file of a workspace finds a person in each place before an erasure, and nowhere after it."""

import gzip
import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from decoding import needles, where
from small_shop import MODEL, START

from touchpath import Signal
from touchpath.bootstrap import Workspace, create_workspace, open_workspace
from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput, Unavailable
from touchpath.services.receiving import Terms
from touchpath.services.record import signal_table
from touchpath.store.pulls import PullState
from touchpath.store.signals import Rejected
from touchpath.store.spool import Post
from touchpath.stores.pull_states import PullStateFiles
from touchpath.stores.upload_folder import UploadFolder

ADDRESS = "Zora.Wyth@Quillonby.example"
IDS = ("user:zorawyth", "anonymous:dev-90210xx", actor_named(ADDRESS), "external:crm-5550199")
TEXTS = ("Call me at merrowdene 7 after noon", "o-77413377", "acct-5550100", "Vexhollow", "Zürich–Wyth Straße 9")
MAPPING = """format: touchpath-mapping/1
source: shop-export
signals:
  - kind: {column: what}
    id: [row]
    occurred_at: {column: at, zone: UTC}
    actors: {user: who}
    properties: {city: city}
    text: said
"""


def signal(number: int, kind: str, *actors: str, **fields: object) -> Signal:
    return Signal("test", f"s-{number}", kind, START + timedelta(minutes=number), actors, **fields)  # type: ignore[arg-type]


def theirs() -> Iterator[Signal]:
    user, device, mail, crm = IDS
    words = {"account": TEXTS[2], "properties": {"city": TEXTS[3], "street": TEXTS[4]}, "objects": {"order": TEXTS[1]}}
    yield signal(1, "page.viewed", device)
    yield signal(2, "user.signed_in", user, device)
    yield signal(3, "order.placed", user, text=TEXTS[0], **words)
    yield signal(4, "email.opened", user, mail)
    yield signal(5, "ticket.opened", user, crm, text=TEXTS[0] + " please")


def others() -> Iterator[Signal]:
    for number in range(10, 60):
        yield signal(number, "page.viewed", f"user:other-{number}", properties={"city": "Evergreen"}, account="evergreen")
    yield signal(70, "order.placed", "user:other-10", text="evergreen thanks", objects={"order": "evergreen-1"})


def fill(workspace: Workspace) -> None:
    """Each store holds the person, in files that were merged, corrected and replaced too."""
    for number, one in enumerate([*theirs(), *others()]):
        workspace.signals.append(signal_table([(1, one)], START)[0])
        if number == 20:
            workspace.signals.compact()
    with pytest.raises(BadInput):
        workspace.record([Signal("test", "bad", "", START, (IDS[0],), text=TEXTS[0])])
    workspace.record([signal(3, "order.placed", IDS[0], text=TEXTS[0] + "!", properties={"city": TEXTS[3]})])
    workspace.signals._log.checkpoint()
    save = workspace.records.save
    save("case", "7", {"actor": IDS[0], "subject": TEXTS[0]}, expected=0, member="ann")
    save("case", "7", {"actor": IDS[0], "subject": "closed"}, expected=1, member="ann")
    save("review", "may", {"quotes": ["evergreen thanks", f"One said: {TEXTS[0]}."]}, expected=0, member="ann", why=IDS[0])
    workspace.quarantine.keep(
        "other",
        [Rejected("other.csv", 1, "no time", f'{{"email": "{ADDRESS}"}}'), Rejected("other.csv", 2, "no time", "evergreen")],
    )
    files = workspace.folder.parent / "files"
    files.mkdir()
    (files / "zorawyth.csv").write_text(f"row,who,what,at,city,said\n1,zorawyth,seen,never,{TEXTS[3]},{TEXTS[0]}\n")
    (files / "m.yaml").write_text(MAPPING)
    workspace.imports.run(files / "zorawyth.csv", files / "m.yaml")
    _upload(workspace, "list.csv.gz", gzip.compress(f"mail;city\n{ADDRESS};{TEXTS[3]}\n".encode()))
    _upload(workspace, "other.csv", b"who,city\nother,Evergreen\n")
    state = PullState("pull-crm-people", 4, cursor={"after": "crm-5550199"}, problem=f"{ADDRESS} cannot be read")
    PullStateFiles(workspace.folder / "connections").save(state)
    key, _ = workspace.live.keys.add(Terms("", "web"), "test")
    call = {"type": "track", "event": "Seen", "userId": "zorawyth", "messageId": "m1", "properties": {"note": TEXTS[0] * 50}}
    other = {"type": "track", "event": "Seen", "userId": "other-10", "messageId": "m2"}
    body = json.dumps({"batch": [call, other]}).encode()
    workspace.live.spool.keep(Post("segment", key.id, 1_772_000_000_000_000, "/v1/batch", "", body)).result()
    workspace.signals.close()
    ask(workspace)


def _upload(workspace: Workspace, name: str, contents: bytes) -> None:
    receiving = UploadFolder(workspace.folder / "uploads", 1 << 20).receive(name)
    receiving.write(contents)
    receiving.finish()


def ask(workspace: Workspace) -> None:
    """Let every part derive what it derives."""
    platform = workspace.platform
    platform.overview(), platform.journey_map("buy", by="city", segment="Evergreen"), platform.find_people("ever")
    for unit in ("person", "account", "order"):
        workspace.timelines.open(unit, platform.experience().properties)


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder with a workspace that holds the person everywhere, closed; each test has a copy."""
    place = tmp_path_factory.mktemp("filled")
    create_workspace(place / "shop")
    with closing(open_workspace(place / "shop")) as opened:
        opened.models.apply(MODEL, "me", "first")
        fill(opened)
    return place


@pytest.fixture
def workspace(filled, tmp_path):
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    with closing(open_workspace(tmp_path / "shop")) as opened:
        ask(opened)
        yield opened


def sought() -> dict[str, list[bytes]]:
    return needles(IDS, TEXTS, [("test", f"s-{number}") for number in range(1, 6)])


def stores(places: set[str]) -> set[str]:
    """Files by the store that they belong to."""
    return {place.split("!")[0].split("/")[0].removesuffix("-wal") for place in places}


def test_the_decoder_finds_the_person_everywhere_before(workspace):
    found = where(workspace.folder, sought())
    assert set(found) == set(sought()), "each id, text, hash and key is somewhere"
    assert stores(set().union(*found.values())) == {
        "lake", "timelines", "search.sqlite", "quarantine.sqlite", "records.sqlite", "imports", "uploads", "spool.sqlite", "connections",
    }  # fmt: skip
    assert any(place.startswith("lake/ids/") for place in found["signal test s-3"])
    assert any(place.startswith("lake/signals/_delta_log") for place in found["signal test s-3"])
    assert any(place.startswith("timelines/unit-account") for place in found["Vexhollow"])


def test_nothing_of_the_person_is_left_after(workspace):
    erased = workspace.forgetting.forget([IDS[1]], "ann", "They asked, as user:zorawyth.")
    ask(workspace)
    workspace.close()
    assert where(workspace.folder, sought()) == {}
    assert {name: went for name, went in erased.went.items() if went} == {
        "records": 3, "quarantine": 3, "imports": 1, "uploads": 1, "connections": 1, "signals": 6,
    }  # fmt: skip


def test_others_stay_as_they_were(workspace):
    workspace.forgetting.forget([IDS[0]], "ann")
    assert workspace.platform.kinds()[0].signals == 50
    assert workspace.platform.person("user:other-10").total == 3, "one of them waited in the spool beside the person's"
    assert [one.upload.name for one in workspace.incoming.uploads.all()] == ["other.csv"]
    assert workspace.records.load("review", "may").document == {"quotes": ["evergreen thanks", "One said: (erased)."]}
    assert [one.record for one in workspace.quarantine.rejected("other")] == ["evergreen"]
    assert workspace.platform.find_people("evergreen")


def test_the_audit_log_names_who_and_when_but_nobody(workspace):
    workspace.forgetting.forget([IDS[0]], "ann", "Request 12 of user:zorawyth")
    (entry,) = workspace.forgetting.log()
    assert (entry.member, entry.why, entry.document["what"]) == ("ann", "Request 12 of (erased)", "people")
    assert entry.document["people"] == list(workspace.forgetting.suppression.hashes_of(sorted(IDS)))
    assert entry.document["went"]["signals"] == 6


@pytest.mark.parametrize(
    "killed_at", ["quarantine.forget", "records.forget", "signals.forget", "timelines.remove", "records.save"]
)
def test_an_erasure_that_was_stopped_is_finished_when_the_workspace_is_opened_again(workspace, monkeypatch, killed_at):
    part, _, call = killed_at.partition(".")
    with monkeypatch.context() as patch:
        patch.setattr(type(getattr(workspace, part)), call, lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            workspace.forgetting.forget([IDS[0]], "ann")
    workspace.close()
    assert (workspace.folder / "erasing.json").exists()
    again = open_workspace(workspace.folder)
    again.close()
    assert where(Path(workspace.folder), sought()) == {}
    (entry,) = again.forgetting.log()
    assert entry.document["resumed"]


def test_an_undone_import_leaves_nothing_and_can_be_done_again(workspace, tmp_path):
    path, mapping = tmp_path / "brought.csv", tmp_path / "files/m.yaml"
    rows = [f"{n},imported-{n},seen,2026-03-02 10:{n:02},Thornwick,I like merrowfield {n}" for n in range(40)]
    path.write_text("\n".join(["row,who,what,at,city,said", *rows, "x,imported-x,seen,never,Thornwick,no"]))
    report = workspace.imports.run(path, mapping)
    ask(workspace)
    workspace.timelines.rebuild("person", workspace.platform.experience().properties)
    brought = needles(["user:imported-7"], ["Thornwick", "I like merrowfield 7", "brought.csv"], [("shop-export", "7")])
    before = where(workspace.folder, brought)
    assert set(before) == set(brought)
    assert stores(set().union(*before.values())) >= {"lake", "timelines", "search.sqlite", "quarantine.sqlite", "imports"}
    erased = workspace.forgetting.undo_import(report.job, "ann", "wrong file")
    ask(workspace)
    assert where(workspace.folder, brought) == {}
    assert (erased.went["signals"], erased.went["quarantine"]) == (40, 1)
    again = workspace.imports.run(path, mapping)
    assert (again.new, again.duplicates, again.rejected) == (40, 0, 1)


def test_only_one_erases_at_a_time(workspace, monkeypatch):
    monkeypatch.setattr("touchpath.services.forgetting.PATIENCE_SECONDS", 0)
    with workspace.forgetting.pending.alone(0):
        with pytest.raises(Unavailable):
            workspace.forgetting.forget([IDS[0]], "ann")
        open_workspace(workspace.folder).close()
    assert workspace.forgetting.forget([IDS[0]], "ann").went["signals"] >= 6
