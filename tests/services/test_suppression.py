"""Erased people do not come back by whatever door, unless somebody lets them in; the list of them names nobody."""

import shutil
from datetime import UTC, datetime

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, examine_workspace, open_workspace
from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput, Missing, Unavailable
from touchpath.services.imports import TURNED_AWAY
from touchpath.settings import Settings
from touchpath.store.erasing import Pending
from touchpath.stores.key_file import usual_key_place

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MAPPING = """format: touchpath-mapping/1
source: crm
signals:
  - kind: seen
    id: [who]
    occurred_at: {column: at, zone: UTC}
    actors: {user: who}
"""


def seen(id: str, *actors: str) -> Signal:
    return Signal("app", id, "page.viewed", NOON, actors)


@pytest.fixture
def opened(tmp_path):
    create_workspace(tmp_path / "shop")
    settings = Settings(privacy_key_file=str(tmp_path / "keys" / "privacy.key"))
    workspace = open_workspace(tmp_path / "shop", settings)
    workspace.record([seen("1", "user:ann", "anonymous:7"), seen("2", "user:bob")])
    yield workspace
    workspace.close()


@pytest.fixture
def without_ann(opened):
    opened.forgetting.forget(["user:ann"], "me", "asked")
    return opened


def test_an_erased_person_is_turned_away_at_every_door_and_counted(without_ann, tmp_path):
    came = without_ann.record([seen("1", "user:ann"), seen("3", "anonymous:7"), seen("4", "user:bob")])
    assert (came.new, came.turned_away) == (1, 2)
    (tmp_path / "m.yaml").write_text(MAPPING)
    (tmp_path / "f.csv").write_text("who,at\nann,2026-03-02 10:00:00\ncarl,2026-03-02 10:00:00\n")
    report = without_ann.imports.run(tmp_path / "f.csv", tmp_path / "m.yaml")
    assert (report.read, report.new, report.notes) == (2, 1, {TURNED_AWAY: 1})
    away = {one.source: one.signals for one in without_ann.forgetting.suppression.turned_away()}
    assert away == {"app": 2, "crm": 1}
    with pytest.raises(Missing):
        without_ann.platform.person("user:ann")


def test_another_open_workspace_learns_of_it_at_once(opened, tmp_path):
    other = open_workspace(tmp_path / "shop", opened.settings)
    assert other.record([seen("3", "user:ann")]).new == 1
    opened.forgetting.forget(["user:ann"], "me")
    assert other.record([seen("4", "user:ann")]).turned_away == 1
    other.close()


def test_somebody_who_comes_back_is_let_in_with_all_of_their_ids(without_ann):
    assert without_ann.forgetting.let_in("anonymous:7", "me", "a customer again") == 2
    assert without_ann.record([seen("5", "user:ann")]).new == 1
    newest = without_ann.forgetting.log()[0]
    assert (newest.document["what"], newest.why) == ("let in again", "a customer again")
    with pytest.raises(Missing, match="not kept out"):
        without_ann.forgetting.let_in("user:ann", "me", "again")


def test_an_erasure_may_leave_the_door_open(opened):
    opened.forgetting.forget(["user:ann"], "me", keep_out=False)
    assert opened.record([seen("5", "user:ann")]).new == 1


def test_the_key_is_only_for_its_owner_and_not_in_the_workspace(without_ann, tmp_path):
    key = tmp_path / "keys" / "privacy.key"
    assert key.stat().st_mode & 0o777 == 0o600
    assert len(bytes.fromhex(key.read_text())) == 32
    inside = Settings(privacy_key_file=str(tmp_path / "shop" / "privacy.key"))
    with pytest.raises(BadInput, match="lies in the workspace"):
        open_workspace(tmp_path / "shop", inside).forgetting.forget(["user:bob"], "me")


def test_no_key_is_made_before_it_is_needed(opened, tmp_path):
    opened.record([seen("5", "user:ann")])
    assert not (tmp_path / "keys").exists()


def test_a_lost_key_stops_what_would_bring_people_back(without_ann, tmp_path):
    key = tmp_path / "keys" / "privacy.key"
    without_ann.close()
    shutil.move(key, tmp_path / "elsewhere")
    again = open_workspace(tmp_path / "shop", without_ann.settings)
    for _ in range(2):
        with pytest.raises(Unavailable, match="Put it back"):
            again.record([seen("5", "user:ann")])
    (finding,) = [one for one in examine_workspace(again) if one.part == "privacy"]
    assert (finding.state, "Put it back" in finding.says) == ("ill", True)
    shutil.move(tmp_path / "elsewhere", key)
    assert again.record([seen("5", "user:ann")]).turned_away == 1
    again.close()


def test_an_erasure_without_the_key_begins_nothing_and_makes_no_other_key(without_ann, tmp_path):
    key = tmp_path / "keys" / "privacy.key"
    key.unlink()
    with pytest.raises(Unavailable, match="Put it back"):
        without_ann.forgetting.forget(["user:bob"], "me")
    assert not key.exists()
    assert not (tmp_path / "shop" / "erasing.json").exists()
    assert without_ann.platform.person("user:bob").total == 1


def test_a_workspace_opens_although_an_erasure_cannot_be_finished(without_ann, tmp_path):
    bob = Pending("1", "people", "me", "", NOON, ids=("user:bob",))
    without_ann.forgetting.pending.save(bob)
    key = tmp_path / "keys" / "privacy.key"
    kept = key.read_text()
    key.write_text("0" * 64)
    again = open_workspace(tmp_path / "shop", without_ann.settings)
    assert [one.state for one in examine_workspace(again) if one.part == "privacy"] == ["ill"]
    again.close()
    key.write_text(kept)
    finished = open_workspace(tmp_path / "shop", without_ann.settings)
    with pytest.raises(Missing):
        finished.platform.person("user:bob")
    finished.close()


def test_whoever_has_no_home_can_still_open_a_workspace(monkeypatch):
    def homeless(self):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr("touchpath.stores.key_file.Path.expanduser", homeless)
    assert str(usual_key_place()) == "/etc/touchpath/privacy.key"


@pytest.mark.parametrize(
    ("text", "mode", "words"), [("0" * 64, 0o600, "not the one"), ("ab", 0o600, "damaged"), ("0" * 64, 0o644, "chmod 600")]
)
def test_an_unfit_key_is_refused_with_words(without_ann, tmp_path, text, mode, words):
    key = tmp_path / "keys" / "privacy.key"
    key.write_text(text)
    key.chmod(mode)
    without_ann.close()
    with pytest.raises(BadInput, match=words):
        open_workspace(tmp_path / "shop", without_ann.settings).record([seen("5", "user:ann")])


def test_ids_and_addresses_are_understood():
    ann = "email:438c4c7afe600cdf1e455c369bec76dc970fc8ca463447c7b387a347f3c79331"
    assert actor_named(" user:42 ") == "user:42"
    assert actor_named("Ann@Example.org") == ann
    with pytest.raises(BadInput, match="names its kind"):
        actor_named("42")


def test_copies_that_hold_the_person_are_named(opened):
    backups = opened.forgetting.backups
    backups.note("early", "/mnt/early", datetime(2020, 1, 1, tzinfo=UTC), "me")
    backups.note("late", "/mnt/late", datetime(2100, 1, 1, tzinfo=UTC), "me")
    backups.note("wiped", "/mnt/wiped", datetime(2100, 1, 1, tzinfo=UTC), "me")
    backups.gone("wiped", "me")
    plan = opened.forgetting.plan(["user:ann"])
    assert (plan.ids, plan.signals) == (("anonymous:7", "user:ann"), {"app": 1})
    assert [one.id for one in plan.backups] == ["late"]
    assert [one.id for one in opened.forgetting.forget(["user:ann"], "me").backups] == ["late"]
