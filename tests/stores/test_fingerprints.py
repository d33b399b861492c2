"""Vectorised keys are those of the model, and fingerprints are equal just when contents are."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.keys import name_key, signal_hash
from touchpath.stores.fingerprints import actor_keys, contents, identities
from touchpath.timelines.nobody import name_nobody

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
FEW = st.sampled_from(["", "a", "b", "ab", None])
CONTENT = st.fixed_dictionaries(
    {
        "actors": st.none() | st.lists(st.sampled_from(["", "a", "b", "ab"]), max_size=3),
        "objects": st.none() | st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from(["", "a", "b"]), max_size=2),
        "account": FEW,
        "channel": FEW,
        "unit": FEW,
        "value": st.none() | st.sampled_from([0.0, -0.0, 1.0]),
        "utc_offset_minutes": st.none() | st.sampled_from([0, 1]),
    }
)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=10))
def test_identities_are_those_of_the_model(pairs):
    sources, ids = (pa.chunked_array([pa.array([pair[n] for pair in pairs], pa.string())]) for n in (0, 1))
    high, low = identities(sources, ids)
    expected = [signal_hash(source, id) for source, id in pairs]
    assert [h.tobytes()[::-1] + k.tobytes()[::-1] for h, k in zip(high, low, strict=True)] == expected


@given(st.lists(st.none() | st.lists(TEXT | st.sampled_from(["user:null", "user:0", "user:7"]), max_size=3), max_size=10))
def test_actor_keys_are_those_of_the_first_actor_who_is_somebody(actors):
    keys = actor_keys(pa.chunked_array([pa.array(actors, pa.list_(pa.string()))]))
    somebody = [[name for name in names or () if not name_nobody(pa.array([name]))[0]] for names in actors]
    assert keys.to_pylist() == [name_key(names[0]) if names else None for names in somebody]


@given(st.lists(CONTENT, min_size=1, max_size=12))
def test_fingerprints_are_equal_just_when_contents_are(signals, rows):
    prints = contents(signals(*(row | {"objects": list((row["objects"] or {}).items())} for row in rows))).tolist()
    meanings = [row | {"actors": row["actors"] or [], "objects": row["objects"] or {}} for row in rows]
    for one, meaning in zip(prints, meanings, strict=True):
        assert [other == one for other in prints] == [other == meaning for other in meanings]


def test_fingerprints_do_not_depend_on_chunks_or_slices(signals):
    table = signals(
        *({"id": str(n), "objects": [("order", str(n))], "actors": ["a"] * (n % 3), "text": "x" * n} for n in range(9))
    )
    whole = contents(table).tolist()
    assert contents(pa.concat_tables([table.slice(0, 4), table.slice(4)])).tolist() == whole
    assert contents(table.slice(3, 5)).tolist() == whole[3:8]
