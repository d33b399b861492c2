"""Reports of import jobs, kept in files."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput
from touchpath.store.jobs import ImportReport
from touchpath.stores.import_jobs import ImportJobFiles

REPORT = ImportReport(
    "ab12", "shop", "orders.csv", datetime(2026, 1, 1, tzinfo=UTC), read=5, notes={"moved": 2}, position=50, total=200
)


def test_a_report_reads_back_as_it_was_saved(tmp_path):
    jobs = ImportJobFiles(tmp_path / "jobs")
    assert (jobs.load("ab12"), jobs.all()) == (None, [])
    jobs.save(REPORT)
    assert jobs.load("ab12") == REPORT
    jobs.save(replace(REPORT, read=9, complete=True))
    assert jobs.load("ab12").read == 9


def test_the_newest_job_comes_first(tmp_path):
    jobs = ImportJobFiles(tmp_path)
    jobs.save(REPORT)
    jobs.save(replace(REPORT, job="cd34", started_at=datetime(2026, 1, 2, tzinfo=UTC)))
    assert [report.job for report in jobs.all()] == ["cd34", "ab12"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"job": "ab12"}', '{"started_at": 3}'])
def test_a_damaged_job_file_says_what_to_do(tmp_path, content):
    (tmp_path / "ab12.json").write_text(content)
    with pytest.raises(BadInput, match="Delete it"):
        ImportJobFiles(tmp_path).load("ab12")


@pytest.mark.parametrize(
    ("position", "total", "complete", "share"), [(50, 200, False, 0.25), (0, 0, False, 0.0), (0, 0, True, 1.0)]
)
def test_a_report_tells_how_much_was_read(position, total, complete, share):
    assert replace(REPORT, position=position, total=total, complete=complete).share_done == share
