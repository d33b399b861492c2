"""The four example imports reproduce what is known of the data, counted in the lake."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from touchpath.metrics.catalogue import QUESTION_SCALES
from touchpath.model.parse import parse_model
from touchpath.services.imports import ImportService
from touchpath.sources.files import FileSource, parse_mapping
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.import_jobs import ImportJobFiles
from touchpath.stores.quarantine import QuarantineFile

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
SHARED = ROOT.parent / "shared" / "data"

needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)"
)


def imported(folder, *files):
    """All signals of some files in one fresh lake, and the reports."""
    with DeltaLake(folder / "lake") as lake:
        service = ImportService(
            FileSource(),
            lake,
            QuarantineFile(folder / "quarantine"),
            ImportJobFiles(folder / "jobs"),
            lambda: datetime(2026, 1, 1, tzinfo=UTC),
        )
        reports = [service.run(SHARED / file, EXAMPLES / mapping) for file, mapping in files]
        columns = ("kind", "actors", "value", "text", "properties", "objects", "occurred_at", "utc_offset_minutes")
        rows = [row for batch in lake.scan(columns) for row in batch.to_pylist()]
        return rows, {one.kind: one.signals for one in lake.kinds()}, reports


def said(rows, kind):
    """The properties of all signals of a kind."""
    return [json.loads(row["properties"] or "{}") for row in rows if row["kind"] == kind]


def people(rows, kind):
    return {row["actors"][0] for row in rows if row["kind"] == kind}


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/mapping*.yaml")), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_example_mapping_parses(path):
    assert parse_mapping(path.read_text(), path.name).signals


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*/model.yaml")), ids=lambda path: path.parent.name)
def test_every_example_model_parses_and_says_that_its_data_is_real(path):
    model = parse_model(path.read_text(), path.name, QUESTION_SCALES)
    assert model.about.startswith("Real data: ")
    assert model.journeys


@pytest.mark.parametrize("name", ["orders", "loans", "onboarding", "usability"])
def test_an_example_model_reads_only_kinds_that_its_mappings_make(name):
    model = parse_model((EXAMPLES / name / "model.yaml").read_text(), "model.yaml", QUESTION_SCALES)
    made = set()
    for path in EXAMPLES.glob(f"{name}/mapping*.yaml"):
        for signal in parse_mapping(path.read_text(), path.name).signals:
            value = signal.kind.value
            made |= set(value.words.values()) or {value.take.value}
    assert {kind for rule in model.rules() for kind in rule.kinds} <= made


@needs_shared
def test_orders_and_reviews_reproduce_the_known_facts(tmp_path):
    folder = "olist-orders-4k"
    rows, kinds, reports = imported(
        tmp_path,
        (f"{folder}/orders.csv.gz", "orders/mapping.yaml"),
        (f"{folder}/order_reviews.csv.gz", "orders/mapping-reviews.yaml"),
    )
    assert [(r.read, r.rejected, r.silent, r.people_unknown) for r in reports] == [(4000, 0, 0, 0), (3986, 0, 0, 0)]
    assert kinds == {
        "order.placed": 4000,
        "order.approved": 3994,
        "order.handed_over": 3939,
        "order.delivered": 3898,
        "order.failed": 40,
        "survey.sent": 3986,
        "survey.answered": 3986,
    }
    answers = [row for row in rows if row["kind"] == "survey.answered"]
    assert sum(row["value"] for row in answers) / len(answers) == pytest.approx(4.080, abs=5e-4)
    assert sum(row["text"] is not None for row in answers) == 1656
    assert len(people(rows, "order.placed")) == 3998
    of_delivery = [json.loads(row["properties"]).get("delivery") for row in answers]
    late, on_time = of_delivery.count("late"), of_delivery.count("on time")
    assert late / (late + on_time) == pytest.approx(0.0831, abs=5e-5)
    mean = {
        way: sum(r["value"] for r, w in zip(answers, of_delivery, strict=True) if w == way) / of_delivery.count(way)
        for way in ("late", "on time")
    }
    assert (round(mean["late"], 2), round(mean["on time"], 2)) == (2.43, 4.29)
    assert sum(one["delivery"] == "late" for one in said(rows, "order.delivered")) == 335


@needs_shared
def test_the_loan_log_reproduces_the_known_facts(tmp_path):
    rows, kinds, (report,) = imported(tmp_path, ("bpi2012-loan-applications/events.csv.gz", "loans/mapping.yaml"))
    assert (report.read, report.signals, report.rejected, report.silent) == (262_200, 262_200, 0, 0)
    assert (kinds["application.approved"], kinds["application.declined"], kinds["application.cancelled"]) == (2246, 7635, 2807)
    assert len(people(rows, "application.submitted")) == 13_087
    assert (len(people(rows, "offer.sent")), len(people(rows, "offer.accepted"))) == (5015, 2243)
    outcomes = [people(rows, f"application.{end}") for end in ("approved", "declined", "cancelled")]
    assert sum(map(len, outcomes)) == len(set.union(*outcomes)) == 12_688
    assert {row["utc_offset_minutes"] for row in rows} == {60, 120}
    assert len({(kind, one["work"]) for kind in kinds if kind.startswith("work.") for one in said(rows, kind)}) == 19


@needs_shared
def test_the_onboarding_log_reproduces_the_known_facts(tmp_path):
    rows, kinds, (report,) = imported(tmp_path, ("app-onboarding-events/events.csv.gz", "onboarding/mapping.yaml"))
    assert (report.read, report.signals, report.rejected) == (30_943, 30_943, 0)
    assert len({row["actors"][0] for row in rows}) == 4139
    reached = {kind: len(people(rows, kind)) for kind in kinds}
    assert (reached["welcome.viewed"], reached["login.choice_viewed"], reached["privacy.accepted"]) == (4120, 2160, 2038)
    assert (
        (reached["onboarding.passed"], reached["onboarding.lost"])
        == (kinds["onboarding.passed"], kinds["onboarding.lost"])
        == (2497, 1642)
    )
    assert not people(rows, "onboarding.passed") & people(rows, "onboarding.lost")
    times = [row["occurred_at"] for row in rows]
    assert (min(times).isoformat()[:16], max(times).isoformat()[:16]) == ("2018-09-30T21:00", "2018-10-01T20:59")


@needs_shared
def test_the_usability_study_reproduces_the_known_facts(tmp_path):
    folder = "heritrace-usability-study"
    rows, kinds, _ = imported(
        tmp_path,
        (f"{folder}/tasks.csv", "usability/mapping-tasks.yaml"),
        (f"{folder}/sus_items.csv", "usability/mapping-sus.yaml"),
    )
    assert kinds["task.started"] == 36
    assert [kinds[f"task.{end}"] for end in ("completed", "partly_completed", "completed_late", "failed")] == [29, 3, 2, 2]
    assert kinds["survey.answered"] == 90
    scores = {}
    for row in rows:
        if row["kind"] == "survey.answered":
            item = json.loads(row["properties"])["item"]
            points = row["value"] - 1 if item % 2 else 5 - row["value"]
            scores[row["actors"][0]] = scores.get(row["actors"][0], 0) + 2.5 * points
    assert sorted(scores.values()) == [60, 62.5, 65, 70, 82.5, 90, 92.5, 92.5, 95]
    assert sum(scores.values()) / 9 == pytest.approx(78.889, abs=5e-4)
    started = {row["objects"][0][1]: row["occurred_at"] for row in rows if row["kind"] == "task.started"}
    ended = {
        row["objects"][0][1]: row["occurred_at"]
        for row in rows
        if row["kind"].startswith("task.") and "outcome" in row["properties"]
    }
    assert (ended["1e/edit_publication"] - started["1e/edit_publication"]).total_seconds() == 227
    assert all(
        started[row["objects"][0][1]] < row["occurred_at"] < ended[row["objects"][0][1]]
        for row in rows
        if row["kind"] == "task.error"
    )
    assert kinds["task.error"] == sum(
        int(line.rsplit(",", 1)[1]) for line in (SHARED / folder / "tasks.csv").read_text().splitlines()[1:]
    )
