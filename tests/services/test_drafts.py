"""The draft of a model: a revision each change, taken back, published onto what it began from, with comments kept."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from touchpath.model.edits import add, put
from touchpath.model.errors import BadInput, Conflict, ModelErrors
from touchpath.services.drafts import DraftService
from touchpath.services.models import ModelService
from touchpath.stores.records import open_records

TEXT = """format: touchpath-model/1
brand: {id: shop, title: Shop}
# Where we meet people
touchpoints:
  - {id: site, title: Web site}   # the old one
  - {id: till, title: Till, medium: physical}   # in the store
"""
RENAME = partial(put, place="touchpoints/site", noun={"title": "Site"})


class Desk:
    """A workspace's records with its models and drafts."""

    def __init__(self, place: Path) -> None:
        records = open_records(place / "records.sqlite")
        self.models = ModelService(records)
        self.drafts = DraftService(records, self.models, "shop", "The Shop")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    found = Desk(tmp_path)
    found.models.apply(TEXT, "ada", "the first")
    return found


def test_without_a_draft_the_published_text_is_shown_with_its_comments(desk: Desk) -> None:
    draft = desk.drafts.show()
    assert (draft.open, draft.base, draft.revision) == (False, 1, 0)
    assert "# in the store" in draft.text
    assert "revision: 1\n" in draft.text
    assert desk.models.export() == draft.text


def test_a_change_is_drafted_beside_what_is_published_and_taken_back(desk: Desk) -> None:
    draft = desk.drafts.change(RENAME, 0, "ben", "Site: changed")
    assert [str(one) for one in draft.changes] == ["touchpoints/site.title: 'Web site' became 'Site'"]
    assert (draft.open, draft.behind, draft.member, draft.why) == (True, False, "ben", "Site: changed")
    assert desk.models.current()[0].touchpoints[0].title == "Web site"
    back = desk.drafts.undo(1, "ben")
    assert (back.open, back.revision) == (False, 2)
    assert desk.drafts.undo(2, "ben").experience.touchpoints[0].title == "Site"


def test_publishing_makes_one_revision_and_keeps_comments(desk: Desk) -> None:
    desk.drafts.change(RENAME, 0, "ben", "Site: changed")
    desk.drafts.change(partial(add, place="touchpoints/mail", noun={"id": "mail", "title": "Mail"}), 1, "ben", "Mail: added")
    applied = desk.drafts.publish(2, "ben", "new names")
    assert (applied.revision, len(applied.changes)) == (2, 2)
    assert not desk.drafts.show().open
    text = desk.models.export()
    assert "# in the store" in text
    assert "# Where we meet people" in text
    assert desk.models.show().why == "new names"


def test_text_and_forms_change_the_same_draft(desk: Desk) -> None:
    text = desk.drafts.show().text.replace("Web site", "Shop window")
    desk.drafts.write(text, 0, "ada")
    draft = desk.drafts.change(partial(put, place="touchpoints/till", noun={"title": "Cash desk"}), 1, "ben", "Till")
    assert [one.title for one in draft.experience.touchpoints] == ["Shop window", "Cash desk"]
    assert "# the old one" in draft.text


def test_a_faulty_text_is_told_with_its_lines_and_nothing_is_kept(desk: Desk) -> None:
    with pytest.raises(ModelErrors) as refused:
        desk.drafts.write(TEXT + "tasks:\n  - {id: pay, title: Pay}\n", 0, "ada")
    assert [fault.line for fault in refused.value.faults] == [8, 8]
    assert desk.drafts.show().revision == 0


def test_who_changes_an_older_draft_is_told(desk: Desk) -> None:
    desk.drafts.change(RENAME, 0, "ben", "Site: changed")
    for refused in (
        lambda: desk.drafts.change(RENAME, 0, "ada", "x"),
        lambda: desk.drafts.write(TEXT, 0, "ada"),
        lambda: desk.drafts.publish(0, "ada", "x"),
        lambda: desk.drafts.undo(7, "ada"),
    ):
        with pytest.raises(Conflict):
            refused()
    assert desk.drafts.show().member == "ben"


def test_a_draft_that_fell_behind_is_not_published(desk: Desk) -> None:
    desk.drafts.change(RENAME, 0, "ben", "Site: changed")
    desk.models.apply(TEXT.replace("Till", "Desk"), "ada", "from the terminal", onto=1)
    assert desk.drafts.show().behind
    with pytest.raises(Conflict, match="revision 2"):
        desk.drafts.publish(1, "ben", "x")


def test_a_dropped_draft_comes_back(desk: Desk) -> None:
    desk.drafts.change(RENAME, 0, "ben", "Site: changed")
    dropped = desk.drafts.discard("ben")
    assert not dropped.open
    with pytest.raises(BadInput, match="no draft"):
        desk.drafts.publish(dropped.revision, "ben", "x")
    assert desk.drafts.undo(dropped.revision, "ben").open


def test_a_workspace_without_a_model_begins_with_its_name(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    persona = {"id": "regular", "title": "Regulars", "rule": {"kind": "order.placed"}}
    desk.drafts.change(partial(add, place="personas/regular", noun=persona), 0, "ada", "Regulars: added")
    assert desk.drafts.publish(1, "ada", "").revision == 1
    assert desk.models.current()[0].brand.title == "The Shop"
