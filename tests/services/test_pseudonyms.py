"""A workspace with pseudonyms holds no id of a person, and tells the same of people as one without."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from decoding import needles, where

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.actors import actor_named
from touchpath.model.errors import BadInput, Unavailable
from touchpath.services.pseudonyms import Pseudonyms, proof_of
from touchpath.settings import Settings
from touchpath.store.signals import SIGNAL_SCHEMA

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANN = ("user:ann-12345", "anonymous:dev-90210", actor_named("ann@example.org"))


def signals() -> list[Signal]:
    def seen(number: int, *actors: str) -> Signal:
        return Signal("web", f"ann-12345/{number}", "page.viewed", NOON + timedelta(minutes=number), actors)

    return [seen(1, ANN[1]), seen(2, ANN[0], ANN[1]), seen(3, ANN[0], ANN[2]), seen(4, "user:bob"), seen(5)]


@pytest.fixture
def settings(tmp_path):
    return Settings(pseudonym_key_file=str(tmp_path / "keys/p.key"), privacy_key_file=str(tmp_path / "keys/s.key"))


@pytest.fixture
def workspace(tmp_path, settings):
    create_workspace(tmp_path / "shop", pseudonymise=True, settings=settings)
    opened = open_workspace(tmp_path / "shop", settings)
    opened.record(signals())
    opened.platform.find_people("a")
    yield opened
    opened.close()


def test_no_id_is_anywhere_in_the_workspace(workspace):
    assert where(workspace.folder, needles(ANN, [], [("web", "ann-12345/1")])) == {}


def test_people_come_together_as_without(workspace):
    ann = workspace.pseudonyms.of_actor(ANN[0])
    assert ann.startswith("user:p.")
    assert workspace.pseudonyms.of_actor(ann) == ann
    assert workspace.pseudonyms.of_actor("user:p.smith") != "user:p.smith", "somebody's own id may look like one"
    assert workspace.platform.person(ann).total == 3
    assert len(workspace.platform.ids_of(ann)) == 3


def test_the_same_signal_again_is_a_duplicate(workspace):
    again = workspace.record(signals())
    assert (again.new, again.duplicates) == (0, 5)


def test_who_is_known_by_a_clear_id_is_exported_erased_and_kept_out(workspace):
    assert workspace.exports.export(ANN[0]).counts["signals"] == 3
    erased = workspace.forgetting.forget([ANN[2]], "me")
    assert erased.went["signals"] == 3
    assert workspace.record(signals()).turned_away == 3
    assert workspace.record([Signal("web", "x", "page.viewed", NOON, (ANN[1],))]).turned_away == 1


def test_another_key_or_none_is_refused(workspace, settings, tmp_path):
    workspace.close()
    key = tmp_path / "keys/p.key"
    kept = key.read_text()
    key.write_text("0" * 64)
    with pytest.raises(BadInput, match="somebody else"):
        open_workspace(tmp_path / "shop", settings).record(signals())
    key.unlink()
    with pytest.raises(Unavailable, match="TOUCHPATH_PSEUDONYM_KEY_FILE"):
        open_workspace(tmp_path / "shop", settings).record(signals())
    key.write_text(kept)
    key.chmod(0o600)
    assert open_workspace(tmp_path / "shop", settings).record(signals()).duplicates == 5


def test_lists_keep_their_shape_however_the_table_is_cut():
    key = bytes(32)
    hide = Pseudonyms(lambda: key, proof_of(key)).hide
    rows = [{"id": str(n), "actors": actors} for n, actors in enumerate([None, ["user:a", "user:b"], [], ["user:a"], None])]
    usual = {"source": "s", "kind": "k", "occurred_at": NOON, "received_at": NOON}
    table = pa.Table.from_pylist([dict.fromkeys(SIGNAL_SCHEMA.names) | usual | row for row in rows], schema=SIGNAL_SCHEMA)
    hidden = hide(table)
    assert hidden.schema == SIGNAL_SCHEMA
    assert [None if one is None else len(one) for one in hidden["actors"].to_pylist()] == [None, 2, 0, 1, None]
    for start in range(4):
        assert hide(table.slice(start, 2)).to_pylist() == hidden.slice(start, 2).to_pylist()
    assert hide(pa.concat_tables([table, table])).num_rows == 10
