"""Files of known tools: recognised, cut, resumed, refused and replayed, whatever shape their records have."""

import gzip
import json
import zipfile
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput, Missing
from touchpath.model.signal import Signal
from touchpath.services.formats import Chosen, Option
from touchpath.services.imports import ImportService
from touchpath.sources.files import parts
from touchpath.sources.files.feed import FileSource
from touchpath.sources.files.parts import Part
from touchpath.sources.formats import records
from touchpath.sources.formats.documents import elements
from touchpath.sources.formats.format import Sure
from touchpath.sources.formats.pieces import CsvShape, JsonShape
from touchpath.sources.formats.reading import moment_of
from touchpath.sources.formats.records import RecordFormat
from touchpath.sources.formats.registry import FORMATS, FormatSource
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.import_jobs import ImportJobFiles
from touchpath.stores.quarantine import QuarantineFile

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def begin(opening):
    def convert(row):
        if row["who"] == "nobody":
            opening.notes["rows of nobody"] += 1
            return
        for number in range(int(row.get("times", 1))):
            yield Signal(opening.source, f"{row['id']}/{number}", "seen", moment_of(row["at"], "at", opening.zone), (row["who"],))

    return convert


def tells(head):
    known = {"id", "who", "at"}
    return Sure(0.9, "it names who and when") if known <= head.keys or known <= set(head.header) else None


ZONE = Option("zone", "Which zone are its times in?", "zone", required=True)
PLAIN = RecordFormat("plain", "Plain log", "plain", JsonShape(), tells, begin)
LISTED = RecordFormat("listed", "Listed log", "listed", JsonShape(("rows",)), tells, begin)
TABLE = RecordFormat("table", "Table log", "table", CsvShape(2), tells, begin, (ZONE,))


@pytest.fixture
def imports(tmp_path, monkeypatch):
    monkeypatch.setattr(records, "MOST_RECORDS", 10)
    lake, quarantine = DeltaLake(tmp_path / "lake"), QuarantineFile(tmp_path / "quarantine")
    jobs = ImportJobFiles(tmp_path / "jobs")
    yield ImportService(FileSource(), lake, quarantine, jobs, lambda: NOW, FormatSource((PLAIN, LISTED, TABLE)))
    lake.close()


def row(i, **more):
    return {"id": i, "who": f"user:{i % 3}", "at": f"2026-03-01T00:00:{i % 60:02}Z", **more}


def lines(*rows):
    return "\n".join(json.dumps(one) for one in rows) + "\n"


def ids(imports):
    return sorted(one["id"] for batch in imports._lake.scan(["id"]) for one in batch.to_pylist())


def test_bad_records_cost_no_others_and_are_kept_with_line_text_and_reason(tmp_path, imports):
    path = tmp_path / "log.jsonl"
    path.write_text(lines(row(1), row(2, at="late")) + "{broken\n[1]\n\n" + lines(row(3, who="x"), row(4, times=2), {"id": 5}))
    report = imports.run(path, Chosen("plain"))
    assert (report.read, report.new, report.rejected) == (7, 3, 5)
    kept = imports.rejected(report.job)
    assert [(one.place, one.line) for one in kept] == [("log.jsonl", line) for line in (2, 3, 4, 6, 8)]
    assert [one.record for one in kept[:2]] == [json.dumps(row(2, at="late")), "{broken"]
    assert "'at' came as 'late'" in kept[0].reason
    assert "not written as a Plain log is (KeyError: 'who')" in kept[4].reason


def test_a_record_is_taken_whole_or_not_at_all(tmp_path, imports, monkeypatch):
    def two(opening):
        return lambda row: [Signal("s", f"{row['id']}{kind}", kind, NOW, ("user:1",)) for kind in ("a", row["who"])]

    service = FormatSource((RecordFormat("two", "Two", "s", JsonShape(), tells, two),))
    monkeypatch.setattr(imports, "_formats", service)
    path = tmp_path / "log.jsonl"
    path.write_text(lines(row(1, who="b"), row(2, who="")))
    report = imports.run(path, Chosen("two"))
    assert (report.new, report.rejected) == (2, 1)
    assert ids(imports) == ["1a", "1b"]


def test_refused_records_are_taken_when_read_again_with_other_answers(tmp_path, imports):
    path = tmp_path / "log.csv"
    path.write_text('id;who;at\nnumber;person;time\n1;user:1;2026-03-01 10:00\n2;user:2;"soon; ""maybe"""\n')
    report = imports.run(path, Chosen("table", {"zone": "Europe/Madrid"}))
    assert (report.new, report.rejected) == (1, 1)
    (kept,) = imports.rejected(report.job)
    assert (kept.line, kept.record) == (4, '2;user:2;"soon; ""maybe"""')
    imports._quarantine.keep(report.job, [type(kept)(kept.place, kept.line, kept.reason, "2;user:2;2026-03-01 11:00")])
    again = imports.replay(report.job, path, Chosen("table", {"zone": "UTC"}))
    assert (again.new, again.rejected) == (1, 0)
    assert imports.rejected(report.job) == []
    found = {r["id"]: r["occurred_at"].isoformat() for b in imports._lake.scan(["id", "occurred_at"]) for r in b.to_pylist()}
    assert found == {"1/0": "2026-03-01T09:00:00+00:00", "2/0": "2026-03-01T11:00:00+00:00"}


@pytest.mark.parametrize("text", ["rows", "list", "document", "one line", "packed"])
def test_the_same_records_are_found_however_json_holds_them(tmp_path, imports, text):
    rows = [row(i) for i in range(25)]
    plain = {
        "rows": lines(*rows),
        "list": json.dumps(rows, indent=2),
        "document": json.dumps({"count": 25, "more": {"rows": [1]}, "rows": rows, "next": None}, indent=1),
        "one line": "\ufeff" + json.dumps({"rows": rows}),
        "packed": lines(*rows),
    }[text]
    path = tmp_path / "log.json"
    path.write_bytes(gzip.compress(plain.encode()) if text == "packed" else plain.encode())
    report = imports.run(path, Chosen("listed"))
    assert (report.read, report.new, report.rejected, report.share_done) == (25, 25, 0, 1)


def test_what_a_zip_holds_is_read_in_order_and_stays_replayable(tmp_path, imports):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("day_10.json", lines(row(3)))
        packed.writestr("day_2.json.gz", gzip.compress(lines(row(1), row(2, at="?")).encode()))
        packed.writestr("../../../evil.json", lines(row(4)))
        packed.writestr("__MACOSX/._day_2.json", b"\0\1")
        packed.mkdir("empty")
    assert [part.member for part in parts.parts_of(path)] == ["../../../evil.json", "day_2.json.gz", "day_10.json"]
    report = imports.run(path, Chosen("plain"))
    assert (report.new, report.rejected) == (3, 1)
    assert [(one.place, one.line) for one in imports.rejected(report.job)] == [("export.zip/day_2.json.gz", 2)]
    assert imports.replay(report.job, path, Chosen("plain")).rejected == 1
    assert not list(tmp_path.rglob("evil.json"))


def test_zips_that_cannot_be_read_say_why(tmp_path):
    (tmp_path / "empty.zip").write_bytes(b"PK\x05\x06" + bytes(18))
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as packed:
        packed.writestr(".hidden", "x")
    whole = (tmp_path / "none.zip").read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[:40])
    with pytest.raises(BadInput, match=r"none\.zip is a zip without files"):
        parts.parts_of(tmp_path / "none.zip")
    with pytest.raises(BadInput, match=r"cut\.zip is a damaged zip"):
        parts.parts_of(tmp_path / "cut.zip")
    with pytest.raises(Missing, match=r"no file"):
        parts.parts_of(tmp_path / "gone.zip")


def test_a_part_that_is_damaged_gives_what_came_before_and_says_so(tmp_path, imports):
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("a.json.gz", gzip.compress(lines(*(row(i) for i in range(1000))).encode())[:-900])
        packed.writestr("b.json", lines(row(2000)))
    report = imports.run(path, Chosen("plain"))
    (kept,) = imports.rejected(report.job)
    assert "ends in the middle" in kept.reason
    assert "2000/0" in ids(imports)
    assert report.new > 10


def test_gzip_made_to_fill_a_disk_is_given_up(tmp_path, imports, monkeypatch):
    from touchpath.sources.files import bytestream

    monkeypatch.setattr(bytestream, "SURELY_FINE", 1 << 20)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress(lines(row(1)).encode() + b" " * (60 << 20)))
    report = imports.run(path, Chosen("plain"))
    assert report.rejected == 1
    assert "unpacks to more than 250 times its size" in imports.rejected(report.job)[0].reason


@pytest.fixture
def little(monkeypatch):
    """Whatever unpacks to more than a megabyte is looked at."""
    from touchpath.sources.files import bytestream, parts

    for module in (bytestream, parts):
        monkeypatch.setattr(module, "SURELY_FINE", 1 << 20)


def test_a_zip_made_to_fill_a_disk_is_refused_before_anything_is_unpacked(tmp_path, imports, little):
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in "abc":
            packed.writestr(f"{name}.jsonl", lines(row(1)) + " " * (20 << 20))
    with pytest.raises(BadInput, match=r"bomb.zip unpacks to 62,9\d\d,\d\d\d bytes, more than 250 times its size"):
        imports.run(path, Chosen("plain"))


def test_gzip_inside_a_zip_is_measured_by_what_the_zip_holds(tmp_path, imports, little):
    path = tmp_path / "nested.zip"
    twice = gzip.compress(lines(row(1)).encode() + b" " * (60 << 20), mtime=0)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.jsonl.gz", twice)
        packed.writestr("b.jsonl", lines(row(2)))
    report = imports.run(path, Chosen("plain"))
    assert "unpacks to more than 250 times its size" in imports.rejected(report.job)[0].reason
    assert "2/0" in ids(imports)


def test_a_zip_whose_files_overlap_is_refused(tmp_path, imports, monkeypatch):
    path = tmp_path / "overlap.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("a.jsonl", lines(row(1)) * 50)
        first = packed.infolist()[0]
        for name in "bcd":
            again = zipfile.ZipInfo(f"{name}.jsonl")
            again.header_offset, again.compress_size, again.file_size, again.CRC = (
                first.header_offset,
                first.compress_size,
                first.file_size,
                first.CRC,
            )
            packed.filelist.append(again)
    with pytest.raises(BadInput, match="files overlap"):
        imports.run(path, Chosen("plain"))


def test_an_export_that_packs_well_is_read(tmp_path, imports, little):
    path = tmp_path / "fine.zip"
    said = "".join(map(str, range(2_000)))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.jsonl", lines(*(row(i, said=said) for i in range(300))))
    assert imports.run(path, Chosen("plain")).new == 300


class Killed(Exception):
    """Stands for a kill between two effects."""


@pytest.mark.parametrize("where", ["keep", "append", "save"])
@pytest.mark.parametrize("after", [False, True])
def test_a_kill_between_any_two_effects_loses_and_doubles_nothing(tmp_path, imports, monkeypatch, where, after):
    path = tmp_path / "log.jsonl"
    path.write_text(lines(*(row(i, at="?") if i % 7 == 0 else row(i) for i in range(55))))
    part = {"keep": imports._quarantine, "append": imports._lake, "save": imports._jobs}[where]
    real, calls = getattr(part, where), []

    def failing(*args, **kwargs):
        calls.append(1)
        if len(calls) == 3 and not after:
            raise Killed
        result = real(*args, **kwargs)
        if len(calls) == 3:
            raise Killed
        return result

    with monkeypatch.context() as patched:
        patched.setattr(part, where, failing)
        with pytest.raises(Killed):
            imports.run(path, Chosen("plain"))
    report = imports.run(path, Chosen("plain"))
    assert (report.read, report.rejected, report.new + report.unsplit, report.duplicates) == (55, 8, 47, 0)
    assert ids(imports) == sorted(f"{i}/0" for i in range(55) if i % 7)
    assert len(imports.rejected(report.job)) == 8


def test_options_are_checked_and_the_open_question_is_asked(tmp_path, imports):
    path = tmp_path / "log.csv"
    path.write_text("id,who,at\nnumber,person,time\n1,user:1,2026-03-01 10:00\n")
    with pytest.raises(BadInput, match=r"Which zone are its times in\? Say it with --option zone=Europe/Madrid"):
        imports.open(path, Chosen("table"))
    with pytest.raises(BadInput, match=r"no option 'zoen'\. There are: zone, source"):
        imports.open(path, Chosen("table", {"zoen": "UTC"}))
    with pytest.raises(BadInput, match=r"no time zone 'Mars'"):
        imports.open(path, Chosen("table", {"zone": "Mars"}))
    with pytest.raises(BadInput, match=r"No format is called 'tabel'.*Did you mean 'table'"):
        imports.open(path, Chosen("tabel"))
    shop = imports.open(path, Chosen("table", {"zone": "UTC", "source": "shop"}))
    assert shop.source == "shop"
    assert shop.identity != imports.open(path, Chosen("table", {"zone": "UTC"})).identity


def test_notes_of_converters_reach_the_report(tmp_path, imports):
    path = tmp_path / "log.jsonl"
    path.write_text(lines(*(row(i, who="nobody") for i in range(12)), row(1)))
    report = imports.run(path, Chosen("plain"))
    assert report.notes == {"rows of nobody": 12}
    assert report.silent == 12


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**18) | st.text(max_size=6),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=4), inside, max_size=3),
    max_leaves=12,
)


@given(rows=st.lists(JSON, max_size=6), before=JSON, indent=st.sampled_from([None, 1]))
def test_streamed_documents_hold_what_json_says_they_hold(tmp_path_factory, rows, before, indent):
    path = tmp_path_factory.getbasetemp() / "document.json"
    path.write_text(json.dumps({"before": before, "rows": rows, "after": [before]}, indent=indent, ensure_ascii=False))
    found = [one for one in elements(Part(path), ("rows",)) if not one.fault]
    assert [json.loads(one.text) for one in found] == rows


def test_a_document_of_many_blocks_is_streamed_and_its_break_is_told(tmp_path):
    path = tmp_path / "document.json"
    rows = [{"n": i, "text": "x" * 1000} for i in range(4000)]
    whole = json.dumps({"rows": rows}, indent=1)
    path.write_text(whole)
    found = list(elements(Part(path), ("rows",)))
    assert [json.loads(one.text)["n"] for one in found] == list(range(4000))
    assert [one.line for one in found[:3]] == [3, 7, 11]
    path.write_text(whole[: len(whole) // 2])
    *good, broken = elements(Part(path), ("rows",))
    assert [json.loads(one.text)["n"] for one in good] == list(range(len(good)))
    assert "not JSON" in broken.fault


@pytest.mark.parametrize("content", [b"", b"\n", b"\xff\xfe\x00", b"{", b"[", b"[1,", b"<x>", b"a,b\n1"])
def test_files_of_nothing_in_particular_are_recognised_as_nothing(tmp_path, content):
    path = tmp_path / "thing"
    path.write_bytes(content)
    assert FormatSource().recognise(path) == ()


@pytest.mark.parametrize("content", [b"PAR1", b"SQLite format 3\x00 and more"])
def test_damaged_files_say_what_they_are(tmp_path, content):
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"thing is (not a whole Parquet|a damaged SQLite) file"):
        FormatSource().recognise(path)


@pytest.mark.parametrize(
    ("format", "line"),
    [
        (
            "ga4",
            '{"event_date":"20260101","event_timestamp":"1767225600000000","event_name":"a","user_pseudo_id":"1.2","event_params":[]}',
        ),
        ("posthog", '{"event":"A","distinct_id":"u","timestamp":"2026-01-01T00:00:00Z","uuid":"x","properties":"PROPERTIES"}'),
        ("stripe", '{"id":"cus_1","object":"customer","created":1700000000}'),
    ],
)
def test_a_record_that_is_nested_without_end_costs_no_other(read, format, line):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    bad = line.replace("PROPERTIES", json.dumps(deep)[1:-1]) if "PROPERTIES" in line else f'{line[:-1]},"more":{deep}}}'
    good = line.replace("PROPERTIES", "{}")
    name, rows, refused, _ = read("export.jsonl", f"{good}\n{bad}\n{good}\n")
    assert (name, len(rows), len(refused)) == (format, 2, 1)


def test_every_format_has_a_name_of_its_own_and_asks_in_words():
    names = [one.known.name for one in FORMATS]
    assert len(set(names)) == len(names)
    for one in FORMATS:
        assert one.known.title
        assert all(option.question.strip().endswith((".", "?")) for option in one.known.options)
