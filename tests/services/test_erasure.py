"""After an erasure nothing readable of a person is left anywhere in the workspace."""

import gc
import types
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_shop import MODEL, START

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput

#: What belongs to the person to be forgotten, and to nobody else.
SECRETS = ("zorawyth", "quillonby", "merrowdene", "o-77413377", "acct-5550199", "dev-90210xx", "Vexhollow", "Tarnwick")
KEPT = "evergreen"


def signal(number: int, kind: str, *actors: str, **fields: object) -> Signal:
    return Signal("test", str(number), kind, START + timedelta(minutes=number), actors, **fields)  # type: ignore[arg-type]


def everything_about_one_and_a_little_about_another() -> Iterator[Signal]:
    theirs = {
        "account": "acct-5550199",
        "properties": {"city": "Vexhollow", "street": "Tarnwick Lane"},
        "objects": {"order": "o-77413377"},
    }
    yield signal(1, "page.viewed", "anonymous:dev-90210xx", surface="quillonby-web")
    yield signal(2, "user.signed_in", "user:zorawyth", "anonymous:dev-90210xx")
    yield signal(3, "order.placed", "user:zorawyth", text="Call me at merrowdene", **theirs)
    yield signal(
        4, "order.placed", "user:evergreen", text="evergreen thanks", properties={"city": "Evergreen"}, account="evergreen"
    )
    yield signal(5, "page.viewed", "user:evergreen", objects={"order": "evergreen-1"})


@pytest.fixture
def workspace(tmp_path):
    create_workspace(tmp_path / "shop")
    workspace = open_workspace(tmp_path / "shop")
    workspace.models.apply(MODEL, "me", "first")
    workspace.record(everything_about_one_and_a_little_about_another())
    with pytest.raises(BadInput):
        workspace.record([Signal("test", "bad", "", START, ("user:zorawyth",), text="merrowdene again")])
    yield workspace
    workspace.close()


def ask_everything(workspace) -> None:
    """Let every part derive what it derives."""
    platform = workspace.platform
    platform.overview(), platform.journey_map("buy", by="city", segment="Evergreen"), platform.find_people("ever")
    for unit in ("person", "account", "order"):
        workspace.timelines.open(unit, platform.experience().properties)


def readable(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file's bytes, Parquet unpacked."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield path, path.read_bytes()
            if path.suffix == ".parquet":
                table: pa.Table = pq.read_table(path)
                yield path, repr(table.to_pylist()).encode() + repr(table.schema.metadata).encode()


def holding(folder: Path, word: str) -> set[str]:
    return {str(path.relative_to(folder)) for path, contents in readable(folder) if word.lower().encode() in contents.lower()}


def test_every_secret_is_readable_before(workspace):
    ask_everything(workspace)
    for secret in SECRETS:
        assert holding(workspace.folder, secret), secret
    found = holding(workspace.folder, "Vexhollow")
    assert {name.split("/")[1] for name in found if name.startswith("timelines/")} == {
        "unit-person",
        "unit-account",
        "unit-order",
    }


def test_nothing_readable_is_left_after(workspace):
    ask_everything(workspace)
    assert workspace.forget(["user:zorawyth"]) == 4
    ask_everything(workspace)
    assert [secret for secret in SECRETS if holding(workspace.folder, secret)] == []
    assert holding(workspace.folder, KEPT)
    assert workspace.platform.find_people("evergreen")


def test_nothing_is_left_of_units_that_nobody_asks_for_again(workspace):
    ask_everything(workspace)
    workspace.forget(["anonymous:dev-90210xx"])
    assert [secret for secret in SECRETS if holding(workspace.folder, secret)] == []


def test_an_erasure_that_stopped_half_way_is_finished_by_the_same_call(workspace):
    ask_everything(workspace)
    workspace.signals.forget(["user:zorawyth", "anonymous:dev-90210xx"])
    workspace.forget(["user:zorawyth"])
    assert [secret for secret in SECRETS if holding(workspace.folder, secret)] == []


def test_all_ids_of_a_person_are_theirs(workspace):
    assert workspace.platform.ids_of("user:zorawyth") == ("anonymous:dev-90210xx", "user:zorawyth")
    assert workspace.platform.ids_of("user:nobody") == ("user:nobody",)


def test_on_a_device_that_was_handed_on_only_what_was_theirs_goes(workspace):
    hours = {11: 1, 12: 2, 13: 3, 14: 40, 15: 41}
    actors = {
        11: ("anonymous:tablet",),
        12: ("user:zorawyth", "anonymous:tablet"),
        13: ("anonymous:tablet",),
        14: ("user:evergreen", "anonymous:tablet"),
        15: ("anonymous:tablet",),
    }
    workspace.record(
        [Signal("tablet", str(n), "page.viewed", START + timedelta(hours=hour), actors[n]) for n, hour in hours.items()]
    )
    of_other = workspace.platform.person("user:evergreen").total
    assert workspace.platform.person("user:evergreen").entries[0].occurred_at == START + timedelta(hours=41)
    assert workspace.platform.ids_of("user:zorawyth") == ("anonymous:dev-90210xx", "user:zorawyth")
    assert workspace.forget(["user:zorawyth"]) == 6
    assert workspace.platform.person("user:evergreen").total == of_other + 1  # what was nobody's is theirs now
    assert [secret for secret in SECRETS if holding(workspace.folder, secret)] == []


# -- in memory ----------------------------------------------------------------------------------------------------------

#: Where a walk through memory goes no further: from here all of the program can be reached, this file's secrets among it.
_PROGRAM = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.FrameType, type)


def texts_held_by(root: object) -> Iterator[str]:
    """Every text that can be reached from an object, in lower case; bytes and arrays as they would be read."""
    seen, waiting = set[int](), [root]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, _PROGRAM):
            continue
        seen.add(id(one))
        if isinstance(one, str):
            yield one.lower()
        elif isinstance(one, bytes | bytearray | pa.Buffer | np.ndarray):
            yield bytes(one).decode("utf-8", "replace").lower()
        waiting.extend(gc.get_referents(one))


def in_memory(workspace) -> set[str]:
    texts = list(texts_held_by(workspace))
    return {secret for secret in SECRETS if any(secret.lower() in text for text in texts)}


def ask_what_is_kept(platform) -> None:
    """Fill every place that keeps something for the next question."""
    of = [{"kind": "order.placed", "where": {"surface": "quillonby-web"}}]
    platform.ask({"query": "volume", "of": ["order.placed"], "by": "city"})
    platform.ask({"query": "volume", "of": of, "who": {"segment": {"city": "Vexhollow"}}})
    platform.ask({"query": "values", "column": "properties.street", "of": "order.placed"})
    platform.ask({"query": "paths", "unit": "account"})
    platform.explain({"query": "volume", "of": ["order.placed"], "by": "city"}, run=True)
    platform.segments("city")


def test_nothing_of_them_stays_in_memory_before_anybody_asks_again(workspace):
    ask_everything(workspace)
    ask_what_is_kept(workspace.platform)
    assert in_memory(workspace) >= {"quillonby", "acct-5550199", "Vexhollow", "Tarnwick"}
    workspace.forget(["user:zorawyth"])
    assert in_memory(workspace) == set()
