"""The guide on importing: its mappings parse, and it names every key."""

import dataclasses
import re
from pathlib import Path

import pytest

from touchpath.sources.files import parse_mapping
from touchpath.sources.files.bytestream import ENCODINGS
from touchpath.sources.files.clock import EPOCHS
from touchpath.sources.files.mapping import Reading, SignalRule, TimeRule, Value
from touchpath.sources.files.numbers import UNITS

GUIDE = (Path(__file__).parents[2] / "docs" / "guide" / "import.md").read_text()
BLOCKS = re.findall(r"```yaml\n(.*?)```", GUIDE, re.S)
HEAD = "format: touchpath-mapping/1\nsource: x\n"
SIGNALS = "signals: [{kind: a.b, id: id, occurred_at: at}]\n"


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n", 1)[0])
def test_every_mapping_in_the_guide_parses(block):
    if block.startswith("- kind"):
        block = f"{HEAD}signals:\n{block}"
    elif not block.startswith("format"):
        block = HEAD + SIGNALS + block
    assert parse_mapping(block, "import.md").signals


def test_the_guide_has_an_example_of_each_form():
    assert len(BLOCKS) >= 8


@pytest.mark.parametrize("noun", [Reading, SignalRule, TimeRule, Value])
def test_the_guide_names_every_key(noun):
    own = {"value", "take", "words"} if noun in (TimeRule, Value) else set()
    keys = {field.name for field in dataclasses.fields(noun)} - own
    assert {key for key in keys if not re.search(rf"`{key}`|\b{key}:", GUIDE)} == set()


@pytest.mark.parametrize(
    "word", [*ENCODINGS, *EPOCHS, *UNITS, "column", "columns", "literal", "row", "later", "map", "count", "split"]
)
def test_the_guide_names_every_choice(word):
    assert re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", GUIDE)
