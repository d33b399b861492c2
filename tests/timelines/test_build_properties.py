"""Reading single values out of JSON texts agrees with a JSON parser, for every text."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from touchpath.timelines.properties import read_properties

NAMES = ["page", "p", "a.b", "näme", 'quo"te']
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
)
objects = st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=3), values, max_size=5)


class Number(str):
    """A number as it was written."""


def slow_read(text: str, name: str) -> str | None:
    value = json.loads(text, parse_float=Number, parse_int=Number).get(name)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str) else None


def read(texts: list[str | None], name: str) -> list[str | None]:
    (found,) = read_properties(pa.array(texts, pa.string()), [name])
    return found.texts.to_pylist()


@given(st.lists(objects, max_size=6), st.booleans(), st.sampled_from([None, 2]), st.integers(0, 2))
def test_values_agree_with_a_json_parser(
    given_objects: list[dict[str, object]], plain: bool, indent: int | None, skip: int
) -> None:
    texts = [json.dumps(each, ensure_ascii=plain, indent=indent) for each in given_objects]
    found = list(read_properties(pa.array(texts, pa.string())[skip:], NAMES))
    assert [each.name for each in found] == NAMES
    for name, column in found:
        assert column.to_pylist() == [slow_read(text, name) for text in texts[skip:]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"page":1.10}', "1.10"),
        ('{"page": 1e3 }', "1e3"),
        ('{"page":12345678901234567890123}', "12345678901234567890123"),
        ('{"page":true}', "true"),
        ('{"page":null}', None),
        ('{"page":["a"]}', None),
        ('{"other":{"page":"inner"},"page":"outer"}', "outer"),
        ('{"page":"a\\u00e9\\"b"}', 'aé"b'),
        ('{"p\\u0061ge":"named with an escape"}', "named with an escape"),
        ('{"page":""}', ""),
        ("{}", None),
        ("", None),
        (None, None),
        ("no JSON", None),
        ('{"page":"never closed', None),
        ('{"page"', None),
        ('{"page":1,"', None),
    ],
)
def test_scalars_come_as_text(text: str | None, expected: str | None) -> None:
    assert read([text], "page") == [expected]
    assert read(['{"page":"before"}', text, '{"page":"after"}'], "page") == ["before", expected, "after"]


@given(st.text(alphabet='{}[]":,\\ ap1en', max_size=20))
@example('{"p":1}')
def test_no_text_however_broken_breaks_the_reader(text: str) -> None:
    assert read([text, '{"p":"kept"}'], "p")[1] == "kept"
