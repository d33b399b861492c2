"""From the spool into the lake: everything once, whatever stops it on the way."""

import json
from datetime import UTC, date, datetime

import pytest

from touchpath.model.errors import Unavailable
from touchpath.services.drain import AT_ONCE, PARTS, Drain, Drained
from touchpath.services.keys import WriteKeys
from touchpath.services.receiving import Terms
from touchpath.services.record import LONGEST
from touchpath.sources.wire import RECEIVERS
from touchpath.store.spool import Post
from touchpath.stores.delta_lake import DeltaLake
from touchpath.stores.intake_counts import IntakeCountsFile
from touchpath.stores.quarantine import QuarantineFile
from touchpath.stores.records import open_records
from touchpath.stores.spool import SpoolFile

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROS = int(NOON.timestamp()) * 1_000_000


class Place:
    """A workspace's parts that a drain touches."""

    def __init__(self, folder):
        self.spool = SpoolFile(folder / "spool.sqlite", reserve_mb=0)
        self.lake = DeltaLake(folder / "lake")
        self.records = open_records(folder / "records.sqlite")
        self.keys = WriteKeys(self.records)
        self.quarantine = QuarantineFile(folder / "quarantine.sqlite")
        self.counts = IntakeCountsFile(folder / "intake.sqlite")
        self.key, _ = self.keys.add(Terms("", "web"), "test")
        self.drain = Drain(self.spool, self.lake, RECEIVERS, self.keys, self.quarantine, self.counts)

    def post(self, body, path="/v1/batch", receiver="segment", at=MICROS):
        self.spool.keep(Post(receiver, self.key.id, at, path, "", json.dumps(body).encode())).result()

    def rows(self, *columns):
        return sorted((tuple(row.values()) for batch in self.lake.scan(columns) for row in batch.to_pylist()), key=repr)

    def close(self):
        self.spool.close()
        self.lake.close()
        self.records.close()


@pytest.fixture
def place(tmp_path):
    place = Place(tmp_path)
    yield place
    place.close()


def a_call(number, **more):
    return {"type": "track", "event": "Seen", "userId": "u1", "messageId": f"m{number}", **more}


def test_calls_become_signals_and_the_spool_is_empty(place):
    place.post({"batch": [a_call(1), a_call(2)]})
    assert place.drain.round().posts == 1
    assert place.rows("source", "id", "kind") == [("web", "m1", "Seen"), ("web", "m2", "Seen")]
    assert place.spool.waiting(0, 1 << 20) == []
    assert place.drain.round().posts == 0


def test_a_retry_with_another_sent_at_counts_once(place):
    call = a_call(1, timestamp="2026-03-01T11:00:00Z")
    place.post({"batch": [call], "sentAt": "2026-03-01T11:00:01Z"})
    place.post({"batch": [call], "sentAt": "2026-03-01T11:00:31Z"})
    place.drain.round()
    place.post({"batch": [call], "sentAt": "2026-03-01T11:01:31Z"})
    place.drain.round()
    assert len(place.rows("id")) == 1
    assert place.counts.days()[0].counts["duplicates"] == 2


def test_new_content_under_an_old_id_is_a_correction_in_our_own_protocol(place):
    for value in (1, 2, 2):
        signal = {"id": "1", "kind": "seen", "occurred_at": "2026-03-01T11:00:00Z", "value": value}
        place.post({"signals": [signal]}, "/v1/signals", "native")
    place.drain.round()
    assert place.rows("revision", "value") == [(0, 1.0), (1, 2.0)]


def test_one_bad_call_costs_nothing_else_and_can_be_replayed(place):
    place.post({"batch": [a_call(1), {"type": "track", "messageId": "m2", "event": "Seen"}, a_call(3)]})
    place.drain.round()
    assert [id for (id,) in place.rows("id")] == ["m1", "m3"]
    (kept,) = place.quarantine.rejected("live web")
    assert "userId" in kept.reason
    assert kept.line == 1
    mended = kept.record.replace('\\"messageId\\":\\"m2\\"', '\\"messageId\\":\\"m2\\",\\"userId\\":\\"u9\\"').replace(
        '\\"messageId\\": \\"m2\\"', '\\"messageId\\": \\"m2\\", \\"userId\\": \\"u9\\"'
    )
    assert mended != kept.record
    taken, left = place.drain.replay([type(kept)(kept.place, kept.line, kept.reason, mended), kept])
    assert (len(taken), len(left)) == (1, 1)
    assert [id for (id,) in place.rows("id")] == ["m1", "m2", "m3"]


def test_a_round_takes_several_parts_one_after_the_other(place):
    for number in range(PARTS + 2):
        place.post({"batch": [a_call(number), a_call(0)]})
    assert place.drain.round(1) == Drained(PARTS, PARTS)
    assert [one.place for one in place.spool.waiting(0, 1 << 20)] == [PARTS + 1, PARTS + 2]
    assert place.drain.round(1) == Drained(2, 2)
    assert [id for (id,) in place.rows("id")] == [f"m{number}" for number in range(PARTS + 2)]
    assert place.counts.days()[0].counts["duplicates"] == PARTS + 2


def test_a_part_that_fails_keeps_those_before_it_and_is_read_again(place, monkeypatch):
    for number in range(3):
        place.post({"batch": [a_call(number)]})
    real, calls = place.lake.append, []

    def fails_once(*arguments, **options):
        calls.append(options)
        if len(calls) == 2:
            raise Unavailable("the second part")
        return real(*arguments, **options)

    monkeypatch.setattr(place.lake, "append", fails_once)
    with pytest.raises(Unavailable):
        place.drain.round(1)
    assert [id for (id,) in place.rows("id")] == ["m0"]
    assert place.drain.round(1) == Drained(2, 2)
    assert [id for (id,) in place.rows("id")] == ["m0", "m1", "m2"]


@pytest.mark.parametrize("most_bytes", [1, AT_ONCE])
@pytest.mark.parametrize("step", ["quarantine.keep", "lake.append", "counts.add", "spool.release"])
def test_a_stop_at_any_step_loses_and_doubles_nothing(place, monkeypatch, step, most_bytes):
    part, name = step.split(".")
    for number in range(4):
        place.post({"batch": [a_call(number), {"type": "what"}]})
    target, real = getattr(place, part), getattr(getattr(place, part), name)

    def stops(*arguments, **options):
        real(*arguments, **options)
        raise Unavailable("stopped right after it")

    with monkeypatch.context() as patched:
        patched.setattr(target, name, stops, raising=False)
        with pytest.raises(Unavailable):
            place.drain.round(most_bytes)
    place.post({"batch": [a_call(9)]})
    while place.drain.round(most_bytes).posts:
        pass
    assert [id for (id,) in place.rows("id")] == ["m0", "m1", "m2", "m3", "m9"]
    assert place.quarantine.count("live web") == 4
    counted = place.counts.days()[0].counts
    assert counted["signals"] >= 1
    if step != "lake.append":
        assert (counted["signals"], counted["refused"]) == (5, 4)


def test_a_spool_that_was_made_anew_costs_no_refused_event(place, tmp_path):
    place.post({"batch": [{"type": "first"}]})
    place.drain.round()
    place.spool.close()
    for file in tmp_path.glob("spool.sqlite*"):
        file.unlink()
    place.spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=0)
    place.drain = Drain(place.spool, place.lake, RECEIVERS, place.keys, place.quarantine, place.counts)
    place.post({"batch": [{"type": "second"}]})
    place.drain.round()
    kept = " ".join(one.record for one in place.quarantine.rejected("live web"))
    assert ("first" in kept, "second" in kept) == (True, True)


def test_a_spool_that_was_copied_before_the_lake_loses_nothing_that_comes_next(place, tmp_path):
    place.post({"batch": [a_call(0)]})
    place.spool.close()
    before = (tmp_path / "spool.sqlite").read_bytes()
    place.spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=0)
    place.drain = Drain(place.spool, place.lake, RECEIVERS, place.keys, place.quarantine, place.counts)
    for number in range(1, 4):
        place.post({"batch": [a_call(number)]})
    place.drain.round()
    place.spool.close()
    for file in tmp_path.glob("spool.sqlite*"):
        file.unlink()
    (tmp_path / "spool.sqlite").write_bytes(before)
    place.spool = SpoolFile(tmp_path / "spool.sqlite", reserve_mb=0)
    place.drain = Drain(place.spool, place.lake, RECEIVERS, place.keys, place.quarantine, place.counts)
    place.drain.catch_up()
    place.post({"batch": [a_call(9)]})
    place.drain.round()
    assert [id for (id,) in place.rows("id")] == ["m0", "m1", "m2", "m3", "m9"]


@pytest.mark.parametrize("stopped", [False, True])
def test_signals_that_the_lake_refuses_are_each_kept_once(place, monkeypatch, stopped):
    monkeypatch.setitem(LONGEST, "unit", 2)
    for number, sent in enumerate(("2026-03-01T11:00:01Z", None, None)):
        signal = {"id": f"s{number}", "kind": "order.placed", "occurred_at": "2026-03-01T11:00:00Z", "value": 1, "unit": "EUR"}
        place.post({"signals": [signal], "sent_at": sent}, "/v1/signals", "native")

    def stops(*_, **__):
        raise Unavailable("stopped before the lake had it")

    if stopped:
        with monkeypatch.context() as patched:
            patched.setattr(place.lake, "append", stops)
            with pytest.raises(Unavailable):
                place.drain.round()
        place.post({"batch": [a_call(1)]})
    place.drain.round()
    kept = place.quarantine.rejected("live web")
    assert sorted(json.loads(one.record)["id"] for one in kept) == ["s0", "s1", "s2"]


def test_a_post_that_nobody_can_read_does_not_hold_up_the_others(place):
    place.spool.keep(Post("gone", place.key.id, MICROS, "/", "", b"\xff")).result()
    place.post({"batch": [a_call(1)]})
    place.drain.round()
    assert [id for (id,) in place.rows("id")] == ["m1"]
    assert "No part of this version reads 'gone'" in place.quarantine.rejected("live web")[0].reason


def test_what_is_odd_is_marked_and_counted(place):
    agent = {"userAgent": "Mozilla/5.0 (compatible; Googlebot/2.1)"}
    place.post(
        {
            "batch": [
                a_call(1, context=agent),
                a_call(2, timestamp="2027-01-01T00:00:00Z"),
                a_call(3, timestamp="2026-01-01T00:00:00Z"),
                a_call(4, timestamp="yesterday"),
            ]
        }
    )
    place.drain.round()
    (day,) = place.counts.days()
    assert (day.day, day.source) == (date(2026, 3, 1), "web")
    assert {what: day.counts[what] for what in ("signals", "bot", "future", "late", "unreadable")} == {
        "signals": 4, "bot": 1, "future": 1, "late": 1, "unreadable": 1,
    }  # fmt: skip
    assert [moment.isoformat() for _, moment in place.rows("id", "occurred_at")] == [
        NOON.isoformat(), NOON.isoformat(), "2026-01-01T00:00:00+00:00", NOON.isoformat(),
    ]  # fmt: skip


def test_refused_consent_keeps_nothing_at_all(place):
    key, _ = place.keys.add(Terms("", "shop", consent="analytics"), "test")
    refusing = {"context": {"consent": {"categoryPreferences": {"analytics": False}}}}
    body = json.dumps({"batch": [a_call(1, **refusing), a_call(2)]}).encode()
    place.spool.keep(Post("segment", key.id, MICROS, "/v1/batch", "", body)).result()
    place.drain.round()
    assert [id for (id,) in place.rows("id")] == ["m2"]
    assert place.quarantine.count() == 0
    assert place.counts.days()[0].counts["no_consent"] == 1
