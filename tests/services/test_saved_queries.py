"""Saved queries: every version stays, nothing is overwritten unseen, and what was taken away can come back."""

from __future__ import annotations

from pathlib import Path

import pytest

from touchpath.model.errors import BadInput, Conflict, Missing
from touchpath.services.saved_queries import SavedQueries, changed_lines, differences
from touchpath.stores.records import open_records

FUNNEL = {"query": "funnel", "steps": ["a", "b"]}


@pytest.fixture
def saved(tmp_path: Path) -> SavedQueries:
    return SavedQueries(open_records(tmp_path / "records.sqlite"))


def test_a_query_is_kept_with_who_when_and_why(saved: SavedQueries) -> None:
    one = saved.save("Check-out  funnel", FUNNEL, "kim", "for the review")
    assert (one.id, one.title, one.query, one.revision, one.member, one.why) == (
        "check-out-funnel", "Check-out funnel", "funnel", 1, "kim", "for the review",
    )  # fmt: skip
    assert saved.list() == (one,)


def test_versions_are_told_apart_and_an_older_one_comes_back_as_the_newest(saved: SavedQueries) -> None:
    saved.save("F", FUNNEL, "kim")
    saved.save("F", FUNNEL | {"window": "1d"}, "lee", "shorter", id="f", expected=1)
    saved.restore("f", 1, "kim")
    versions = saved.history("f")
    assert [(one.revision, one.member, "window" in one.document) for one in versions] == [
        (3, "kim", False), (2, "lee", True), (1, "kim", False),
    ]  # fmt: skip
    assert versions[0].why == "version 1 again"


def test_what_somebody_else_saved_meanwhile_is_not_overwritten(saved: SavedQueries) -> None:
    saved.save("F", FUNNEL, "kim")
    saved.save("F", FUNNEL | {"window": "1d"}, "lee", id="f", expected=1)
    with pytest.raises(Conflict):
        saved.save("F", FUNNEL | {"window": "2d"}, "kim", id="f", expected=1)
    with pytest.raises(Conflict, match="saved as 'F' already"):
        saved.save("f", FUNNEL, "kim")
    assert saved.show("f").document["window"] == "1d"


def test_the_same_document_is_no_new_version(saved: SavedQueries) -> None:
    saved.save("F", FUNNEL, "kim")
    assert saved.save("F", {"steps": ["a", "b"], "query": "funnel"}, "lee", id="f").revision == 1


def test_what_was_taken_away_is_listed_no_more_and_can_come_back(saved: SavedQueries) -> None:
    saved.save("F", FUNNEL, "kim")
    saved.remove("f", "kim")
    assert saved.list() == ()
    with pytest.raises(Missing):
        saved.show("f")
    assert saved.bring_back("f", "lee").document == FUNNEL


def test_titles_of_any_script_have_records_of_their_own(saved: SavedQueries) -> None:
    ids = {saved.save(title, FUNNEL, "kim").id for title in ("Воронка", "Трихтер", "漏斗", "F")}
    assert len(ids) == 4
    for title in ("", " ", "–"):
        with pytest.raises(BadInput, match="title"):
            saved.save(title, FUNNEL, "kim")


def test_differences_name_each_key_with_both_values() -> None:
    found = differences(
        {"query": "funnel", "steps": ["a"], "window": "1d"}, {"query": "funnel", "steps": ["a", "b"], "grain": "week"}
    )
    assert [(one.key, one.before, one.after) for one in found] == [
        ("steps", ["a"], ["a", "b"]), ("grain", None, "week"), ("window", "1d", None),
    ]  # fmt: skip
    assert changed_lines("a\nb\n", "a\nc\n") == ["  a", "- b", "+ c"]
