"""Records about a person go; in all others their ids and texts are blotted out, in every revision, and nothing else is."""

import pytest

from touchpath.stores.records import open_records

WORDS = ["user:4", "email:ab", "I am very unhappy."]


@pytest.fixture
def records(tmp_path):
    opened = open_records(tmp_path / "records.sqlite")
    yield opened
    opened.close()


def save(records, id, document, *, kind="note", **more):
    return records.save(
        kind, id, document, expected=records.revision(kind, id), member=more.get("member", "me"), why=more.get("why", "")
    )


def test_a_record_about_somebody_goes_with_all_its_revisions(records):
    save(records, "1", {"actor": "user:4"})
    save(records, "1", {"actor": "user:5"})
    save(records, "user:4", {"x": 1}, kind="case")
    save(records, "2", {"actor": "user:42"})
    assert records.forget(WORDS) == 2
    assert [record.id for kind in ("note", "case") for record in records.list(kind)] == ["2"]


def test_words_inside_other_records_are_blotted_out_in_every_revision(records):
    save(records, "1", {"quotes": ["user:4 said: I am very unhappy.", "fine"], "deep": {"user:4": [{"who": "email:ab"}]}})
    save(records, "1", {"quotes": []}, member="user:4", why="about user:4, not user:44")
    assert records.forget(WORDS) == 2
    newest, first = records.history("note", "1")
    assert first.document == {"quotes": ["(erased) said: (erased)", "fine"], "deep": {"(erased)": [{"who": "(erased)"}]}}
    assert (newest.member, newest.why) == ("(erased)", "about (erased), not user:44")


def test_a_text_that_somebody_quoted_whole_does_not_take_the_record_with_it(records):
    save(records, "1", {"title": "I am very unhappy.", "owner": "ann"})
    records.forget(WORDS)
    assert records.load("note", "1").document == {"title": "(erased)", "owner": "ann"}


def test_others_are_not_touched(records):
    save(records, "1", {"actor": "user:44", "text": "I am very unhappy. Not."}, why="user:4x")
    before = records.history("note", "1")
    assert records.forget(["user:4", ""]) == 0
    assert records.history("note", "1") == before


def test_what_names_somebody_can_be_listed(records):
    save(records, "1", {"actor": "user:4"})
    save(records, "2", {"text": "zu user:4 gehört es"})
    save(records, "3", {"text": "user:44"})
    assert [record.id for record in records.naming(["user:4"])] == ["1", "2"]
