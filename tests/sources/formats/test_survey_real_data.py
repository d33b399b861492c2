"""Real answers, written as a tool or a person would hand them in, come out with the published numbers and every word."""

import csv
import gzip
import io
import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from touchpath.services.formats import Chosen
from touchpath.sources.formats.offline import template
from touchpath.sources.formats.registry import FormatSource

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="the example data sets are not beside this checkout (../shared/data)")
NOW = datetime(2026, 7, 1, tzinfo=UTC)


def rows_of(name, delimiter):
    with gzip.open(SHARED / name, "rt", newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter=delimiter)


def imported(path, name, **options):
    """The signals of a file and what was refused."""
    rows, refused = [], []
    for batch in FormatSource().open(path, Chosen(name, options)).batches(NOW):
        rows += batch.signals.to_pylist()
        refused += batch.rejected
    return rows, refused


def net_promoter(scores, low):
    """Share of 9 and 10 less share of `low` to 6, in points."""
    return 100 * (sum(score >= 9 for score in scores) - sum(low <= score <= 6 for score in scores)) / len(scores)


def test_a_community_survey_comes_through_a_qualtrics_export_with_its_score_and_every_word(tmp_path):
    """3,080 people; the score of 72.13 over 3,018 of them was computed with pandas from the file itself."""
    asked = {"QID1": "Qrecommend", "QID2_TEXT": "Qlike_best", "QID3_TEXT": "Qchange_one_thing", "QID4": "Qr_enjoyment"}
    people = list(rows_of("r-community-survey/2018_english.tsv.gz", "\t"))
    path = tmp_path / "community.tsv"
    ids = [
        {"ImportId": "_recordId"},
        {"ImportId": "endDate", "timeZone": "UTC"},
        {"ImportId": "finished"},
        *({"ImportId": id} for id in (*asked, "QID1_NPS_GROUP")),
        {"ImportId": "Country"},
    ]
    with path.open("w", newline="", encoding="utf-16") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["ResponseId", "EndDate", "Finished", "Q1", "Q2", "Q3", "Q4", "Q1_NPS_GROUP", "Country"])
        writer.writerow(
            [
                "Response ID",
                "End Date",
                "Finished",
                "How likely ...?",
                "Like\nbest?",
                'Change "one"?',
                "Enjoy, or not?",
                "Group",
                "Country",
            ]
        )
        writer.writerow(json.dumps(id) for id in ids)
        for number, one in enumerate(people):
            when = one["Qtime"].replace("T", " ").removesuffix("Z")
            writer.writerow([f"R_{number}", when, "1", *(one[name] for name in asked.values()), "", one["Qcountry"]])
    rows, refused = imported(path, "qualtrics")
    assert refused == []
    told = [(row, json.loads(row["properties"])) for row in rows if row["kind"] == "survey.answered"]
    scores = [row["value"] for row, about in told if about.get("scale") == "nps"]
    assert (len(scores), round(net_promoter(scores, 1), 2)) == (3018, 72.13)
    for question, name in (("QID2", "Qlike_best"), ("QID3", "Qchange_one_thing")):
        words = Counter(row["text"] for row, about in told if about["question"] == question)
        assert words == Counter(one[name].strip() for one in people if one[name].strip() not in ("", "-99"))
    assert Counter(kind["kind"] for kind in rows)["survey.completed"] == 3080


def test_an_airport_survey_comes_through_the_paper_sheet_with_its_score(tmp_path):
    """2,831 passengers; 39.84 over 2,746 of them, the 84 marked 11 left out, was computed with pandas from the file itself."""
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, [name for name, _ in template("paper-questionnaires").columns], restval="")
    writer.writeheader()
    for number, one in enumerate(rows_of("sfo-passenger-survey/2017.csv.gz", ",")):
        common = {"response": f"p{number}", "at": "2017-05-20 12:00", "zone": "America/Los_Angeles", "survey": "sfo-2017"}
        if one["NETPRO"].strip().isdigit():
            writer.writerow({**common, "question": "recommend", "scale": "nps", "value": one["NETPRO"]})
    path = tmp_path / "airport.csv"
    path.write_text(sheet.getvalue())
    rows, refused = imported(path, "paper-questionnaires")
    assert refused == []
    scores = [row["value"] for row in rows if row["value"] <= 10]
    assert (len(scores), round(net_promoter(scores, 0), 2), sum(row["value"] == 11 for row in rows)) == (2746, 39.84, 84)
    assert {next(iter(row["actors"])).partition("-p")[0] for row in rows} == {"anonymous:paper-questionnaires"}
