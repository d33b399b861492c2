"""The event catalogue: what kinds hold, kept file by file, and what drifted with its day."""

import json
import threading
from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import Missing
from touchpath.services.catalogue import _chance_of_none
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.catalogue_files import CatalogueFiles

START = datetime(2026, 1, 5, tzinfo=UTC)
DAYS = 80


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop", zone="Europe/Madrid")
    opened = open_workspace(tmp_path / "shop")
    yield opened
    opened.close()


def table(rows):
    """Signals from (kind, day, number of the day, properties)."""
    made = [
        {
            "source": "app", "id": f"{kind}-{day}-{number}", "kind": kind, "occurred_at": START + timedelta(days=day, seconds=number),
            "received_at": START + timedelta(days=day, seconds=number + 1), "actors": [f"user:{number % 9}"],
            "properties": json.dumps(properties, sort_keys=True) if properties else None,
        }
        for kind, day, number, properties in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(made, schema=SIGNAL_SCHEMA)


def steady(kind, properties=lambda day, number: {"plan": "pro"}, days=DAYS, per_day=30):
    return [(kind, day, number, properties(day, number)) for day in range(days) for number in range(per_day)]


def shown(workspace):
    workspace.incoming.catalogue.finish()
    return workspace.incoming.catalogue.show()


def test_kinds_have_their_volume_their_properties_and_their_readers(workspace):
    rows = steady("order.placed", lambda day, number: {"plan": "pro", "amount": number} if number % 2 else {"amount": 1.5})
    workspace.signals.append(table([*rows, ("page.viewed", 3, 1, None)]))
    catalogue = shown(workspace)
    order, page = catalogue.kinds
    assert (order.use.kind, order.use.signals, order.properties, page.properties) == ("order.placed", 2_400, 2, 0)
    assert (sum(order.weeks), len(order.weeks)) == (2_400, 12)
    assert catalogue.state.whole
    detail = workspace.incoming.catalogue.kind("order.placed", examples=True)
    amount, plan = detail.properties
    assert (amount.name, amount.present, [one.type for one in amount.types]) == ("amount", 1.0, ["number"])
    assert (plan.present, plan.examples, plan.form) == (0.5, ("pro",), "xxx")
    assert workspace.incoming.catalogue.kind("order.placed", examples=False).properties[1].examples == ()
    with pytest.raises(Missing, match=r"order\.placed"):
        workspace.incoming.catalogue.kind("order.place", examples=False)


def test_a_day_is_one_of_the_workspaces_zone(workspace):
    workspace.signals.append(table([("page.viewed", 0, 23 * 3600 + 1800, None)]))
    workspace.incoming.catalogue.finish()
    days = workspace.incoming.catalogue.kind("page.viewed", examples=False)
    assert days.last_day.isoformat() == "2026-01-06"


def test_what_drifted_is_told_with_its_day(workspace):
    rng = np.random.default_rng(3)
    rows = []
    for day in range(DAYS):
        usual = rng.poisson(40)
        rows += [("fell", day, number, None) for number in range(usual if day < DAYS - 7 else usual // 4)]
        if day < DAYS - 4:
            rows += [("vanished", day, number, None) for number in range(usual)]
        for number in range(usual):
            new = {"coupon": "x"} if day >= DAYS - 10 else {}
            old = {"theme": "dark"} if day < DAYS - 12 else {}
            rows.append(("changed", day, number, {"size": str(number) if day >= DAYS - 6 else number, **new, **old}))
            rows.append(("steady", day, number, {"size": number}))
    workspace.signals.append(table(rows))
    catalogue = shown(workspace)
    found = {(one.kind, one.property, one.alarm): one for one in catalogue.alerts}
    assert set(found) == {
        ("fell", "", "volume"), ("vanished", "", "vanished"), ("changed", "coupon", "new property"),
        ("changed", "theme", "property gone"), ("changed", "size", "type changed"),
    }  # fmt: skip

    def day(number):
        return (START + timedelta(days=number)).date()

    assert found["fell", "", "volume"].day == day(DAYS - 7)
    assert found["vanished", "", "vanished"].day == day(DAYS - 4)
    assert found["changed", "coupon", "new property"].day == day(DAYS - 10)
    assert found["changed", "theme", "property gone"].day == day(DAYS - 12)
    assert found["changed", "size", "type changed"].day == day(DAYS - 6)
    assert "text on" in found["changed", "size", "type changed"].says
    assert "were to be expected" in found["fell", "", "volume"].says
    assert (catalogue.tested, round(catalogue.by_chance, 3)) == (4, 0.004)


def test_a_file_that_ended_is_no_drift(workspace):
    old = table(steady("order.placed", days=40))
    old = old.set_column(4, "received_at", pa.array([START + timedelta(days=300)] * old.num_rows, pa.timestamp("us", "UTC")))
    old = old.set_column(0, "source", pa.array(["export"] * old.num_rows))
    workspace.signals.append(old)
    workspace.signals.append(table(steady("page.viewed")))
    assert shown(workspace).alerts == ()


def test_new_signals_cost_only_their_own_file(workspace, monkeypatch):
    looked = []
    look = CatalogueFiles._look_at
    monkeypatch.setattr(CatalogueFiles, "_look_at", lambda self, path: (looked.append(path.name), look(self, path)))
    workspace.signals.append(table(steady("a", days=2)))
    assert shown(workspace).kinds[0].use.signals == 60
    workspace.signals.append(table(steady("b", days=2)))
    assert [one.use.kind for one in shown(workspace).kinds] == ["a", "b"]
    shown(workspace)
    assert len(looked) == len(set(looked)) == 2


def test_corrections_count_once_and_merged_files_change_nothing(workspace):
    first = table(steady("a", days=3))
    workspace.signals.append(first)
    changed = first.set_column(12, "value", pa.array([1.0] * first.num_rows))
    workspace.signals.append(changed)
    before = shown(workspace)
    assert sum(before.kinds[0].weeks) == 90
    workspace.signals.compact()
    assert shown(workspace).kinds == before.kinds
    kept = {path.name.split(".")[0] for path in (workspace.folder / "catalogue").iterdir()}
    assert len(kept) == len(workspace.signals.files())


def test_nothing_that_people_wrote_is_kept_and_erasure_reaches_it(workspace):
    secret = "Zuckerwatte4711"
    workspace.signals.append(table([("note.written", 1, 1, {"said": secret, secret: 1}), ("note.written", 1, 2, {"said": "hi"})]))
    shown(workspace)
    files = [path for path in (workspace.folder / "catalogue").iterdir() if path.is_file()]
    assert files
    values = [path.read_bytes() for path in files if path.suffix == ".days"]
    assert not any(secret.encode() in one for one in values)
    workspace.forget(["user:1"])
    names = [one.name for one in workspace.incoming.catalogue.kind("note.written", examples=True).properties]
    assert names == ["said"]
    assert not any(secret.encode() in path.read_bytes() for path in (workspace.folder / "catalogue").rglob("*") if path.is_file())


def test_a_long_look_gives_back_in_time_and_goes_on_beside(workspace, monkeypatch):
    free = threading.Event()
    look = CatalogueFiles._look_at

    def slowly(self, path):
        assert free.wait(30)
        look(self, path)

    monkeypatch.setattr(CatalogueFiles, "_look_at", slowly)
    monkeypatch.setattr("touchpath.services.catalogue._WAIT_SECONDS", 0.01)
    workspace.signals.append(table(steady("a", days=2)))
    catalogue = workspace.incoming.catalogue.show()
    assert (catalogue.state.signals, catalogue.state.all_signals, catalogue.kinds[0].properties) == (0, 60, 0)
    free.set()
    assert shown(workspace).kinds[0].properties == 1


def test_closing_ends_the_look_after_the_file_at_work(workspace, monkeypatch):
    begun, free, looked = threading.Event(), threading.Event(), []

    def slowly(self, path):
        looked.append(path)
        begun.set()
        assert free.wait(30)

    monkeypatch.setattr(CatalogueFiles, "_look_at", slowly)
    monkeypatch.setattr("touchpath.services.catalogue._WAIT_SECONDS", 0.01)
    for day in range(3):
        workspace.signals.append(table([("a", day, 1, None)]))
    workspace.incoming.catalogue.show()
    assert begun.wait(30)
    closing = threading.Thread(target=workspace.incoming.catalogue.close)
    closing.start()
    assert workspace.incoming.catalogue._store._closing.wait(30)
    free.set()
    closing.join(30)
    assert not closing.is_alive()
    assert len(looked) == 1


def test_odd_properties_harm_nobody(workspace):
    odd = {"": 1, "a.b": None, 'quote"': [1], "$.x": {"deep": 1}, "long": "x" * 100_000, "emoji 🎉": True, "sql'; --": "y"}
    workspace.signals.append(table([("odd", 1, n, odd) for n in range(3)]))
    shown(workspace)
    found = {one.name: one.types[0].type for one in workspace.incoming.catalogue.kind("odd", examples=True).properties}
    assert found == {
        "": "number",
        "a.b": "nothing",
        'quote"': "list",
        "$.x": "object",
        "long": "text",
        "emoji 🎉": "boolean",
        "sql'; --": "text",
    }


def test_a_kind_with_endless_names_keeps_the_commonest(workspace):
    rows = [("wild", 1, n, {"common": 1, f"key{n}": 1}) for n in range(2_600)]
    workspace.signals.append(table(rows))
    shown(workspace)
    properties = workspace.incoming.catalogue.kind("wild", examples=False).properties
    assert len(properties) == 1_000
    assert properties[0].name == "common"


def test_a_time_that_is_yet_to_come_makes_nothing_vanish(workspace):
    far = steady("order.placed")
    signals = table(far)
    late = table([("order.placed", 60_000, 1, None)])
    workspace.signals.append(pa.concat_tables([signals, late]))
    catalogue = shown(workspace)
    assert catalogue.alerts == ()
    assert sum(catalogue.kinds[0].weeks) == 2_400


def test_what_is_found_in_a_file_that_is_gone_by_then_is_not_kept(workspace, monkeypatch):
    workspace.signals.append(table([("note.written", 1, 1, {"Zuckerwatte4711": 1}), ("note.written", 1, 2, {"said": "hi"})]))
    read, gone = CatalogueFiles._place, []

    def erased_meanwhile(self, path):
        if not gone:
            gone.append(workspace.signals.forget(["user:1"]))
        return read(self, path)

    (path,) = workspace.signals.files()
    store = CatalogueFiles(workspace.folder / "catalogue", workspace.signals, "UTC")
    (workspace.folder / "catalogue").mkdir()
    monkeypatch.setattr(CatalogueFiles, "_place", erased_meanwhile)
    store._look_at(path)
    assert gone == [1]
    assert not any(
        b"Zuckerwatte4711" in kept.read_bytes() for kept in (workspace.folder / "catalogue").rglob("*") if kept.is_file()
    )


def test_a_look_that_was_killed_leaves_nothing_in_the_way(workspace):
    workspace.signals.append(table(steady("a", days=2)))
    spill = workspace.folder / "catalogue" / "spill"
    spill.mkdir(parents=True)
    (spill / "duckdb_temp").write_bytes(b"half a row")
    (workspace.folder / "catalogue" / "rows-x-1-UTC.days.new").write_bytes(b"half")
    assert shown(workspace).kinds[0].properties == 1
    assert not spill.exists()
    assert not list((workspace.folder / "catalogue").glob("*.new"))


def test_only_the_commonest_kinds_have_their_days_told(workspace, monkeypatch):
    monkeypatch.setattr("touchpath.stores.catalogue_files.MOST_KINDS", 2)
    workspace.signals.append(table([*steady("a", days=3), *steady("b", days=2), *steady("c", days=1)]))
    assert [len(one.weeks) for one in shown(workspace).kinds] == [1, 1, 0]
    detail = workspace.incoming.catalogue.kind("c", examples=False)
    assert (detail.kind.use.signals, detail.drift) == (30, None)


@pytest.mark.slow
def test_a_thousand_kinds_with_a_thousand_properties_are_shown_in_seconds(workspace):
    import time

    kinds, names = 1_000, [f"p{n}" for n in range(1_000)]
    for start in range(0, kinds, 100):
        rows = [(f"k{kind}", day, 0, dict.fromkeys(names, day)) for kind in range(start, start + 100) for day in range(3)]
        workspace.signals.append(table(rows))
    workspace.incoming.catalogue.finish()
    workspace.incoming.catalogue.show()
    began = time.perf_counter()
    assert len(workspace.incoming.catalogue.show().kinds) == kinds
    workspace.incoming.catalogue.kind("k7", examples=True)
    assert time.perf_counter() - began < 10


def test_that_a_property_is_gone_needs_more_than_one_signal_without_it():
    """A share of all is never known to be all: Laplace's rule of succession, and what two in a row make of it."""
    assert _chance_of_none(40, 40, 1) == pytest.approx(1 / 42)
    assert _chance_of_none(40, 40, 2) == pytest.approx(2 / (42 * 43))
    assert _chance_of_none(0, 40, 3) == pytest.approx((41 / 42) * (42 / 43) * (43 / 44))
