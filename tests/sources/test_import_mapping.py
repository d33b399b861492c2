# ruff: noqa: DTZ001 - local times without a zone are what is tested
"""What a mapping says, and the signals that come of it."""

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from touchpath.model.errors import BadInput, Missing, ModelErrors
from touchpath.sources.files import FileSource, parse_mapping
from touchpath.store.signals import SIGNAL_SCHEMA

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HEAD = "format: touchpath-mapping/1\nsource: shop\n"
SIMPLE = HEAD + "signals:\n  - {kind: page.viewed, id: id, occurred_at: at%s}\n"


def taken(tmp_path, content, mapping, name="rows.csv", **others):
    """The signals as dicts and the batch, of a file with some content."""
    for other, text in others.items():
        (tmp_path / f"{other}.csv").write_text(text)
    path = tmp_path / name
    path.write_text(content) if isinstance(content, str) else path.write_bytes(content)
    (tmp_path / "mapping.yaml").write_text(mapping)
    batches = list(FileSource().open(path, tmp_path / "mapping.yaml").batches(NOW))
    for batch in batches:
        batch.signals.validate(full=True)
        assert batch.signals.schema == SIGNAL_SCHEMA
        assert all(not batch.signals.column(f.name).null_count for f in SIGNAL_SCHEMA if not f.nullable)
    return [row for batch in batches for row in batch.signals.to_pylist()], batches[0] if batches else None


def test_every_cell_of_a_signal_can_come_from_the_file(tmp_path):
    mapping = (
        HEAD
        + """
signals:
  - kind: order.placed
    id: [n, {literal: placed}]
    occurred_at: {column: at, format: "%d.%m.%Y %H:%M", zone: Europe/Amsterdam}
    actors: {anonymous: cookie, email: mail, user: customer}
    account: firm
    objects: {order: n, session: visit}
    touchpoint: {literal: web-shop}
    channel: via
    surface: {column: via, map: {w: web, a: app}}
    value: {column: total, decimal: ","}
    unit: {literal: EUR}
    text: remark
    properties:
      items: {column: items, type: number}
      gift: {column: gift, type: boolean}
      plan: plan
      more: {column: more, type: json}
      late: {later: [at, due], format: "%d.%m.%Y %H:%M"}
      fixed: {literal: 3}
    context: {browser: browser}
"""
    )
    content = (
        "n;at;cookie;mail;customer;firm;visit;via;total;remark;items;gift;plan;more;due;browser\n"
        '7;01.07.2024 12:30;c9; Zoe@Example.com ;42;acme;v1;w;1.234,50;"So ""good""\nand fast";2;Yes;a\\b;"{""x"": [1]}";30.06.2024 00:00;Firefox\n'
        "8;02.01.2024 12:30;c9;;;;;x;;;;;;;;\n"
    )
    (first, second), _ = taken(tmp_path, content, mapping)
    hashed = "email:3d3d66d0a0e0b8a4ab0ed1a5a0a2c3d1"
    assert first | {"actors": None, "properties": None} == {
        "source": "shop",
        "id": "7/placed",
        "kind": "order.placed",
        "occurred_at": datetime(2024, 7, 1, 10, 30, tzinfo=UTC),
        "received_at": NOW,
        "utc_offset_minutes": 120,
        "actors": None,
        "account": "acme",
        "objects": [("order", "7"), ("session", "v1")],
        "touchpoint": "web-shop",
        "channel": "w",
        "surface": "web",
        "value": 1234.5,
        "unit": "EUR",
        "text": 'So "good"\nand fast',
        "properties": None,
        "context": '{"browser":"Firefox"}',
    }
    assert [actor.split(":")[0] for actor in first["actors"]] == ["user", "email", "anonymous"]
    assert len(first["actors"][1]) == len("email:") + 64
    assert hashed[:6] == first["actors"][1][:6]
    assert json.loads(first["properties"]) == {
        "items": 2,
        "gift": True,
        "plan": "a\\b",
        "more": {"x": [1]},
        "late": True,
        "fixed": 3,
    }
    assert (second["actors"], second["objects"], second["utc_offset_minutes"]) == (["anonymous:c9"], [("order", "8")], 60)
    assert (second["surface"], second["value"], json.loads(second["properties"])) == ("x", None, {"fixed": 3})
    assert second["context"] is None


def test_an_email_is_kept_as_the_hash_of_its_trimmed_lower_case(tmp_path):
    mapping = SIMPLE % ", actors: {email: mail}"
    signals, _ = taken(tmp_path, "id,at,mail\n1,2024-01-01, A@b.C \n2,2024-01-01,a@b.c\n", mapping)
    assert signals[0]["actors"] == signals[1]["actors"]
    digest = signals[0]["actors"][0].removeprefix("email:")
    again, _ = taken(tmp_path, f"id,at,mail\n1,2024-01-01,{digest}\n", mapping)
    assert again[0]["actors"] == signals[0]["actors"]


def test_a_wide_row_becomes_one_signal_per_time_that_is_there(tmp_path):
    mapping = (
        HEAD
        + """
defaults: {zone: UTC, objects: {order: id}, channel: {literal: web}}
signals:
  - {kind: order.placed, id: [id, {literal: p}], occurred_at: {column: placed, empty: reject}}
  - {kind: order.sent, id: [id, {literal: s}], occurred_at: sent}
  - {kind: order.delivered, id: [id, {literal: d}], occurred_at: delivered, channel: {literal: post}}
"""
    )
    content = "id,placed,sent,delivered\n1,2024-01-01,2024-01-02,2024-01-05\n2,2024-02-01,,\n3,,2024-01-09,\n4,2024-03-01,soon,2024-03-04\n"
    signals, batch = taken(tmp_path, content, mapping)
    assert [(s["kind"], s["objects"][0][1], s["channel"]) for s in signals] == [
        ("order.placed", "1", "web"),
        ("order.sent", "1", "web"),
        ("order.delivered", "1", "post"),
        ("order.placed", "2", "web"),
    ]
    assert [(r.place, r.line, r.reason, r.record) for r in batch.rejected] == [
        ("rows.csv", 4, "signals/1/occurred_at: there is no time.", "3,,2024-01-09,"),
        (
            "rows.csv",
            5,
            "signals/2/occurred_at: the time 'soon' does not read as iso (or lies outside 1900 to 2200).",
            "4,2024-03-01,soon,2024-03-04",
        ),
    ]
    assert (batch.rows, batch.silent) == (4, 0)


def test_kinds_come_from_columns_by_map_prefix_and_cleaning(tmp_path):
    mapping = HEAD + "signals:\n  - {kind: {column: k, map: {A_SUB: application.submitted}%s}, id: id, occurred_at: at}\n"
    content = "id,at,k\n1,2024-01-01,A_SUB\n2,2024-01-01,W_Nabellen Offertes\n3,2024-01-01,\n"
    kinds = lambda more: [s["kind"] for s in taken(tmp_path, content, mapping % more)[0]]  # noqa: E731
    reasons = lambda more: [r.reason for r in taken(tmp_path, content, mapping % more)[1].rejected]  # noqa: E731
    assert kinds(", otherwise: keep, prefix: work.") == ["application.submitted", "work.w_nabellen_offertes"]
    assert kinds("") == ["application.submitted"]
    assert reasons("") == ["signals/1/kind: 'W_Nabellen Offertes' is not in the map.", "signals/1/kind: there is no kind."]
    assert kinds(", otherwise: drop") == ["application.submitted"]
    assert reasons(", otherwise: drop") == ["signals/1/kind: there is no kind."]
    assert taken(tmp_path, content, mapping % ", otherwise: drop")[1].silent == 1


@pytest.mark.parametrize(
    ("when", "ids"),
    [
        ("{k: a}", "1"),
        ("{k: [a, b]}", "12"),
        ("{k: {exists: false}}", "4"),
        ("{k: {exists: true}, v: {'>': 2}}", "23"),
        ("{v: 3}", "2"),
        ("{v: '3'}", ""),
        ("{v: {'>': 1, '<': 4}}", "2"),
        ("{k: {prefix: ca}}", "3"),
        ("{k: {contains: at}}", "3"),
        ("{k: {matches: '^[ab]$'}}", "12"),
        ("{y: true}", "13"),
        ("{k: {in: [cat], equals: cat}}", "3"),
    ],
)
def test_conditions_choose_rows(tmp_path, when, ids):
    content = "id,at,k,v,y\n1,2024-01-01,a,1,true\n2,2024-01-01,b,3.0,false\n3,2024-01-01,cat,5,TRUE\n4,2024-01-01,,x,\n"
    signals, batch = taken(tmp_path, content, SIMPLE % f", when: {when}")
    assert "".join(s["id"] for s in signals) == ids
    assert batch.silent == 4 - len(ids)


def test_a_questionnaire_becomes_one_answer_per_item(tmp_path):
    mapping = (
        HEAD
        + """
signals:
  - kind: survey.answered
    repeat: {columns: [q1, q2, q3], as: item}
    id: [who, item]
    occurred_at: at
    value: item_value
    properties: {question: item, number: {column: item_number, type: number}}
"""
    )
    signals, batch = taken(tmp_path, "who,at,q1,q2,q3\na,2024-01-01,4,,2\nb,2024-01-01,,,\nc,2024-01-01,1,x,1\n", mapping)
    assert [(s["id"], s["value"], json.loads(s["properties"])) for s in signals] == [
        ("a/q1", 4.0, {"question": "q1", "number": 1}),
        ("a/q3", 2.0, {"question": "q3", "number": 3}),
    ]
    assert [(r.line, r.reason.partition(". ")[0]) for r in batch.rejected] == [(4, "signals/1/value: 'x' is not a number")]
    assert batch.silent == 1


def test_counts_and_lists_become_as_many_signals(tmp_path):
    mapping = (
        HEAD
        + """
signals:
  - {kind: task.error, repeat: {count: errors, as: error}, id: [id, error_number], occurred_at: {column: at, plus: error_number, unit: minutes}}
  - {kind: tag.set, repeat: {split: tags, by: "|", as: tag}, id: [id, tag_number, tag], occurred_at: at}
"""
    )
    signals, batch = taken(tmp_path, "id,at,errors,tags\n1,2024-01-01,2,a| b||c\n2,2024-01-01,0,\n3,2024-01-01,1.5,d\n", mapping)
    assert [(s["id"], s["occurred_at"].minute) for s in signals] == [
        ("1/1", 1),
        ("1/2", 2),
        ("1/1/a", 0),
        ("1/2/b", 0),
        ("1/3/c", 0),
    ]
    assert [(r.line, r.reason) for r in batch.rejected] == [
        (4, "signals/1/repeat: '1.5' in 'errors' is no count from 0 to 10,000.")
    ]


def test_times_can_be_nominal_and_shifted(tmp_path):
    mapping = (
        HEAD
        + """
defaults: {occurred_at: {column: task, map: {edit: 2025-01-01T09:00}, otherwise: reject, zone: UTC}}
signals:
  - {kind: task.started, id: [id, {literal: s}]}
  - {kind: task.ended, id: [id, {literal: e}], occurred_at: {plus: took}}
  - {kind: note.made, id: [id, {literal: n}], occurred_at: {literal: 2025-01-02}}
"""
    )
    signals, batch = taken(tmp_path, "id,task,took\n1,edit,00:03:47\n2,walk,1:00\n3,edit,\n", mapping)
    assert [s["occurred_at"].isoformat()[:19] for s in signals] == [
        "2025-01-01T09:00:00",
        "2025-01-01T09:03:47",
        "2025-01-02T00:00:00",
    ]
    assert [r.reason.split(": ", 1)[1] for r in batch.rejected] == [
        "'walk' is not in the map.",
        "nothing is no length of time. Write h:mm:ss or a number of seconds.",
    ]


def test_rows_look_up_other_files_one_after_the_other(tmp_path):
    mapping = (
        HEAD
        + """
join:
  - {file: orders.csv, on: order, key: order_id, columns: [customer]}
  - {file: people.csv, on: customer, columns: {person: who}}
signals:
  - {kind: review.written, id: id, occurred_at: at, actors: {user: who}}
"""
    )
    files = {"orders": "order_id,customer\no1,c1\no2,c2\n", "people": "customer,person\nc1,p1\n"}
    content = "id,at,order\n1,2024-01-01,o1\n2,2024-01-01,o2\n3,2024-01-01,o9\n"
    signals, _ = taken(tmp_path, content, mapping, **files)
    assert [s["actors"] for s in signals] == [["user:p1"], [], []]
    with pytest.raises(BadInput, match="the key 'c1' stands 2 times in column 'customer'"):
        taken(tmp_path, content, mapping, orders=files["orders"], people="customer,person\nc1,p1\nc1,p2\n")
    with pytest.raises(BadInput, match=r"people.csv has no column 'person'. There are: customer, p."):
        taken(tmp_path, content, mapping, orders=files["orders"], people="customer,p\nc1,p1\n")
    (tmp_path / "people.csv").unlink()
    with pytest.raises(Missing, match=r"looked-up file 'people.csv' is not there"):
        taken(tmp_path, content, mapping)


def test_the_place_in_the_file_can_be_an_id(tmp_path):
    signals, _ = taken(
        tmp_path, "at\n2024-01-01\n2024-01-01\n", HEAD + "signals: [{kind: a.b, id: {row: true}, occurred_at: at}]"
    )
    assert [s["id"] for s in signals] == ["rows.csv:2", "rows.csv:3"]


def test_an_empty_part_of_an_id_refuses_the_row(tmp_path):
    signals, batch = taken(tmp_path, "id,at\n,2024-01-01\n5,2024-01-01\n", SIMPLE % "")
    assert [s["id"] for s in signals] == ["5"]
    assert batch.rejected[0].reason == "signals/1/id: the column 'id' is empty."


def test_local_times_that_clocks_show_twice_or_never_are_counted(tmp_path):
    mapping = SIMPLE.replace("signals:", "defaults: {zone: Europe/Amsterdam}\nsignals:") % ""
    content = "id,at\n1,2024-10-27T02:30\n2,2024-03-31T02:30\n3,2024-06-01T00:00\n4,2024-10-27T02:30+01:00\n"
    signals, batch = taken(tmp_path, content, mapping)
    assert [s["utc_offset_minutes"] for s in signals] == [120, 60, 120, 60]
    assert sorted(batch.notes.values()) == [1, 1]


def test_json_lines_keep_their_types_in_properties(tmp_path):
    content = '{"id": 1, "at": 1704067200, "user": {"plan": "pro"}, "n": 5, "ok": true, "tags": ["a"]}\n{"id": 2, "at": 1704067200.5}\n{"id": 3}\n'
    mapping = (
        HEAD
        + "signals: [{kind: a.b, id: id, occurred_at: {column: at, format: epoch_s}, value: n, properties: {plan: user.plan, n: n, ok: ok, tags: tags}}]"
    )
    signals, batch = taken(tmp_path, content, mapping, name="rows.jsonl")
    assert [(s["id"], s["occurred_at"].microsecond, s["value"]) for s in signals] == [("1", 0, 5.0), ("2", 500_000, None)]
    assert json.loads(signals[0]["properties"]) == {"plan": "pro", "n": 5, "ok": True, "tags": ["a"]}
    assert (batch.rejected[0].line, batch.rejected[0].record) == (3, '{"id": 3}')


def test_parquet_columns_of_any_type_are_read(tmp_path):
    table = pa.table(
        {
            "id": [1, 2],
            "at": pa.array([datetime(2024, 1, 1, 12), None], pa.timestamp("ms", "Europe/Amsterdam")),
            "local": pa.array([datetime(2024, 7, 1, 12)] * 2, pa.timestamp("ns")),
            "plan": pa.array(["pro", "free"]).dictionary_encode(),
            "n": [1.5, 2.0],
            "ok": [True, False],
        }
    )
    pq.write_table(table, tmp_path / "rows.parquet")
    mapping = (
        HEAD + "signals: [{kind: a.b, id: [id], occurred_at: at, value: n, properties: {plan: plan, ok: ok, id: id, l: local}}]"
    )
    signals, batch = taken(tmp_path, (tmp_path / "rows.parquet").read_bytes(), mapping, name="rows.parquet")
    assert [(s["id"], s["occurred_at"], s["value"]) for s in signals] == [("1", datetime(2024, 1, 1, 12, tzinfo=UTC), 1.5)]
    assert json.loads(signals[0]["properties"]) == {"plan": "pro", "ok": True, "id": 1, "l": "2024-07-01 12:00:00.000000000"}
    assert (batch.rejected[0].line, json.loads(batch.rejected[0].record)["plan"]) == (2, "free")
    assert signals[0]["utc_offset_minutes"] is None


def test_a_file_that_only_looks_like_parquet_says_so(tmp_path):
    with pytest.raises(BadInput, match="is not a whole Parquet file"):
        taken(tmp_path, b"PAR1 and nothing more", SIMPLE % "", name="rows.parquet")


def test_all_faults_of_a_mapping_are_told_at_once():
    text = """format: touchpath-mapping/1
source: x
read: {delimiter: ";;", encoding: utf8, heather: true}
signals:
  - kind: a.b
    id: []
    ocurred_at: t
    when: {x: {">": abc}, y: {like: 3}, z: {matches: "("}}
    actors: user
    value: {column: v, decimal: ";"}
  - kind: {column: k, map: [a]}
    id: [{later: [a]}, {column: a, literal: b}]
    occurred_at: {column: t, format: "%Q", zone: Mars/Base}
    repeat: {columns: [a], count: b, as: z}
"""
    with pytest.raises(ModelErrors) as error:
        parse_mapping(text, "shop.yaml")
    assert [fault.line for fault in error.value.faults] == [3, 3, 3, 5, 6, 7, 8, 8, 8, 9, 10, 11, 12, 12, 13, 13, 14]
    assert "shop.yaml:7: signals/1: a signal has no key 'ocurred_at'. Did you mean 'occurred_at'?" in str(error.value)
    assert "shop.yaml:8: signals/1: No operator is called 'like'." in str(error.value)


def test_columns_that_the_file_has_not_are_told_at_once(tmp_path):
    mapping = SIMPLE % ", actors: {user: customer}, channel: web, when: {statsu: x}"
    with pytest.raises(ModelErrors) as error:
        taken(tmp_path, "id,at,costumer,status\n", mapping)
    assert str(error.value).splitlines() == [
        "mapping.yaml:4: signals/1: the file has no column 'statsu'. Did you mean 'status'? For a fixed text write {literal: ...}.",
        "mapping.yaml:4: signals/1/actors/user: the file has no column 'customer'. Did you mean 'costumer'? For a fixed text write {literal: ...}.",
        "mapping.yaml:4: signals/1/channel: the file has no column 'web'. There are: id, at, costumer, status. For a fixed text write {literal: ...}.",
    ]


def test_a_mapping_is_told_from_others_by_what_it_says():
    plain = parse_mapping(SIMPLE % "")
    same = parse_mapping(
        "# a note\nsource: shop\nformat: touchpath-mapping/1\nsignals:\n  - kind: page.viewed\n    occurred_at: at\n    id: id\n"
    )
    other = parse_mapping(SIMPLE % ", channel: {literal: web}")
    assert plain.fingerprint == same.fingerprint != other.fingerprint


def test_a_mapping_that_is_not_there_says_what_to_do(tmp_path):
    with pytest.raises(Missing, match="--propose"):
        FileSource().open(tmp_path / "rows.csv", tmp_path / "mapping.yaml")
