"""People and words are found, whatever came last, and nothing of the forgotten is."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from touchpath.model.errors import Unavailable
from touchpath.store.signals import SIGNAL_SCHEMA
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.search_index import SearchIndex

START = datetime(2026, 3, 1, tzinfo=UTC)


def signal(number: int, actor: str | None, text: str | None = None, **fields: object) -> dict[str, object]:
    row = dict.fromkeys(SIGNAL_SCHEMA.names)
    at = START + timedelta(minutes=number)
    row |= {"source": "survey", "id": str(number), "kind": "survey.answered", "occurred_at": at, "received_at": at}
    return row | {"actors": [actor] if actor else [], "text": text, "objects": [], **fields}


def table(*rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=SIGNAL_SCHEMA)


@pytest.fixture
def lake(tmp_path):
    with DeltaLake(tmp_path / "lake") as lake:
        yield lake


@pytest.fixture
def index(lake, tmp_path):
    return SearchIndex(tmp_path / "search.sqlite", lake)


def test_an_empty_lake_has_nobody(index):
    assert index.find_actors("", 10) == []
    assert index.find_texts("anything", 10) == []


def test_actors_are_found_by_a_part_of_their_id_best_match_first(lake, index):
    lake.append(table(signal(1, "user:142"), signal(2, "user:42"), signal(3, "user:42"), signal(4, None)))
    assert [(found.actor, found.signals) for found in index.find_actors("42", 10)] == [("user:42", 2), ("user:142", 1)]


@pytest.mark.parametrize("text", ["%", "_", "\\", "'; DROP TABLE actors; --"])
def test_what_is_searched_is_never_a_pattern_or_a_statement(lake, index, text):
    lake.append(table(signal(1, "user:1")))
    assert index.find_actors(text, 10) == []
    assert [found.actor for found in index.find_actors("user", 10)] == ["user:1"]


def test_new_texts_are_found_in_the_next_look(lake, index):
    lake.append(table(signal(1, "user:1", "The courier was late")))
    assert index.find_texts("cour late", 10)[0].text == "The courier was late"
    lake.append(table(signal(2, "user:2", "Late again")))
    assert [found.actor for found in index.find_texts("late", 10)] == ["user:2", "user:1"]


@pytest.mark.parametrize("words", ['"', "NOT", "a AND", "*", "late*)", "col:late ^"])
def test_words_are_never_read_as_operators(lake, index, words):
    lake.append(table(signal(1, "user:1", "late")))
    assert isinstance(index.find_texts(words, 10), list)


def test_a_corrected_text_replaces_the_old_one(lake, index):
    lake.append(table(signal(1, "user:1", "Fine")))
    index.find_texts("fine", 1)
    lake.append(table(signal(1, "user:1", "Awful")))
    assert index.find_texts("fine", 10) == []
    assert [found.text for found in index.find_texts("awful", 10)] == ["Awful"]
    assert index.find_actors("user:1", 1)[0].signals == 1


def test_texts_carry_the_fields_their_rules_need(lake, index):
    said = signal(1, "user:1", "Hi", properties='{"question": "nps", "score": 9, "gone": null}', channel="web")
    lake.append(table(said | {"objects": [("response", "r1")], "value": 9.0}))
    (found,) = index.texts_of(["survey.answered"])
    assert found.fields == {
        "source": "survey",
        "channel": "web",
        "objects.response": "r1",
        "properties.question": "nps",
        "properties.score": "9",
    }
    assert found.value == 9.0
    assert list(index.texts_of(["other.kind"])) == []


def test_nothing_of_the_forgotten_is_left_in_the_file(lake, index, tmp_path):
    lake.append(table(signal(1, "user:secret-name", "My unspeakable words"), signal(2, "user:2", "Others stay")))
    assert index.find_texts("unspeakable", 1)
    lake.forget(["user:secret-name"])
    assert index.find_actors("secret", 10) == []
    assert [found.text for found in index.find_texts("stay", 10)] == ["Others stay"]
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("search.sqlite*"))
    assert b"secret-name" not in kept
    assert b"unspeakable" not in kept


class Interrupted:
    """A lake to which somebody appends just when the index has asked for its version."""

    def __init__(self, lake: DeltaLake, rows: pa.Table) -> None:
        self._lake, self._waiting = lake, [rows]

    @property
    def version(self) -> int:
        version = self._lake.version
        if self._waiting:
            self._lake.append(self._waiting.pop())
        return version

    def scan(self, columns, **wanted):
        return self._lake.scan(columns, **wanted)


def test_signals_that_come_while_the_index_looks_are_counted_once(lake, tmp_path):
    lake.append(table(signal(1, "user:1")))
    SearchIndex(tmp_path / "search.sqlite", lake).find_actors("", 10)
    lake.append(table(signal(2, "user:1")))
    index = SearchIndex(tmp_path / "search.sqlite", Interrupted(lake, table(signal(3, "user:1"))))
    for _ in range(3):
        (found,) = index.find_actors("user:1", 10)
    assert found.signals == 3


def test_many_threads_and_two_indexes_of_one_file_count_everything_once(lake, tmp_path):
    indexes = [SearchIndex(tmp_path / "search.sqlite", lake) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        for number in range(10):
            lake.append(table(signal(number, "user:1", f"text {number}")))
            found = list(pool.map(lambda index: index.find_actors("user", 5), indexes * 3))
            assert {actors[0].signals for actors in found} == {number + 1}
    assert len(indexes[0].find_texts("text", 100)) == 10


def test_a_damaged_file_says_what_to_do(lake, tmp_path):
    (tmp_path / "search.sqlite").write_bytes(b"no database at all" * 100)
    with pytest.raises(Unavailable, match="Delete it"):
        SearchIndex(tmp_path / "search.sqlite", lake).find_actors("", 1)
