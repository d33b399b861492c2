"""Every store of records keeps the same promises: here SQLite always, and PostgreSQL where it can be started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from touchpath.model.errors import BadInput, Conflict, Missing, Unavailable
from touchpath.store.records import Record, RecordStore
from touchpath.stores.member_tables import MEMBERS
from touchpath.stores.record_tables import METADATA
from touchpath.stores.records import SqlRecords, open_records

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Opener = Callable[[], SqlRecords]


@pytest.fixture
def postgres_place(postgres_url: str) -> str:
    """An empty database on that server."""
    engine = sa.create_engine(sa.make_url(postgres_url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS records_test WITH (FORCE)")
        connection.exec_driver_sql("CREATE DATABASE records_test")
    engine.dispose()
    return str(sa.make_url(postgres_url).set(database="records_test"))


@pytest.fixture(params=["sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    """Opens the same records as often as wanted, each store in turn; the clock stands at noon."""
    place = tmp_path / "records.sqlite" if request.param == "sqlite" else request.getfixturevalue("postgres_place")
    stores: list[SqlRecords] = []

    def open_once() -> SqlRecords:
        stores.append(open_records(place, clock=lambda: NOON))
        return stores[-1]

    yield open_once
    for store in stores:
        store.close()


@pytest.fixture
def records(opened: Opener) -> SqlRecords:
    return opened()


def test_a_record_comes_back_as_it_was_saved(records: RecordStore):
    document = {
        "title": "Ünïcode 🎈\u2028",
        "n": [1, 2.5, 1e300, 2**53, None, True],
        "inner": {"b": 1, "a": 2},
        "odd": "\x00\x07",
    }
    assert records.save("card", "c1", document, expected=0, member="ana", why="first") == 1
    assert records.load("card", "c1") == Record("card", "c1", 1, document, "ana", NOON, "first")
    assert list(records.load("card", "c1").document) == list(document)


def test_every_revision_stays(records: RecordStore):
    assert records.revision("card", "c1") == 0
    for number in range(3):
        assert records.save("card", "c1", {"n": number}, expected=number, member="ana", why=f"step {number}") == number + 1
    assert [(one.revision, one.why, one.document["n"]) for one in records.history("card", "c1")] == [
        (3, "step 2", 2),
        (2, "step 1", 1),
        (1, "step 0", 0),
    ]
    assert records.revision("card", "c1") == 3
    assert records.load("card", "c1", 2).document == {"n": 1}
    assert records.load("card", "c1").revision == 3


@pytest.mark.parametrize("expected", [0, 2, -1, 7])
def test_a_change_made_from_another_revision_is_refused_and_not_kept(records: RecordStore, expected):
    records.save("card", "c1", {"n": 0}, expected=0, member="ana")
    with pytest.raises(Conflict, match=f"'c1' is at revision 1, but this change was made from revision {expected}"):
        records.save("card", "c1", {"n": 1}, expected=expected, member="bo")
    assert [one.document for one in records.history("card", "c1")] == [{"n": 0}]


def test_of_many_writers_at_once_one_wins_each_time(opened: Opener):
    stores = [opened() for _ in range(4)]

    def save(number: int) -> bool:
        try:
            stores[number % 4].save("card", "c1", {"n": number}, expected=0, member="ana")
        except Conflict:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(save, range(16))) == 1
    assert len(stores[0].history("card", "c1")) == 1


def test_writers_who_read_again_after_a_conflict_lose_nothing(opened: Opener):
    stores = [opened() for _ in range(3)]
    stores[0].save("count", "c", {"n": 0}, expected=0, member="ana")

    def add_ten(store: SqlRecords) -> None:
        added = 0
        while added < 10:
            now = store.load("count", "c")
            try:
                store.save("count", "c", {"n": now.document["n"] + 1}, expected=now.revision, member="ana")
            except Conflict:
                continue
            added += 1

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(add_ten, stores))
    assert stores[0].load("count", "c").document == {"n": 30}
    assert stores[0].load("count", "c").revision == 31


def test_the_newest_of_each_record_of_a_kind_is_listed_by_id(records: RecordStore):
    for id in ("b", "a", "C"):
        records.save("card", id, {"n": 1}, expected=0, member="ana")
    records.save("card", "a", {"n": 2}, expected=1, member="ana")
    records.save("goal", "a", {"n": 3}, expected=0, member="ana")
    assert [(one.id, one.revision, one.document["n"]) for one in records.list("card")] == [("C", 1, 1), ("a", 2, 2), ("b", 1, 1)]
    assert records.list("nothing") == ()


def test_the_stamp_of_a_kind_changes_with_each_of_its_revisions(records: RecordStore):
    stamps = [records.stamp("card")]
    records.save("card", "a", {"n": 1}, expected=0, member="ana")
    stamps.append(records.stamp("card"))
    records.save("goal", "a", {"n": 1}, expected=0, member="ana")
    assert records.stamp("card") == stamps[-1]
    records.save("card", "a", {"n": 2}, expected=1, member="ana")
    stamps.append(records.stamp("card"))
    assert [count for count, _ in stamps] == [0, 1, 2]
    assert stamps[0] == (0, 0)


def test_what_is_not_there_is_missing_in_words(records: RecordStore):
    with pytest.raises(Missing, match=r"There is no card 'c1'\."):
        records.load("card", "c1")
    records.save("card", "c1", {}, expected=0, member="ana")
    with pytest.raises(Missing, match="There is no card 'c1' in revision 2"):
        records.load("card", "c1", 2)
    assert records.history("card", "c2") == ()


@pytest.mark.parametrize("value", [float("nan"), float("inf"), NOON, {1, 2}, "\ud800"])
def test_a_document_that_is_not_json_is_refused(records: RecordStore, value):
    with pytest.raises(BadInput, match="The document of card 'c1' is not JSON"):
        records.save("card", "c1", {"value": value}, expected=0, member="ana")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"why": "a\x00b"}, "The why of a record"),
        ({"member": "m" * 201}, "201 characters"),
        ({"id": "\ud800"}, "The id of a record"),
    ],
)
def test_words_that_no_database_could_keep_are_refused(records: RecordStore, words, said):
    with pytest.raises(BadInput, match=said):
        records.save(**{"kind": "card", "id": "c", "document": {}, "expected": 0, "member": "ana"} | words)


def test_names_are_parameters_and_never_part_of_a_statement(records: RecordStore):
    hostile = "'; DROP TABLE records; --"
    records.save(hostile, hostile, {"a": hostile}, expected=0, member=hostile, why=hostile)
    assert records.list(hostile)[0].why == hostile


def test_a_moment_keeps_its_microseconds_and_is_in_utc(tmp_path: Path):
    moment = datetime(2026, 3, 1, 12, 0, 0, 123457, tzinfo=UTC) + timedelta(hours=1)
    records = open_records(tmp_path / "r.sqlite", clock=lambda: moment)
    records.save("card", "c", {}, expected=0, member="ana")
    assert records.load("card", "c").at == moment
    records.close()


def test_records_stay_after_closing(opened: Opener):
    first = opened()
    first.save("card", "c1", {"n": 1}, expected=0, member="ana")
    first.close()
    assert opened().load("card", "c1").document == {"n": 1}


def test_many_openers_of_an_empty_place_make_its_tables_once(opened: Opener):
    with ThreadPoolExecutor(4) as pool:
        stores = list(pool.map(lambda _: opened(), range(8)))
    assert stores[0].save("card", "c1", {}, expected=0, member="ana") == 1
    assert all(store.load("card", "c1").revision == 1 for store in stores)


def test_the_steps_make_the_tables_that_the_code_describes(opened: Opener):
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with opened()._reading() as connection:
        assert MEMBERS.metadata is METADATA
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_records_of_a_newer_version_are_refused_and_left_alone(opened: Opener):
    store = opened()
    store.save("card", "c1", {}, expected=0, member="ana")
    with store._writing() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(
        BadInput, match=r"written by a newer Touchpath \(their tables are at '9999', this version knows up to '0002'\)"
    ):
        opened()
    assert store.load("card", "c1").revision == 1


def test_sqlite_waits_writes_ahead_and_reaches_the_disk(tmp_path: Path):
    records = open_records(tmp_path / "r.sqlite")
    with records._reading() as connection:
        settings = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    records.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


@pytest.mark.parametrize(
    ("place", "error", "said"),
    [
        ("nonsense", BadInput, "The database URL cannot be read"),
        ("mysql://localhost/x", BadInput, "Records cannot be kept in mysql"),
        ("postgresql://nobody:secret@127.0.0.1:1/x", Unavailable, "The records database cannot be used now"),
    ],
)
def test_a_place_that_cannot_keep_records_is_refused_without_telling_its_password(place, error, said):
    with pytest.raises(error, match=said) as caught:
        open_records(place)
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_database_is_refused_in_words(tmp_path: Path):
    (tmp_path / "r.sqlite").write_text("not a database, " * 100)
    with pytest.raises(Unavailable, match="file is not a database"):
        open_records(tmp_path / "r.sqlite")
