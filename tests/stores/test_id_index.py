"""The id index answers like a dictionary, however it was filled, and says when it is not to be trusted."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.stores.id_index import FAN, Entries, IdIndex

# Few distinct halves, so that identities meet in one half and differ in the other.
HALF = st.sampled_from([0, 1, 2, 1 << 63, (1 << 64) - 1])
ENTRY = st.tuples(HALF, HALF, st.integers(0, 3), st.integers(0, 5))


def entries(rows) -> Entries:
    high, low, content, revision = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    return Entries(
        np.array(high, np.uint64), np.array(low, np.uint64), np.array(content, np.uint64), np.array(revision, np.int32)
    )


def known(index: IdIndex, asked) -> list[tuple[int, int, int]]:
    found = index.find(np.array([one for one, _ in asked], np.uint64), np.array([one for _, one in asked], np.uint64))
    return sorted(zip(found.asked.tolist(), found.content.tolist(), found.revision.tolist(), strict=True))


def many(count: int, seed: int = 0) -> Entries:
    random = np.random.default_rng(seed)
    wide = random.integers(0, 1 << 64, (3, count), np.uint64, endpoint=False)
    return Entries(wide[0], wide[1], wide[2], np.zeros(count, np.int32))


@given(
    st.lists(st.lists(ENTRY, max_size=20), max_size=8),
    st.lists(st.tuples(HALF, HALF), max_size=5),
    st.lists(st.tuples(HALF, HALF)),
)
def test_the_index_answers_like_a_dictionary(tmp_path_factory, batches, dropped, asked):
    folder = tmp_path_factory.mktemp("ids")
    index = IdIndex(folder, "lake")
    for version, rows in enumerate(batches):
        index.add(entries(rows), version)
    index.discard(np.array([h for h, _ in dropped], np.uint64), np.array([low for _, low in dropped], np.uint64), 99)
    rows = [row for batch in batches for row in batch if row[:2] not in dropped]
    expected = sorted((n, row[2], row[3]) for n, one in enumerate(asked) for row in rows if row[:2] == one)
    assert known(index, asked) == expected
    assert known(IdIndex(folder, "lake"), asked) == expected
    assert IdIndex(folder, "lake").covers == 99


def test_runs_stay_few_and_every_entry_is_found(tmp_path):
    index = IdIndex(tmp_path, "lake")
    for version in range(60):
        index.add(many(500, version), version)
    assert index.size == 30_000
    assert index.runs <= 3 * FAN
    for version in range(60):
        batch = many(500, version)
        assert np.array_equal(np.sort(index.find(batch.high, batch.low).asked), np.arange(500))
    assert len(list(tmp_path.glob("*.run"))) == index.runs


def test_merging_in_slices_of_memory_gives_one_sorted_run(tmp_path, monkeypatch):
    monkeypatch.setattr("touchpath.stores.id_index._CHUNK", 100)
    index = IdIndex(tmp_path, "lake")
    for version in range(FAN):
        index.add(many(700, version), version)
    assert index.runs == 1
    assert np.all(np.diff(index._runs[0].entries.high.astype(object)) >= 0)
    assert index.damaged() == []
    assert index.find(many(700, 2).high, many(700, 2).low).asked.size == 700


@pytest.mark.parametrize("harm", ["manifest", "seal", "missing", "short", "lake", "format"])
def test_an_index_that_cannot_be_trusted_covers_nothing(tmp_path, harm):
    IdIndex(tmp_path, "lake").add(many(10), 5)
    manifest, run = tmp_path / "manifest.json", next(tmp_path.glob("*.run"))
    body = json.loads(manifest.read_text())
    if harm == "manifest":
        manifest.write_text(manifest.read_text()[:-9])
    elif harm in ("seal", "format"):
        manifest.write_text(json.dumps(body | ({"covers": 6} if harm == "seal" else {"format": 0})))
    elif harm == "missing":
        run.unlink()
    elif harm == "short":
        run.write_bytes(run.read_bytes()[:-1])
    index = IdIndex(tmp_path, "another lake" if harm == "lake" else "lake")
    assert (index.covers, index.size) == (-1, 0)


def test_changed_bytes_of_a_run_are_noticed(tmp_path):
    IdIndex(tmp_path, "lake").add(many(10), 5)
    run = next(tmp_path.glob("*.run"))
    run.write_bytes(b"\x01" + run.read_bytes()[1:])
    assert IdIndex(tmp_path, "lake").damaged() == [run.name]
