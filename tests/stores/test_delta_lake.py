"""The promise of every signal store, kept by the lake and by a plain store in memory; then what only the lake promises."""

import secrets
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchpath.model.errors import BadInput, Conflict, Unavailable
from touchpath.model.keys import name_key, signal_key
from touchpath.store.signals import SIGNAL_SCHEMA, STORED_SCHEMA, Appended
from touchpath.stores import compaction, delta_lake
from touchpath.stores.delta_lake import DeltaLake

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_an_empty_store_has_nothing_and_says_so(store, read):
    assert store.version == -1
    assert read(store) == []
    assert store.kinds() == []
    assert store.progress("any") is None
    assert store.forget(["user:1"]) == 0


def test_an_answer_sent_twice_is_kept_once(store, signals, read):
    first = store.append(signals({"id": "1"}, {"id": "1"}, {"id": "2"}))
    again = store.append(signals({"id": "2", "received_at": NOON + timedelta(hours=1)}))
    assert (first.new, first.duplicates, first.corrections) == (2, 1, 0)
    assert again == Appended(0, 1, 0, first.version)
    assert read(store) == [("1", 0, "page.viewed"), ("2", 0, "page.viewed")]


def test_other_content_of_the_same_id_is_kept_as_the_next_revision(store, signals, read):
    store.append(signals({"id": "1", "value": 3.0}))
    outcome = store.append(signals({"id": "1", "value": 4.0}, {"id": "1", "value": 5.0}))
    assert (outcome.new, outcome.corrections) == (0, 2)
    assert read(store, "revision", "value") == [(0, 3.0), (1, 4.0), (2, 5.0)]


def test_replaying_an_outdated_content_changes_nothing(store, signals, read):
    store.append(signals({"value": 3.0}, {"value": 4.0}))
    assert store.append(signals({"value": 3.0})).duplicates == 1
    assert read(store, "revision", "value") == [(0, 3.0), (1, 4.0)]


@pytest.mark.parametrize(
    "other",
    [
        {"kind": "page.left"},
        {"occurred_at": NOON + timedelta(microseconds=1)},
        {"utc_offset_minutes": 60},
        {"actors": ["user:1", "anonymous:2"]},
        {"actors": None},
        {"account": "acme"},
        {"account": ""},
        {"objects": [("order", "1")]},
        {"touchpoint": "shelf"},
        {"channel": "web"},
        {"surface": "site"},
        {"value": 0.0},
        {"unit": "EUR"},
        {"text": "thanks"},
        {"properties": "{}"},
        {"context": "{}"},
    ],
)
def test_every_column_but_the_time_of_receipt_makes_a_correction(store, signals, other):
    store.append(signals({}))
    assert store.append(signals(other)).corrections == 1


def test_the_order_of_actors_matters_and_that_of_objects_does_not(store, signals):
    store.append(signals({"actors": ["user:1", "user:2"], "objects": [("order", "1"), ("ticket", "2")]}))
    assert store.append(signals({"actors": ["user:1", "user:2"], "objects": [("ticket", "2"), ("order", "1")]})).duplicates == 1
    assert store.append(signals({"actors": ["user:2", "user:1"], "objects": [("order", "1"), ("ticket", "2")]})).corrections == 1


def test_the_same_id_of_two_sources_is_two_signals(store, signals):
    assert store.append(signals({"source": "shop"}, {"source": "app"}, {"source": "sho", "id": "p1"})).new == 3


def test_signals_get_key_revision_and_actor_key(store, signals, read):
    store.append(signals({"id": "é", "actors": ["user:1", "anonymous:2"]}, {"id": "2", "actors": []}))
    expected = [(signal_key("shop", "é"), 0, name_key("user:1")), (signal_key("shop", "2"), 0, None)]
    assert read(store, "key", "revision", "actor_key") == sorted(expected, key=repr)


def test_a_stored_signal_comes_back_as_it_went_in(store, signals):
    whole = {"utc_offset_minutes": -90, "actors": ["user:1", "email:ab"], "account": "acme", "value": -0.5, "unit": "EUR"}
    whole |= {
        "objects": [("order", "7")],
        "touchpoint": "t",
        "channel": "c",
        "surface": "s",
        "text": "ü",
        "properties": '{"a": 1}',
    }
    came = signals(whole | {"context": "{}", "occurred_at": NOON + timedelta(microseconds=1)})
    store.append(came)
    assert pa.Table.from_batches(store.scan(SIGNAL_SCHEMA.names)).to_pylist() == came.to_pylist()


def test_a_repeated_batch_of_a_job_is_skipped(store, signals, read):
    store.append(signals({"id": "1"}), job="import", sequence=0)
    version = store.version
    assert store.append(signals({"id": "2"}), job="import", sequence=0) == Appended(0, 0, 0, version)
    assert store.append(signals({"id": "1"}), job="import", sequence=4).duplicates == 1
    assert (store.progress("import"), store.progress("other")) == (4, None)
    assert read(store, "id") == [("1",)]


def test_a_scan_gives_only_what_came_after_a_version(store, signals, read):
    versions = [store.append(signals({"id": str(number)})).version for number in range(3)]
    assert read(store, "id", after=versions[0]) == [("1",), ("2",)]
    assert read(store, "id", after=versions[2]) == []
    assert len(read(store, "id", after=-1)) == 3


def test_a_scan_gives_only_the_actors_and_keys_asked_for(store, signals, read):
    store.append(signals({"id": "1"}, {"id": "2", "actors": ["user:2"]}, {"id": "3", "actors": None}))
    assert read(store, "id", actor_keys=[name_key("user:2"), name_key("user:9")]) == [("2",)]
    assert read(store, "id", keys=[signal_key("shop", "3"), 5]) == [("3",)]
    assert read(store, "id", keys=[signal_key("shop", "3")], actor_keys=[name_key("user:1")]) == []
    assert read(store, "id", actor_keys=[]) == []


def test_batches_have_the_stored_types_in_the_order_asked_for(store, signals):
    store.append(signals({"objects": [("order", "1")]}))
    batch = next(store.scan(["objects", "key", "occurred_at"]))
    assert batch.schema.names == ["objects", "key", "occurred_at"]
    assert [batch.schema.field(name).type for name in batch.schema.names] == [
        STORED_SCHEMA.field(name).type for name in batch.schema.names
    ]


def test_an_unknown_column_is_refused(store, signals):
    with pytest.raises(BadInput):
        list(store.scan(["colour"]))
    with pytest.raises(BadInput):
        store.append(signals({}).append_column("colour", pa.array(["red"])))


def test_kinds_count_each_signal_once_by_its_newest_revision(store, signals):
    store.append(signals({"id": "1"}, {"id": "2", "occurred_at": NOON - timedelta(days=9999)}, {"id": "3", "kind": "a.b"}))
    store.append(signals({"id": "2", "occurred_at": NOON + timedelta(days=1)}, {"id": "3", "kind": "page.viewed"}))
    assert [(count.kind, count.signals, count.first, count.last) for count in store.kinds()] == [
        ("page.viewed", 3, NOON, NOON + timedelta(days=1))
    ]


def test_forgetting_erases_an_actor_in_any_place_and_nobody_else(store, signals, read):
    store.append(signals({"id": "1"}, {"id": "2", "actors": ["user:2", "user:1"]}, {"id": "3", "actors": ["user:2"]}))
    before = store.append(signals({"id": "4", "actors": None}, {"id": "5", "actors": ["user:11"]})).version
    assert store.forget(["user:1", "user:none"]) == 2
    assert store.version > before
    assert read(store, "id") == [("3",), ("4",), ("5",)]
    assert store.forget(["user:1"]) == 0
    with pytest.raises(Conflict):
        list(store.scan(["id"], after=before))
    with pytest.raises(Conflict):
        list(store.scan(["id"], after=store.version + 1))
    assert len(read(store, "id", after=-1)) == 3


def test_a_forgotten_signal_may_come_again_as_a_new_one(store, signals, read):
    store.append(signals({"id": "1"}, {"id": "1", "value": 1.0}, {"id": "2", "actors": None}))
    store.forget(["user:1"])
    assert store.append(signals({"id": "1"}, {"id": "2", "actors": None})).new == 1
    assert read(store, "id", "revision") == [("1", 0), ("2", 0)]


def test_compaction_changes_no_answer(store, signals, read):
    versions = [store.append(signals({"id": str(n), "kind": f"k.{n % 3}"}, {"id": "x", "value": n})).version for n in range(6)]
    rows, kinds = read(store, *STORED_SCHEMA.names), store.kinds()
    since = read(store, "id", "revision", after=versions[2])
    store.compact()
    assert (read(store, *STORED_SCHEMA.names), store.kinds()) == (rows, kinds)
    assert read(store, "id", "revision", after=versions[2]) == since
    assert store.append(signals({"id": "x", "value": 3.0}, {"id": "5", "kind": "k.2"})).duplicates == 2


SIGNAL = st.tuples(st.sampled_from("abcd"), st.integers(0, 3))
STEPS = st.lists(
    st.one_of(st.lists(SIGNAL, max_size=6), st.sampled_from(["compact", "reopen", "forget", "undo", "expire"])), max_size=8
)


def a_signal(number: int, id: str, value: float | None) -> dict[str, object]:
    """Every other one from an import of its own moment, and of a time and an actor that hang on the value."""
    odd = int(value or 0) % 2
    received, occurred = NOON + number % 2 * MINUTE, NOON - odd * MINUTE
    return {"id": id, "value": value, "actors": [f"user:{'c' if odd else id}"], "received_at": received, "occurred_at": occurred}


@settings(max_examples=40, deadline=None)
@given(STEPS)
def test_any_life_of_the_lake_ends_as_that_of_the_plain_store(tmp_path_factory, memory_store, signals, read, steps):
    folder = tmp_path_factory.mktemp("life")
    lake, plain = DeltaLake(folder), memory_store()
    for step in steps:
        if step == "reopen":
            lake.close()
            lake = DeltaLake(folder)
        elif step == "compact":
            lake.compact()
        elif step == "forget":
            assert lake.forget(["user:a", "user:b"]) == plain.forget(["user:a", "user:b"])
        elif step == "undo":
            assert lake.forget_import("shop", NOON + MINUTE) == plain.forget_import("shop", NOON + MINUTE)
        elif step == "expire":
            assert lake.count_before("shop", NOON) == plain.count_before("shop", NOON)
            assert lake.forget_before("shop", NOON) == plain.forget_before("shop", NOON)
        else:
            batch = signals(*(a_signal(number, id, value) for number, (id, value) in enumerate(step)))
            came, expected = lake.append(batch), plain.append(batch)
            assert (came.new, came.duplicates, came.corrections) == (expected.new, expected.duplicates, expected.corrections)
    assert read(lake, *STORED_SCHEMA.names) == read(plain, *STORED_SCHEMA.names)
    assert lake.kinds() == plain.kinds()
    lake.close()


@settings(max_examples=20)
@given(st.lists(SIGNAL, min_size=1, max_size=30), st.data())
def test_any_split_into_batches_keeps_the_same_rows(tmp_path_factory, signals, read, came, data):
    rows = [{"id": id, "value": value} for id, value in came]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=4)))
    whole, split = DeltaLake(tmp_path_factory.mktemp("whole")), DeltaLake(tmp_path_factory.mktemp("split"))
    with whole, split:
        whole.append(signals(*rows))
        for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
            split.append(signals(*rows[max(0, start - 3) : end]))
        assert read(split, "id", "revision", "value") == read(whole, "id", "revision", "value")


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"source": ["s"]}, "need a column 'id'"),
        ({"source": ["s"], "id": [None], "kind": ["k"], "occurred_at": [NOON], "received_at": [NOON]}, "Row 0 has no 'id'"),
        ({"source": ["s", "s"], "id": ["1", ""], "kind": ["k", "k"], "occurred_at": [NOON] * 2}, "Row 1 has an empty 'id'"),
        ({"source": ["s"], "id": [1], "kind": ["k"], "occurred_at": [NOON], "received_at": [NOON]}, "'id' must be string"),
        ({"source": ["s\x1f"], "id": ["1"]}, "control character"),
        ({"source": ["s"], "id": ["1"], "kind": ["k"], "occurred_at": [NOON.replace(tzinfo=None)]}, "A time needs its zone"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_with_words(lake, table, words):
    with pytest.raises(BadInput, match=words):
        lake.append(pa.table(table))
    assert lake.version == -1


def test_a_value_that_is_no_number_is_refused(lake, signals):
    with pytest.raises(BadInput, match="Row 1 has a value that is not a finite number"):
        lake.append(signals({"value": 1.0}, {"id": "2", "value": float("nan")}))


def test_the_same_values_in_other_arrow_types_are_taken(lake, signals, read):
    plain = signals({"value": 2.0}).select(["source", "id", "kind", "occurred_at", "received_at", "value", "actors"])
    large = plain.set_column(1, "id", plain["id"].cast(pa.large_string()))
    large = large.set_column(2, "kind", plain["kind"].dictionary_encode()).set_column(5, "value", pa.array([2], pa.int32()))
    large = large.set_column(3, "occurred_at", plain["occurred_at"].cast(pa.timestamp("s", "Europe/Berlin")))
    assert lake.append(large).new == 1
    assert lake.append(plain).duplicates == 1


def test_a_sequence_without_a_job_is_refused(lake, signals):
    with pytest.raises(BadInput, match="both job and sequence"):
        lake.append(signals({}), sequence=1)


def test_one_writer_at_a_time_and_readers_any_time(lake, signals, read, tmp_path):
    lake.append(signals({"id": "1"}))
    other = DeltaLake(tmp_path / "lake")
    assert read(other, "id") == [("1",)]
    with pytest.raises(Unavailable, match=r"Process \d+ is writing"):
        other.append(signals({"id": "2"}))
    lake.append(signals({"id": "3"}))
    assert read(other, "id") == [("1",), ("3",)]
    lake.close()
    assert other.append(signals({"id": "1"}, {"id": "2"})).duplicates == 1
    other.close()


def test_a_reader_follows_through_erasures_and_compactions(lake, signals, read, tmp_path):
    reader = DeltaLake(tmp_path / "lake")
    for number in range(4):
        lake.append(signals({"id": str(number), "actors": [f"user:{number}"]}))
        assert len(read(reader, "id")) == number + 1
    lake.forget(["user:2"])
    lake.append(signals({"id": "9", "actors": ["user:9"]}))
    lake.compact()
    lake.forget(["user:0"])
    assert read(reader, "id") == [("1",), ("3",), ("9",)]
    assert reader.version == lake.version


def test_deleting_the_index_only_costs_a_rebuild(lake, signals, read, tmp_path):
    lake.append(signals({"id": "1"}, {"id": "1", "value": 1.0}))
    lake.close()
    for path in (tmp_path / "lake" / "ids").iterdir():
        path.unlink()
    assert lake.append(signals({"id": "1"}, {"id": "1", "value": 1.0}, {"id": "1", "value": 2.0})).corrections == 1
    assert read(lake, "id", "revision") == [("1", 0), ("1", 1), ("1", 2)]


def test_large_merges_cut_files_by_actor_and_one_busy_actor_by_size(lake, signals, read, monkeypatch):
    monkeypatch.setattr(compaction, "FULL", 170)
    for batch in range(10):
        actors = [["user:busy"]] * 50 + [[f"user:{n}"] for n in range(20)] + [None] * 10
        lake.append(signals(*({"id": f"{batch}/{n}", "actors": actor} for n, actor in enumerate(actors))))
    rows = read(lake, *STORED_SCHEMA.names)
    lake.compact()
    assert read(lake, *STORED_SCHEMA.names) == rows
    assert len(lake.files()) > 5  # 800 rows make 5 ranges, and the busy actor's 500 rows do not fit in one
    assert len(read(lake, "id", actor_keys=[name_key("user:busy")])) == 500
    assert len(read(lake, "id", actor_keys=[name_key("user:7")])) == 10


def test_merges_of_wide_signals_cut_files_by_bytes(lake, signals, read, monkeypatch):
    monkeypatch.setattr(compaction, "FULL_SIZE", 60_000)
    for batch in range(4):
        wide = (secrets.token_hex(400) for _ in range(60))
        lake.append(signals(*({"id": f"{batch}/{n}", "actors": [f"user:{n}"], "text": text} for n, text in enumerate(wide))))
    rows = read(lake, *STORED_SCHEMA.names)
    lake.compact()
    assert read(lake, *STORED_SCHEMA.names) == rows
    assert len(lake.files()) > 1
    assert lake.fragments == 0
    lake.compact()
    assert read(lake, *STORED_SCHEMA.names) == rows


def test_signals_may_be_appended_while_files_are_merged(signals, read, tmp_path):
    def busy(*files):
        lake.append(signals({"id": "meanwhile"}))
        return compaction.merge(*files)

    with DeltaLake(tmp_path / "lake", merge=busy) as lake:
        for number in range(3):
            lake.append(signals({"id": str(number)}))
        lake.compact()
        assert read(lake, "id") == [("0",), ("1",), ("2",), ("meanwhile",)]
        assert len(lake.files()) == 2


def test_what_came_since_can_be_read_while_files_are_merged_and_merged_again(lake, signals, read):
    lake.append(signals({"id": "old"}))
    before = lake.version
    for turn in range(3):
        lake.append(signals({"id": f"{turn}-a"}))
        lake.append(signals({"id": f"{turn}-b"}))
        lake.compact()
    assert [id for (id,) in read(lake, "id", after=before)] == ["0-a", "0-b", "1-a", "1-b", "2-a", "2-b"]


@pytest.mark.parametrize(("setting", "value"), [("KEPT_SECONDS", -1.0), ("KEPT_BYTES", 0)])
def test_replaced_files_do_not_stay_for_ever(lake, signals, monkeypatch, setting, value):
    monkeypatch.setattr(delta_lake, setting, value)
    monkeypatch.setattr(delta_lake, "KEPT_SHARE", 0.0)
    for turn in range(3):
        lake.append(signals({"id": f"{turn}-a"}))
        lake.append(signals({"id": f"{turn}-b"}))
        lake.compact()
    lake.compact()
    assert {path.name for path in lake._log.folder.glob("*.parquet")} == {path.name for path in lake.files()}


def test_a_row_is_rewritten_once_per_tier(lake, signals, read, monkeypatch):
    monkeypatch.setattr(compaction, "FULL", 64)
    written = []

    def counted(folder, files, spill):
        written.append(sum(file.rows for file in files))
        return compaction.merge(folder, files, spill)

    monkeypatch.setattr(lake, "_merge", counted)
    for batch in range(60):
        lake.append(signals(*({"id": f"{batch}/{n}", "actors": [f"user:{n}"]} for n in range(64))))
        if batch % 3 == 2:
            lake.append(signals({"id": f"small {batch}"}))
            lake.append(signals({"id": f"smaller {batch}"}))
            lake.compact()
    rows = 60 * 64 + 40
    assert sum(written) < 3 * rows
    assert len(read(lake, "id")) == rows
    # One person's rows: fewer than eight files of all actors, fewer than eight of an eighth of them, and the small ones.
    one = name_key("user:7")
    assert sum(file.first_actor <= one <= file.last_actor for file in lake._log.files()) < 2 * compaction.DEEPEST


def test_a_compaction_that_fails_leaves_nothing_behind(lake, signals, read, monkeypatch, tmp_path):
    for number in range(3):
        lake.append(signals({"id": str(number)}))

    def full(*_):
        raise OSError("No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(compaction, "_pieces", full)
        with pytest.raises(OSError, match="No space"):
            lake.compact()
    assert not (tmp_path / "lake/spill").exists()
    lake.compact()
    assert len(lake.files()) == 1
    assert len(read(lake)) == 3


def test_a_compaction_that_leaves_nothing_to_merge_does_nothing(lake, signals):
    lake.append(signals({"id": "1"}))
    version = lake.version
    lake.compact()
    assert (lake.version, lake.fragments) == (version, 1)


def test_duckdb_and_polars_read_the_listed_files(lake, signals):
    for number in range(3):
        lake.append(signals({"id": str(number), "objects": [("order", "1")], "value": number}))
    lake.forget(["user:none"])
    files = [str(path) for path in lake.files()]
    assert duckdb.execute("SELECT count(*), sum(value) FROM read_parquet(?)", [files]).fetchall() == [(3, 3.0)]
    assert pl.read_parquet(files)["id"].sort().to_list() == ["0", "1", "2"]


def test_other_delta_readers_see_the_same_rows(lake, signals, tmp_path):
    lake.append(signals({"id": "1"}, {"id": "2", "actors": ["user:2"]}))
    lake.append(signals({"id": "3"}))
    lake.compact()
    lake.forget(["user:2"])
    table = pl.read_delta(str(tmp_path / "lake" / "signals"))
    assert sorted(table["id"].to_list()) == ["1", "3"]
    assert table.columns == STORED_SCHEMA.names
