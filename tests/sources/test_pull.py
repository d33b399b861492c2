"""Connections: what a run brings, what it survives, and what it never tells."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import EntryPoint

import pytest
from pull_bench import NOW, Bench
from vendor_server import DROP, Answered, VendorServer, Zendesk
from zendesk_account import T0, account, at, ticket

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Cancelled, Conflict, Missing, NotAllowed, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.connections import MOST_TRIES
from touchpath.services.connectors import RawBatch, Stream
from touchpath.services.pulling import PullService, job_of
from touchpath.services.secrets import Secret
from touchpath.sources.pull import choice
from touchpath.sources.pull.choice import choose_source
from touchpath.sources.pull.web import retry_after
from touchpath.stores.delta_lake import DeltaLake

SECRET = "s3cret-token"


@pytest.fixture
def zendesk():
    return Zendesk(**account())


@pytest.fixture
def server(zendesk):
    with VendorServer(zendesk) as running:
        yield running


@pytest.fixture
def bench(tmp_path, server, monkeypatch):
    monkeypatch.setenv("ZENDESK_TOKEN", SECRET)
    with closing(Bench(tmp_path, server)) as bench:
        yield bench


EVERYTHING = [
    ("survey_response/01H/q1", "survey.answered"),
    ("survey_response/01H/q2", "survey.answered"),
    ("satisfaction_rating/50/offered", "survey.sent"),
    ("satisfaction_rating/51", "survey.answered"),
    ("ticket/1/assigned 2026-03-01T09:11Z", "ticket.assigned"),
    ("ticket/1/closed 2026-03-04T20:20Z", "ticket.closed"),
    ("ticket/1/comment 9011", "ticket.replied"),
    ("ticket/1/comment 9021", "ticket.noted"),
    ("ticket/1/comment 9031", "ticket.commented"),
    ("ticket/1/metrics", "ticket.measured"),
    ("ticket/1/open 2026-03-01T09:10Z", "ticket.status_changed"),
    ("ticket/1/opened", "ticket.opened"),
    ("ticket/1/solved 2026-03-01T09:16Z", "ticket.solved"),
    ("ticket/2/metrics", "ticket.measured"),
    ("ticket/2/opened", "ticket.opened"),
    ("ticket/3/comment 9072", "ticket.commented"),
    ("ticket/3/metrics", "ticket.measured"),
    ("ticket/3/opened", "ticket.opened"),
    ("ticket/3/reopened 2026-03-01T09:33Z", "ticket.reopened"),
    ("ticket/3/solved 2026-03-01T09:16Z", "ticket.solved"),
    ("ticket/3/solved 2026-03-01T09:50Z", "ticket.solved"),
    ("user/20", "contact.created"),
    ("user/21", "contact.created"),
]


def test_a_run_brings_everything_and_the_next_one_nothing_new(bench):
    bench.connect()
    states = bench.pulls.run("help")
    assert [state.problem for state in states] == [""] * 5
    assert bench.rows() == sorted(EVERYTHING)
    again = bench.pulls.run("help")
    assert sum(state.new + state.corrections for state in again) == 0
    assert bench.rows() == sorted(EVERYTHING)


def test_every_signal_of_a_ticket_has_the_person_who_asked(bench):
    bench.connect()
    bench.pulls.run("help")
    about = [
        (row[0], row[1][0]) for row in bench.rows("id", "actors") if row[0].startswith("ticket/1/") and "opened" not in row[0]
    ]
    assert {actor for _, actor in about} <= {"external:zendesk-20", "user:u_20"}
    assert len(about) == 8


def test_what_changes_between_runs_is_a_correction_and_what_is_new_is_added(bench, zendesk):
    bench.connect()
    bench.pulls.run("help")
    zendesk.tickets[1] = ticket(2, 20, 500_000, tags=["refund"], generated_timestamp=T0 + 900_000, via=zendesk.tickets[1]["via"])
    zendesk.tickets.append(ticket(4, 21, 800_000))
    states = {state.job: state for state in bench.pulls.run("help")}
    tickets = states[job_of("help", "tickets")]
    assert (tickets.records, tickets.new, tickets.corrections) == (2, 2, 1)


def test_only_chosen_streams_are_read_and_nothing_before_since(bench, server):
    bench.connect(streams=("ticket_events",), since=datetime(2026, 3, 1, 9, 15, tzinfo=UTC))
    bench.pulls.run("help")
    assert {row[1] for row in bench.rows()} == {"ticket.solved", "ticket.closed", "ticket.reopened", "ticket.commented"}
    exports = {asked.path for asked in server.asked if "show_many" not in asked.path}
    assert exports == {"/api/v2/incremental/ticket_events.json"}


def test_without_the_events_a_ticket_tells_its_history_itself(bench, zendesk):
    metrics = {"solved_at": at(960), "assigned_at": None, "reopens": 0}
    zendesk.tickets = [ticket(1, 20, 0, status="closed", metric_set=metrics)]
    bench.connect(streams=("tickets",))
    bench.pulls.run("help")
    assert ("ticket/1/solved 2026-03-01T09:16Z", "ticket.solved") in bench.rows()


# -- limits and bad days ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "waited"),
    [
        (Answered(429, {}, {"Retry-After": "93"}), 93.0),
        (Answered(429, {}, {"Retry-After": "Mon, 01 Jun 2026 00:02:00 GMT"}), 120.0),
        (Answered(503, {}, {"Retry-After": "7"}), 7.0),
        (Answered(429, {}), 1.0),
        (Answered(500, {"error": "x"}), 1.0),
        (DROP, 1.0),
        (Answered(200, {"tickets": [1, 2, 3] * 99}, cut=20), 1.0),
        (Answered(200, b"no gzip", {"content-encoding": "gzip"}), 1.0),
    ],
)
def test_a_busy_or_broken_answer_is_waited_for_and_asked_again(bench, server, fault, waited):
    bench.connect()
    server.faults.append(fault)
    states = bench.pulls.run("help")
    assert [state.problem for state in states] == [""] * 5
    assert bench.slept == [waited]
    assert bench.rows() == sorted(EVERYTHING)


def test_a_check_waits_for_nobody(bench, server):
    bench.connect()
    server.faults.append(Answered(503, {"error": "down"}))
    with pytest.raises(Unavailable, match=r"answered 503.*, once\. Try again later"):
        bench.pulls.check("help")
    assert bench.slept == []


def test_a_system_that_stays_busy_is_given_up_with_words_and_the_other_streams_are_read(bench, server):
    bench.connect()
    server.faults.extend([Answered(500, {"error": "down"})] * MOST_TRIES)
    tickets, *others = bench.pulls.run("help")
    assert tickets.problem.startswith("Zendesk cannot be read now: it answered 500")
    assert [state.problem for state in others] == [""] * 4
    assert bench.slept == [1, 2, 4, 8, 16, 32, 60]
    bench.pulls.run("help")
    assert bench.rows() == sorted(EVERYTHING)


def test_a_wait_beyond_all_bounds_is_told_too(bench, server):
    bench.connect(streams=("tickets",))
    server.faults.append(Answered(429, {}, {"Retry-After": "9" * 40}))
    (state,) = bench.pulls.run("help")
    assert state.problem.startswith("Zendesk asks to wait until 2027")


def test_a_wait_that_is_too_long_ends_the_stream_and_says_until_when(bench, server):
    bench.connect(streams=("tickets",))
    server.faults.append(Answered(429, {}, {"Retry-After": "7200"}))
    (state,) = bench.pulls.run("help")
    assert state.problem == "Zendesk asks to wait until 2026-06-01 02:00 UTC. Run it again then; nothing is lost."


def test_a_cursor_that_zendesk_forgot_is_replaced_by_the_time_it_had_reached(bench, zendesk):
    bench.connect(streams=("tickets",))
    bench.pulls.run("help")
    state = bench.states.load(job_of("help", "tickets"))
    zendesk.forgotten.add(state.cursor["after"])
    zendesk.tickets.append(ticket(5, 21, 900_000))
    (state,) = bench.pulls.run("help")
    assert (state.problem, state.new) == ("", 2)
    assert ("ticket/5/opened", "ticket.opened") in bench.rows()


def test_a_wrong_token_is_not_asked_with_again_and_is_told_nowhere(bench, server, monkeypatch):
    monkeypatch.setenv("ZENDESK_TOKEN", "wr0ng-token")
    bench.connect(streams=("tickets",))
    with pytest.raises(NotAllowed, match="does not let us in: 401") as told:
        bench.pulls.check("help")
    (state,) = bench.pulls.run("help")
    assert "401" in state.problem
    assert len(server.asked) == 2
    assert "wr0ng" not in str(told.value) + state.problem


@pytest.mark.parametrize("echo", ["the token", "the header", "what the header is made of"])
def test_no_secret_is_in_records_states_errors_or_reprs(bench, server, zendesk, echo):
    connection = bench.connect(streams=("tickets",))
    told = {"the token": SECRET, "the header": zendesk.proof, "what the header is made of": zendesk.proof.partition(" ")[2]}[echo]
    server.faults.append(Answered(400, {"error": f"bad token: {told}."}))
    (state,) = bench.pulls.run("help")
    assert state.problem.endswith(': {"error": "bad token: [secret]."}.')
    bench.close()
    for path in bench.folder.rglob("*"):
        if path.is_file():
            assert told.encode() not in path.read_bytes(), path
    assert SECRET not in repr(connection) + repr(connection.secrets)


def test_an_answer_that_is_too_large_is_cut_off(bench, server, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.web.MOST_BYTES", 10_000)
    bench.connect(streams=("tickets",))
    server.faults.append(Answered(200, b" " * 20_000))
    (state,) = bench.pulls.run("help")
    assert "sent more than" in state.problem


@pytest.mark.parametrize("where", ["http://127.0.0.2:9/elsewhere", "https://example.com/api"])
def test_a_redirect_to_another_host_is_refused(bench, server, where):
    bench.connect(streams=("tickets",))
    server.faults.append(Answered(302, {}, {"Location": where}))
    (state,) = bench.pulls.run("help")
    assert "leads to another host" in state.problem


def test_a_redirect_within_the_host_is_followed(bench, server):
    bench.connect(streams=("tickets",))
    server.faults.append(Answered(302, {}, {"Location": "/api/v2/incremental/tickets/cursor.json?start_time=1"}))
    (state,) = bench.pulls.run("help")
    assert (state.problem, state.new) == ("", 6)


@pytest.mark.parametrize("address", ["http://example.com", "ftp://example.com", "https://user:pass@example.com", "zendesk"])
def test_an_address_that_would_give_the_key_away_is_refused(bench, address):
    bench.server.address = address
    with pytest.raises(BadInput, match="The address of Zendesk"):
        bench.connect()


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("1.5", 1.5),
        ("Mon, 01 Jun 2026 00:00:30 GMT", 30),
        ("Mon, 01 Jun 2020 00:00:00 GMT", 0),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(text, seconds):
    assert retry_after(text, NOW) == seconds


# -- refused records ----------------------------------------------------------------------------------------------------


def test_a_bad_record_is_kept_with_its_reason_costs_no_other_and_can_be_replayed(bench, zendesk):
    zendesk.tickets.append(ticket(9, 20, 600, created_at="yesterday"))
    bench.connect()
    bench.pulls.run("help")
    assert bench.rows() == sorted(EVERYTHING)
    (one,) = bench.pulls.rejected(bench.connections.get("help"))
    assert one.reason.startswith('created_at of the ticket came as "yesterday"')
    assert json.loads(one.record)["id"] == 9
    assert bench.pulls.replay("help")[0].rejected == 1
    mended = {**json.loads(one.record), "created_at": at(600)}
    bench.quarantine.keep(job_of("help", "tickets"), [type(one)(one.place, one.line, one.reason, json.dumps(mended))])
    assert bench.pulls.replay("help")[0].new == 2
    assert bench.pulls.rejected(bench.connections.get("help")) == []
    assert ("ticket/9/opened", "ticket.opened") in bench.rows()


def test_a_record_that_was_refused_leaves_the_quarantine_when_a_newer_version_is_taken(bench, zendesk):
    zendesk.tickets.append(ticket(9, 20, 600, created_at=None))
    bench.connect(streams=("tickets",))
    bench.pulls.run("help")
    assert len(bench.pulls.rejected(bench.connections.get("help"))) == 1
    zendesk.tickets[-1] = ticket(9, 20, 600, generated_timestamp=T0 + 700_000)
    bench.pulls.run("help")
    assert bench.pulls.rejected(bench.connections.get("help")) == []


# -- one run at a time, stopped, and settings ---------------------------------------------------------------------------


def test_two_runs_of_one_connection_never_overlap(bench):
    bench.connect()
    with bench.states.running("help"), pytest.raises(Conflict, match="'help' is being run already"):
        bench.pulls.run("help")


def test_a_stopped_run_keeps_what_it_read_and_the_next_one_goes_on(bench, monkeypatch):
    monkeypatch.setattr("touchpath.services.pulling._RECORDS_AT_ONCE", 1)
    bench.connect()
    stop = threading.Event()
    with pytest.raises(Cancelled):
        bench.pulls.run("help", lambda state: stop.set(), stop)
    assert 0 < len(bench.rows()) < len(EVERYTHING)
    bench.pulls.run("help")
    assert bench.rows() == sorted(EVERYTHING)


def test_waiting_for_a_limit_ends_when_the_run_is_stopped(bench, server):
    bench.connect()
    stop = threading.Event()
    server.faults.append(Answered(429, {}, {"Retry-After": "600"}))
    stop.set()
    with pytest.raises(Cancelled, match="while it waited"):
        bench.pulls.run("help", stop=stop)


def test_a_lake_put_back_from_a_backup_is_read_into_from_the_start(bench, tmp_path):
    bench.connect()
    bench.pulls.run("help")
    bench.lake.close()
    fresh = DeltaLake(tmp_path / "restored")
    bench.pulls = PullService(bench.connections, fresh, bench.quarantine, bench.states, give_back=fresh.close)
    bench.lake = fresh
    bench.pulls.run("help")
    assert bench.rows() == sorted(EVERYTHING)


def test_lost_states_are_read_again_without_a_double(bench, tmp_path):
    bench.connect()
    bench.pulls.run("help")
    for path in (tmp_path / "connections").glob("*.json"):
        path.unlink()
    states = bench.pulls.run("help")
    assert sum(state.new + state.corrections for state in states) == 0
    assert bench.rows() == sorted(EVERYTHING)


def test_a_lake_that_somebody_else_writes_to_is_waited_for(bench, monkeypatch):
    bench.connect()
    append, busy = bench.lake.append, [Unavailable("Process 1 is writing")] * 3

    def busy_at_first(*words, **more):
        if busy:
            raise busy.pop()
        return append(*words, **more)

    monkeypatch.setattr(bench.lake, "append", busy_at_first)
    bench.pulls.run("help")
    assert bench.slept == [0.2, 0.5, 1.0]
    assert bench.rows() == sorted(EVERYTHING)


GIVEN = {"subdomain": "example", "token": "env:ZENDESK_TOKEN"}


@pytest.mark.parametrize(
    ("name", "kind", "settings", "more", "said"),
    [
        ("Help Desk", "zendesk", GIVEN, {}, "name came as 'Help Desk'"),
        ("help", "zendeks", GIVEN, {}, "No source is called 'zendeks'. Did you mean 'zendesk'"),
        ("help", "zendesk", {"subdomain": "x"}, {}, "needs the setting 'token'.*token=env:NAME"),
        ("help", "zendesk", {**GIVEN, "sudomain": "x"}, {}, "No setting is called 'sudomain'. Did you mean 'subdomain'"),
        ("help", "zendesk", {**GIVEN, "subdomain": "a.evil.com/"}, {}, "'subdomain' came as"),
        ("help", "zendesk", {**GIVEN, "token": "s3cret"}, {}, "'token' is a secret and is never kept in clear"),
        ("help", "zendesk", {**GIVEN, "token": "file:relative"}, {}, "'token' is a secret"),
        ("help", "zendesk", GIVEN, {"streams": ("tikets",)}, "No stream is called 'tikets'. Did you mean 'tickets'"),
        ("help", "zendesk", GIVEN, {"source": "Zen Desk"}, "source came as"),
        ("help", "zendesk", GIVEN, {"since": datetime(2026, 1, 1)}, "without a zone"),  # noqa: DTZ001
    ],
)
def test_settings_that_cannot_be_used_are_told_at_once(bench, name, kind, settings, more, said):
    with pytest.raises(BadInput, match=said) as told:
        bench.connections.add(name, kind, settings, **more)
    assert "s3cret" not in str(told.value)


def test_connections_are_kept_changed_and_removed(bench):
    kept = bench.connect(source="zendesk-eu", since=datetime(2026, 1, 1, tzinfo=UTC))
    assert bench.connections.get("help") == kept
    with pytest.raises(Conflict, match="There is a connection 'help' already"):
        bench.connect()
    changed = bench.connections.change("help", "zendesk", {**GIVEN, "token": "env:OTHER"})
    assert bench.connections.get("help").secrets == {"token": Secret("env:OTHER")} == dict(changed.secrets)
    bench.pulls.remove("help")
    with pytest.raises(Missing, match="No connection is called 'help'"):
        bench.connections.get("help")
    assert bench.connections.all() == []
    assert bench.connect().source == "zendesk"


def test_secrets_are_read_from_variables_and_files_at_the_moment_of_use(tmp_path, monkeypatch):
    path = tmp_path / "token"
    path.write_text("abc\n")
    assert Secret(f"file:{path}").reveal() == "abc"
    monkeypatch.delenv("NOT_THERE", raising=False)
    for reference, said in [
        ("env:NOT_THERE", "variable NOT_THERE is not set"),
        (f"file:{tmp_path}/none", "No such file"),
        (f"file:{tmp_path}", "no file"),
    ]:
        with pytest.raises(Missing, match=said):
            Secret(reference).reveal()


def test_a_package_brings_a_source_but_never_replaces_ours(monkeypatch):
    brought = [
        EntryPoint("theirs", "touchpath.sources.pull.zendesk:ZENDESK", choice.GROUP),
        EntryPoint("zendesk", "builtins:dict", choice.GROUP),
        EntryPoint("gone", "touchpath.nowhere:SOURCE", choice.GROUP),
        EntryPoint("empty", "builtins:dict", choice.GROUP),
    ]
    monkeypatch.setattr(choice, "entry_points", lambda group: brought)
    assert choose_source("theirs").title == choose_source("zendesk").title == "Zendesk"
    with pytest.raises(BadInput, match=r"'gone' of the package touchpath .*cannot be loaded.*nowhere"):
        choose_source("gone")
    with pytest.raises(BadInput, match=r"'empty'.*is none: its title is no text.*it has no open"):
        choose_source("empty")


def test_a_workspace_runs_its_connections(tmp_path, server, monkeypatch):
    monkeypatch.setenv("ZENDESK_TOKEN", SECRET)
    create_workspace(tmp_path / "w")
    with closing(open_workspace(tmp_path / "w")) as workspace:
        given = {**GIVEN, "email": "agent@example.com", "address": server.address}
        workspace.connections.add("help", "zendesk", given, streams=("tickets",))
        assert workspace.pulls.check("help") == "Zendesk answers; the token belongs to a user with the role 'admin'."
        assert workspace.pulls.run("help")[0].new == 6
        answer = workspace.platform.find_people("u_20", 5)
    assert answer


class Broken:
    """A connector that fails in its own ways."""

    title, settings = "Broken", ()

    def __init__(self, read, name="things"):
        self.read_one, self.name = read, name

    def open(self, opening):
        return self

    def check(self):
        return "fine"

    def discover(self):
        return (Stream(self.name, "Things.", ("id",), "at"), Stream("others", "Others.", ("id",), "at"))

    def read(self, stream, since):
        if stream == "others":
            yield RawBatch(({"id": 1},), {"at": 1})
        else:
            yield from self.read_one()

    def to_signals(self, stream, record):
        if record["id"] == "bad":
            raise ZeroDivisionError("oh")
        yield Signal("broken", str(record["id"]), "thing.seen", NOW)

    def close(self):
        pass


def with_broken(bench, monkeypatch, read, name="things"):
    monkeypatch.setattr(bench.connections, "_choose", lambda kind: Broken(read, name))
    return bench.connections.add("mine", "broken", {})


def test_what_a_connector_raises_ends_its_stream_after_what_it_gave_and_no_other(bench, monkeypatch):
    def read():
        yield RawBatch(({"id": "a"}, {"id": "bad"}), {"at": 1})
        raise RuntimeError("disk on fire")

    with_broken(bench, monkeypatch, read)
    things, others = bench.pulls.run("mine")
    assert (things.new, things.rejected, things.problem) == (1, 1, "The connector failed at things: RuntimeError: disk on fire")
    assert (others.new, others.problem) == (1, "")
    assert [one.reason for one in bench.pulls.rejected(bench.connections.get("mine"))] == [
        "cannot be read: ZeroDivisionError: oh"
    ]


def test_a_system_that_sends_the_same_page_for_ever_is_left(bench, monkeypatch):
    def read():
        while True:
            yield RawBatch(({"id": "a"},), {"at": 1})

    with_broken(bench, monkeypatch, read)
    things, _ = bench.pulls.run("mine")
    assert things.problem.startswith("The same place was read again and again")
    assert things.new == 1


def test_a_stream_whose_name_is_a_path_is_refused(bench, monkeypatch):
    with pytest.raises(BadInput, match=r"has a stream '\.\./x'"):
        with_broken(bench, monkeypatch, list, "../x")


def test_a_search_that_is_sent_on_is_refused(bench, server, monkeypatch):
    monkeypatch.setenv("T", "tok3n")
    bench.connections.add("chat", "intercom", {"token": "env:T", "address": server.address}, streams=("contacts",))
    server.faults.append(Answered(302, {}, {"Location": "/contacts/search"}))
    (state,) = bench.pulls.run("chat")
    assert "sends a question on to another address" in state.problem


def test_who_was_erased_does_not_come_back_with_the_next_run(tmp_path, server, monkeypatch):
    monkeypatch.setenv("ZENDESK_TOKEN", SECRET)
    monkeypatch.setenv("TOUCHPATH_PRIVACY_KEY_FILE", str(tmp_path / "key"))
    create_workspace(tmp_path / "w")
    with closing(open_workspace(tmp_path / "w")) as workspace:
        workspace.connections.add("help", "zendesk", {**GIVEN, "email": "agent@example.com", "address": server.address})
        workspace.pulls.run("help")
        assert workspace.forget(["user:u_20"]) > 0
        for path in (tmp_path / "w/connections").glob("*.json"):
            path.unlink()
        again = workspace.pulls.run("help")
        assert (sum(state.records for state in again), sum(state.new for state in again)) == (21, 0)
    left = [path for path in (tmp_path / "w").rglob("*") if path.is_file() and b"u_20" in path.read_bytes()]
    assert left == []
