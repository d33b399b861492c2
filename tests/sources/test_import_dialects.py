"""Delimited text in every dialect: what is read, what is refused, and on which line it stood."""

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput, Missing
from touchpath.sources.files.csv_rows import CsvLayout, CsvRows
from touchpath.sources.files.mapping import Reading
from touchpath.sources.files.opening import open_rows
from touchpath.sources.files.records import Dialect, find_records

ROWS = [["id", "name", "note"], ["1", "Zoë", 'said "no", twice'], ["2", "Łukasz", "two\nlines"], ["3", "Ann", ""]]


def written(rows, delimiter=",", ending="\n", quoting=csv.QUOTE_MINIMAL):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=quoting).writerows(rows)
    return out.getvalue()


FOUND_OUT = Reading()


def read(path, reading=FOUND_OUT, wanted=None):
    """All cells, lines, and (line, reason) of what was refused."""
    rows, _ = open_rows(path, reading)
    cells, lines, refused = [], [], []
    for chunk in rows.chunks(wanted):
        columns = [chunk.frame.columns[name].to_pylist() for name in rows.columns]
        cells += list(map(list, zip(*columns, strict=True)))
        lines += chunk.frame.lines.tolist()
        refused += [(one.line, one.reason) for one in chunk.refused]
    return cells, lines, refused


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("packed", [False, True])
def test_encodings_delimiters_and_gzip_are_found_out(tmp_path, encoding, delimiter, packed):
    content = written(ROWS, delimiter).encode(encoding)
    path = tmp_path / "people.csv"
    path.write_bytes(gzip.compress(content) if packed else content)
    cells, lines, refused = read(path)
    assert cells == [["1", "Zoë", 'said "no", twice'], ["2", "Łukasz", "two\nlines"], ["3", "Ann", None]]
    assert (lines, refused) == ([2, 3, 5], [])


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_western_encodings_are_read_as_named(tmp_path, encoding):
    path = tmp_path / "people.csv"
    path.write_bytes("id,name\n1,Zoë\n2,Ångström\n".encode(encoding))
    assert read(path, Reading(encoding=encoding))[0] == read(path)[0] == [["1", "Zoë"], ["2", "Ångström"]]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_line_ending_is_a_line(tmp_path, ending, quoting):
    path = tmp_path / "people.csv"
    path.write_text(written(ROWS, ending=ending, quoting=quoting), newline="")
    assert read(path)[1] == [2, 3, 5]


def test_quoted_line_breaks_keep_the_line_numbers_right(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text('id,note\n1,"a\nb\nc"\n2,d\n\n\n3,"e"\n4,f,g\n')
    cells, lines, refused = read(path)
    assert [row[0] for row in cells] == ["1", "2", "3"]
    assert lines == [2, 5, 8]
    assert refused == [(9, "This row has 3 fields, the file has 2 columns.")]


def test_the_cut_between_blocks_changes_nothing(tmp_path):
    path = tmp_path / "notes.csv"
    path.write_text("id,note\r\n" + "".join(f'{i},"line {i}\r\nand ""more"""\r\n' for i in range(200)), newline="")
    (whole,) = CsvRows(path, CsvLayout()).chunks(None)
    for size in (1, 7, 64, 1000):
        pieces = list(CsvRows(path, CsvLayout(), block=size).chunks(None))
        assert [c.sequence for c in pieces] == list(range(len(pieces)))
        assert [note for c in pieces for note in c.frame.columns["note"].to_pylist()] == whole.frame.columns["note"].to_pylist()
        assert [line for c in pieces for line in c.frame.lines.tolist()] == whole.frame.lines.tolist()


def test_a_later_start_gives_the_same_later_chunks(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("id\n" + "\n".join(map(str, range(1000))))
    rows = CsvRows(path, CsvLayout(), block=100)
    after = [(c.sequence, c.frame.columns["id"].to_pylist()) for c in rows.chunks(None, after=5)]
    assert after == [(c.sequence, c.frame.columns["id"].to_pylist()) for c in rows.chunks(None)][6:]


def test_no_header_gives_numbered_columns(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("17,2024-01-01\n18,2024-01-02\n")
    rows, found = open_rows(path, Reading())
    assert rows.columns == ("column_1", "column_2")
    assert found.header is False
    assert read(path)[1] == [1, 2]
    assert open_rows(path, Reading(header=False, columns=("id", "day")))[0].columns == ("id", "day")


@pytest.mark.parametrize("header", [",age,town", "town,,age", "name,name,age"])
def test_a_header_may_have_blank_and_repeated_names_above_numbers(tmp_path, header):
    path = tmp_path / "frame.csv"
    rows = {",age,town": "0,41,Bonn\n1,38,Ulm\n"}.get(header, "Bonn,,41\nUlm,Ann,38\n")
    path.write_text(f"{header}\n{rows}")
    assert open_rows(path, Reading())[1].header is True
    assert len(read(path)[0]) == 2


@pytest.mark.parametrize("text", ["Ann,Ann,Bonn\nBo,Bo,Ulm\n", "Ann,,Bonn\nBo,Bo,Ulm\n", "Ann,,7\nBo,Bo,8\n"])
def test_a_first_record_with_blank_or_repeated_cells_is_no_header_when_the_others_are_like_it(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text)
    assert open_rows(path, Reading())[1].header is False


def test_repeated_and_empty_names_are_told_apart(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("a,a,,a_2\n1,2,3,4\n")
    assert open_rows(path, Reading(header=True))[0].columns == ("a", "a_2", "column_3", "a_2_2")


def test_lines_before_and_rows_after_the_header_are_skipped(tmp_path):
    path = tmp_path / "survey.csv"
    path.write_text('made by a tool\n\nid,score\n"Your id","How\neasy?"\n{q1},{q2}\n7,5\n')
    cells, lines, _ = read(path, Reading(skip_lines=2, skip_rows=2, header=True))
    assert (cells, lines) == ([["7", "5"]], [7])


def test_escaped_quotes_and_no_quotes(tmp_path):
    path = tmp_path / "dump.csv"
    path.write_text('id,note\n1,"a \\" b\\, c"\n')
    assert read(path, Reading(escape="\\"))[0] == [["1", 'a " b, c']]
    path.write_text('id,note\n1,5" screen\n2,"open\n')
    assert read(path, Reading(quote=""))[0] == [["1", '5" screen'], ["2", '"open']]


def test_named_missing_values_are_missing(tmp_path):
    path = tmp_path / "na.csv"
    path.write_text("id,note\n1,NA\n2,-\n3,x\n")
    assert [row[1] for row in read(path, Reading(missing=("", "NA", "-")))[0]] == [None, None, "x"]


@pytest.mark.parametrize("content", [b"", b"\n\n", "\ufeff".encode()])
def test_an_empty_file_has_no_rows(tmp_path, content):
    path = tmp_path / "empty.csv"
    path.write_bytes(content)
    assert read(path) == ([], [], [])


def test_a_header_alone_has_no_rows(tmp_path):
    path = tmp_path / "header.csv"
    path.write_text("id,name\n")
    assert open_rows(path, Reading())[0].columns == ("id", "name")
    assert read(path) == ([], [], [])


def test_bytes_that_are_not_utf8_are_refused_row_by_row(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"id,name\n1,Ann\n2,Zo\xeb\n3,Bob\n")
    cells, _, refused = read(path, Reading(encoding="utf-8"))
    assert [row[0] for row in cells] == ["1", "3"]
    assert refused == [(3, "This row holds bytes that are not utf-8: '2,Zo\\xeb'. Name the file's encoding.")]


def test_bytes_that_cp1252_does_not_know_are_refused(tmp_path):
    path = tmp_path / "mixed.csv"
    path.write_bytes(b"id,name\n1,Ann\n2,Zo\x81\n3,\x80\n")
    cells, _, refused = read(path, Reading(encoding="cp1252"))
    assert cells == [["1", "Ann"], ["3", "€"]]
    assert [line for line, _ in refused] == [3]


def test_a_huge_field_is_read_and_an_endless_quote_costs_one_line(tmp_path):
    path = tmp_path / "huge.csv"
    path.write_text("id,note\n1," + "x" * 3_000_000 + '\n2,"never closed\n3,fine\n')
    rows = CsvRows(path, CsvLayout(), block=10_000)
    chunks = list(rows.chunks(None))
    assert [len(note) for c in chunks for note in c.frame.columns["note"].to_pylist()] == [3_000_000, 4]
    (refused,) = [one for c in chunks for one in c.refused]
    assert (refused.line, refused.record) == (3, '2,"never closed')
    assert "never closes" in refused.reason


def test_a_record_beyond_the_limit_is_refused_and_the_rest_is_read(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text('id,note\n1,"' + "x" * 500 + "\n2,b\n" + "3,c\n" * 50)
    chunks = list(CsvRows(path, CsvLayout(), block=64, longest_record=200).chunks(None))
    assert sum(c.frame.size for c in chunks) == 51
    assert [(one.line, "longer than 200 bytes" in one.reason) for c in chunks for one in c.refused] == [(2, True)]


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_truncated_gzip_file_gives_what_is_whole_and_says_so(tmp_path, form):
    lines = [f"{i},{i * 7919 % 10007}" if form == "csv" else f'{{"id": {i}, "n": {i * 7919 % 10007}}}' for i in range(5000)]
    content = gzip.compress(("id,n\n" * (form == "csv") + "\n".join(lines)).encode())
    path = tmp_path / f"cut.{form}.gz"
    path.write_bytes(content[: len(content) // 2])
    chunks = list(open_rows(path, Reading())[0].chunks(["id", "n"]))
    ids = [int(id) for c in chunks for id in c.frame.columns["id"].to_pylist()]
    assert ids == list(range(len(ids)))
    assert 0 < len(ids) < 5000
    assert ["ends in the middle" in one.reason for c in chunks for one in c.refused] == [True]


def test_a_gzip_file_with_a_wrong_checksum_says_so(tmp_path):
    content = bytearray(gzip.compress(b"id\n1\n2\n"))
    content[-6] ^= 255
    path = tmp_path / "bad.csv.gz"
    path.write_bytes(bytes(content))
    chunks = list(CsvRows(path, CsvLayout()).chunks(None))
    assert ["damaged" in one.reason for c in chunks for one in c.refused] == [True]


def test_a_file_that_is_not_there_or_a_folder_says_so(tmp_path):
    with pytest.raises(Missing, match="There is no file"):
        open_rows(tmp_path / "none.csv", Reading())
    with pytest.raises(BadInput, match="is a folder"):
        open_rows(tmp_path, Reading())


def test_json_lines_keep_nested_fields_and_refuse_what_is_not_an_object(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"id": 1, "user": {"name": "Zoë"}, "tags": ["a"]}\n\n[1]\n{"id": tru\n{"id": "x"}\n')
    (chunk,) = open_rows(path, Reading())[0].chunks(["id", "user.name", "tags"])
    assert {name: column.to_pylist() for name, column in chunk.frame.columns.items()} == {
        "id": ["1", "x"],
        "user.name": ["Zoë", None],
        "tags": ['["a"]', None],
    }
    assert chunk.frame.fragments["id"].to_pylist() == ["1", '"x"']
    assert [(one.line, one.reason.split(":")[0]) for one in chunk.refused] == [
        (3, "This line holds list, not an object in braces. JSON lines hold one object a line."),
        (4, "This line is not JSON"),
    ]
    assert chunk.frame.lines.tolist() == [1, 5]


def test_a_json_line_that_is_nested_without_end_costs_no_other(tmp_path):
    path = tmp_path / "log.jsonl"
    path.write_text('{"id": 1}\n{"id": ' + "[" * 100_000 + "]" * 100_000 + '}\n{"id": 3}\n')
    (chunk,) = open_rows(path, Reading())[0].chunks(["id"])
    assert chunk.frame.columns["id"].to_pylist() == ["1", "3"]
    assert [one.line for one in chunk.refused] == [2]


def test_one_json_list_says_how_to_turn_it_into_lines(tmp_path):
    path = tmp_path / "all.json"
    path.write_text('[{"id": 1}]')
    with pytest.raises(BadInput, match="one object a line"):
        open_rows(path, Reading())


cell = st.text(st.sampled_from('ab,;"\n\r\t é'), max_size=6)


@given(st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=8)))
def test_records_are_cut_where_the_csv_module_cuts_them(tmp_path_factory, rows):
    text = written(rows, quoting=csv.QUOTE_ALL, ending="\r\n")
    records = find_records(text.encode(), Dialect(), at_end=True)
    assert records.fields.tolist() == [len(row) for row in rows]
    path = tmp_path_factory.getbasetemp() / "any.csv"
    Path(path).write_text(text, newline="")
    cells, _, refused = read(path, Reading(format="csv", encoding="utf-8", delimiter=",", header=False))
    assert refused == []
    assert [[one or "" for one in row] for row in cells] == rows


@given(st.text(st.sampled_from('ab,"\n\r'), max_size=60))
def test_any_text_is_read_or_refused_but_never_lost(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "wild.csv"
    Path(path).write_text("x,y\n" + text, newline="")
    cells, lines, refused = read(path, Reading(format="csv", encoding="utf-8", delimiter=",", header=True))
    assert min([*lines, *(line for line, _ in refused)], default=2) >= 2
    assert len(cells) + len(refused) <= text.count("\n") + text.count("\r") + 1
    assert (len(cells) + len(refused) > 0) == bool(text.strip("\r\n"))


LINED_UP = " id    day       paid \n 0001  19970101   11.77\n 0002\t19970112  12.00  \n\n 0003  19970130    8.10\n"


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("packed", [False, True])
def test_cells_lined_up_with_blanks_are_found_out(tmp_path, ending, packed):
    path = tmp_path / "sales.txt"
    content = LINED_UP.replace("\n", ending).encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    assert open_rows(path, Reading())[1].delimiter == "blanks"
    cells, lines, refused = read(path)
    assert cells == [["0001", "19970101", "11.77"], ["0002", "19970112", "12.00"], ["0003", "19970130", "8.10"]]
    assert (lines, refused) == ([2, 3, 5], [])


@pytest.mark.parametrize("block", [1, 7, 64])
def test_lined_up_cells_do_not_depend_on_where_the_stretches_of_a_file_end(tmp_path, block):
    path = tmp_path / "sales.txt"
    path.write_text(LINED_UP + " 0004   19970131  9 9\n 0005 19970201 5")
    chunks = list(CsvRows(path, CsvLayout(Dialect("\t"), blanks=True), block=block).chunks(None))
    assert [id for chunk in chunks for id in chunk.frame.columns["id"].to_pylist()] == ["0001", "0002", "0003", "0005"]
    assert [(one.line, one.reason) for chunk in chunks for one in chunk.refused] == [
        (6, "This row has 4 fields, the file has 3 columns.")
    ]


def test_sentences_of_one_column_are_not_cut_at_their_blanks(tmp_path):
    path = tmp_path / "texts.csv"
    path.write_text("comment\nall went very well\nnot at all\n")
    assert read(path)[0] == [["all went very well"], ["not at all"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"PK\x03\x04" + b"\x14\x00\x06\x00" * 50, "an Excel workbook or a zip file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "holds no text"),
    ],
)
def test_a_file_that_is_no_text_says_what_came(tmp_path, content, says):
    path = tmp_path / "survey.xlsx"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=says):
        open_rows(path, Reading())
