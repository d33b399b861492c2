"""The model of a workspace: checked, applied as one revision, exported, and never overwritten by a stale file."""

from __future__ import annotations

import pytest
from records_in_memory import RecordsInMemory

from touchpath.model.errors import BadInput, Conflict, Missing, ModelErrors
from touchpath.services.models import Applied, ModelService

HEAD = "format: touchpath-model/1\nbrand: {id: shop, title: The Shop}\n"
WEB = HEAD + "channels: [{id: web, title: Web}]\n"


@pytest.fixture
def records() -> RecordsInMemory:
    return RecordsInMemory()


@pytest.fixture
def models(records: RecordsInMemory) -> ModelService:
    return ModelService(records)


def test_a_workspace_without_a_model_says_how_to_get_one(models):
    with pytest.raises(Missing, match="touchpath model apply FILE"):
        models.current()


def test_applying_a_file_writes_one_revision_with_who_and_why(models, records):
    applied = models.apply(WEB, "ana", "our first model")
    assert applied.revision == 1
    assert [str(change) for change in applied.changes] == ["brand: brand 'The Shop' added", "channels/web: channel 'Web' added"]
    assert len(records.rows) == 1
    kept = models.show()
    assert (kept.member, kept.why, kept.revision) == ("ana", "our first model", 1)
    assert kept.experience == models.check(WEB).experience


def test_a_model_of_a_brand_alone_is_a_model(models):
    assert models.apply(HEAD, "ana").revision == 1


def test_an_export_can_be_edited_and_applied(models):
    models.apply(WEB, "ana")
    text = models.export()
    assert "revision: 1" in text
    applied = models.apply(text.replace("title: Web", "title: Website"), "bo")
    assert applied.revision == 2
    assert [str(change) for change in applied.changes] == ["channels/web.title: 'Web' became 'Website'"]
    assert models.current()[0].channels[0].title == "Website"


def test_applying_what_is_there_already_writes_nothing(models, records):
    models.apply(WEB, "ana")
    assert models.apply(models.export(), "bo") == Applied(1, ())
    assert models.apply(WEB, "bo") == Applied(1, ())
    assert len(records.rows) == 1


def test_an_export_from_before_a_change_is_refused_and_names_who_changed_it(models, records):
    models.apply(WEB, "ana")
    stale = models.export().replace("title: Web", "title: Mine")
    models.apply(models.export().replace("title: Web", "title: Theirs"), "bo", "renamed")
    with pytest.raises(Conflict, match=r"was exported from revision 1, but the model is at revision 2 \(saved by bo: renamed\)"):
        models.apply(stale, "ana", file="shop.yaml")
    assert len(records.rows) == 2


def test_a_file_without_a_revision_does_not_overwrite_a_model(models):
    models.apply(WEB, "ana")
    with pytest.raises(Conflict, match=r"shop.yaml does not say which revision it changes.*write 'revision: 1' at the top"):
        models.apply(HEAD, "ana", file="shop.yaml")
    assert models.apply(HEAD, "ana", onto=1).revision == 2


def test_a_file_exported_elsewhere_does_not_start_a_model(models):
    with pytest.raises(Conflict, match="was exported from revision 4, but this workspace has no model yet"):
        models.apply(WEB + "revision: 4\n", "ana")


def test_a_faulty_file_changes_nothing(models, records):
    with pytest.raises(ModelErrors, match=r"shop\.yaml:3: a model has no key 'chanels'\. Did you mean 'channels'\?"):
        models.apply(HEAD + "chanels: []\n", "ana", file="shop.yaml")
    assert records.rows == []


def test_the_differences_are_told_without_writing(models, records):
    assert len(models.diff(WEB)) == 2
    models.apply(WEB, "ana")
    assert [str(change) for change in models.diff(HEAD)] == ["channels/web: channel 'Web' removed"]
    assert len(records.rows) == 1


def test_a_change_made_elsewhere_is_seen(records):
    here, there = ModelService(records), ModelService(records)
    here.apply(WEB, "ana")
    assert there.current()[1] == 1
    here.apply(HEAD, "ana", onto=1)
    assert there.current() == here.current()
    assert [record.revision for record in there.history()] == [2, 1]


def test_names_of_metrics_are_checked_when_they_are_known(records):
    text = HEAD + "questions: [{id: q, title: Q, asked: {kind: a}, scale: {low: 0, high: 10}, metric: npps}]"
    with pytest.raises(ModelErrors, match="Did you mean 'nps'"):
        ModelService(records, metrics=("nps",)).check(text)


def test_a_flow_is_kept_exported_and_changed_as_a_revision_of_its_own(models):
    steps = "".join(f"          - {{id: {name}, title: {name}, match: {{kind: {name}}}}}\n" for name in ("find", "shop", "phone"))
    plain = (
        f"{HEAD}journeys:\n  - id: buy\n    title: Buy\n    stages:\n      - id: all\n        title: All\n        steps:\n{steps}"
    )
    models.apply(plain, "ana")
    branched = models.export() + "  flow: [{repeat: find}, {one_of: [shop, phone]}]\n"
    applied = models.apply(branched, "ana", "two ways to buy")
    assert [str(change) for change in applied.changes] == ["journeys/buy.flow: set to [{repeat: find}, {one_of: [shop, phone]}]"]
    assert "  flow: [{repeat: find}, {one_of: [shop, phone]}]\n" in models.export()
    assert models.apply(models.export(), "ana") == Applied(2, ())


OWN = (
    WEB
    + """metrics:
  - {id: back, title: Came back, kind: ratio, numerator: {kind: ordered}, denominator: {kind: ordered}, window: 30d}
  - {id: spent, title: Spent, kind: mean, numerator: {kind: ordered}}
  - {id: both, title: Both, kind: composite, parts: [{metric: back, worst: 0, best: 1}, {metric: spent, worst: 0, best: 100}]}
"""
)


def test_a_metric_that_counts_something_else_needs_a_new_version(models, records):
    models.apply(OWN, "ana")
    silent = models.export().replace("window: 30d", "window: 60d").replace("title: Came back", "title: Back\n  window: 60d")
    with pytest.raises(BadInput, match=r"shop.yaml: metrics/back: window changed.*version is still 1\. Write 'version: 2'"):
        models.apply(silent, "bo", file="shop.yaml")
    assert len(records.rows) == 1
    said = silent.replace("title: Back\n", "title: Back\n  version: 2\n").replace("id: both\n", "id: both\n  version: 2\n")
    assert models.apply(said, "bo", "longer").revision == 2
    assert [(one.version, one.member, one.why, one.keys) for one in models.metric_history("back")] == [
        (2, "bo", "longer", ("window",)),
        (1, "ana", "", ()),
    ]
    assert models.metric_history("both")[0].keys == ("a version of a part",)


def test_a_new_version_can_be_given_on_applying_and_composites_follow(models):
    models.apply(OWN, "ana")
    silent = models.export().replace("title: Came back", "title: Came back\n  window: 60d")
    applied = models.apply(silent, "bo", new_versions=True)
    assert [(one.id, one.needed) for one in applied.new_versions] == [("back", 2), ("both", 2)]
    assert [(one.id, one.version) for one in models.current()[0].metrics] == [("back", 2), ("spent", 1), ("both", 2)]
    assert "metrics/back.version: 1 became 2" in [str(change) for change in applied.changes]


def test_a_version_does_not_go_back(models):
    models.apply(OWN.replace("window: 30d}", "window: 30d, version: 3}"), "ana")
    with pytest.raises(BadInput, match=r"metrics/back: its version goes back from 3 to 1\. Write 'version: 3'"):
        models.apply(OWN, "bo", onto=1)


def test_words_may_change_under_one_version(models):
    models.apply(OWN, "ana")
    assert models.apply(models.export().replace("title: Spent", "title: Order value\n  owner: CRM"), "bo").revision == 2
    assert [one.version for one in models.metric_history("spent")] == [1]
    assert models.metric_history("nothing") == ()


TASKS = (
    WEB
    + """tasks:
  - {id: pay, title: Pay, start: {kind: started}, success: {kind: paid}, limit: 30m}
metrics:
  - {id: sure, title: Sure, kind: composite, parts: [{metric: task_success, subject: pay, worst: 0, best: 1},
     {metric: active_people, worst: 0, best: 100}]}
  - {id: paying, title: Paying, kind: query, metric: search_success, query: {query: between, start: a, end: b, limit: 5m}}
"""
)


def test_a_changed_task_counts_its_versions_and_moves_the_metrics_that_rest_on_it(models):
    models.apply(TASKS, "ana", "first")
    assert [one.version for one in models.subject_history("task_success", "pay")] == [1]
    longer = models.export().replace("title: Pay\n", "title: Pay\n  limit: 1h\n").replace("title: Pay\n", "title: Paying\n")
    with pytest.raises(BadInput, match=r"metrics/sure: what a part is measured of changed.*Write 'version: 2'"):
        models.apply(longer, "bo")
    applied = models.apply(longer, "bo", "longer", new_versions=True)
    assert [(one.id, one.needed) for one in applied.new_versions] == [("sure", 2)]
    found = models.subject_history("task_success", "pay")
    assert [(one.version, one.member, one.why, one.keys) for one in found] == [
        (2, "bo", "longer", ("limit",)),
        (1, "ana", "first", ()),
    ]
    assert models.apply(models.export().replace("title: Paying\n", "title: Pay\n"), "bo").revision == 3
    assert [one.version for one in models.subject_history("task_time", "pay")] == [2, 1]
