"""Pulling survey tools: their pages, changes in the middle of reading, limits, broken exports, and runs that die."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from pull_bench import Bench
from survey_systems import (
    SECRET,
    Delighted,
    Formbricks,
    Qualtrics,
    SurveyMonkey,
    Typeform,
    delighted_response,
    formbricks_response,
    numbered,
    qualtrics_response,
    surveymonkey_response,
    typeform_response,
)
from vendor_server import DROP, Answered, VendorServer

from touchpath.model.errors import BadInput
from touchpath.services.record import record_signals
from touchpath.services.secrets import Secret
from touchpath.sources.pull.choice import source_names
from touchpath.sources.pull.qualtrics import QUALTRICS
from touchpath.sources.pull.surveys import Position, changes, chosen, going_on
from touchpath.sources.vendors.typeform import webhook_signals

NOW = datetime(2026, 7, 1, tzinfo=UTC)
SM_DETAILS = {
    "id": "9",
    "title": "Support",
    "pages": [{"questions": [{"id": "14", "family": "open_ended", "headings": [{"heading": "Why?"}]}]}],
}
QX_DEFINITION = {
    "SurveyName": "Relationship",
    "Questions": {"QID1": {"QuestionText": "How?", "QuestionType": "MC", "Selector": "NPS"}},
}


@pytest.fixture
def connect(tmp_path, monkeypatch):
    """`connect(kind, system, **settings)`: a bench with one connection "it" to a server that speaks as that system."""
    monkeypatch.setenv("SURVEYS", SECRET)
    opened = []

    def connecting(kind, system, *, name="w", since=None, **settings):
        server = VendorServer(system)
        server.__enter__()
        bench = Bench(tmp_path / name, server, NOW)
        opened.append((server, bench))
        given = {"key" if kind in ("delighted", "formbricks") else "token": "env:SURVEYS", "address": server.address, **settings}
        bench.connections.add("it", kind, given, since=since)
        return bench

    yield connecting
    for server, bench in opened:
        bench.close()
        server.__exit__()


def run(bench):
    """One run without problems; gives how many records were read and how many signals were new, by stream."""
    states = bench.pulls.run("it")
    assert [state.problem for state in states] == [""] * len(states)
    return {state.job.removeprefix("pull-it-"): (state.records, state.new) for state in states}


def answered(bench):
    return [row[0].partition("/")[0] for row in bench.rows("id", "kind") if row[1] == "survey.answered"]


# -- Typeform --------------------------------------------------------------------------------------------------------

FIELDS = [{"id": "Nps1", "type": "nps", "title": "How likely ...?"}]


def typeform(count, **more):
    return Typeform({"f1": {"fields": FIELDS, "responses": numbered(count, lambda n: typeform_response(n, n // 60))}}, **more)


def test_typeform_is_read_form_by_form_with_the_wordings_of_the_form(connect):
    system = typeform(3)
    system.forms["f2"] = {"fields": FIELDS, "responses": [typeform_response(9)]}
    bench = connect("typeform", system)
    assert run(bench)["responses"] == (4, 12)
    assert {row[0] for row in bench.rows("kind")} == {"survey.started", "survey.answered", "survey.completed"}
    assert all('"wording":"How likely ...?"' in row[0] for row in bench.rows("properties") if "question" in row[0])


def test_typeform_is_paged_by_tokens_and_read_again_from_an_hour_before_the_end(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.typeform._PAGE", 7)
    system = typeform(40)
    bench = connect("typeform", system)
    assert run(bench)["responses"] == (40, 120)
    assert sum(1 for asked in bench.server.asked if "before" in asked.query) == 5
    system.forms["f1"]["responses"].append(typeform_response(41, 59))
    assert run(bench)["responses"][1] == 3
    assert len(set(answered(bench))) == 41


def test_a_typeform_response_that_is_deleted_while_it_is_the_border_costs_nothing(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.typeform._PAGE", 7)
    system = typeform(20)
    system.gone.add("t0014")
    system.dying.add("t0014")
    bench = connect("typeform", system)
    assert run(bench)["responses"][1] == 60


def test_a_border_that_typeform_never_accepts_ends_the_run_instead_of_turning_in_circles(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.typeform._PAGE", 7)
    system = typeform(20)
    system.gone.add("t0014")
    bench = connect("typeform", system)
    assert "unknown token" in bench.pulls.run("it")[0].problem


def test_partial_responses_of_typeform_are_a_stream_of_their_own(connect):
    system = typeform(1)
    system.forms["f1"]["responses"].append(typeform_response(2, submitted_at=None, response_type="partial"))
    bench = connect("typeform", system)
    assert run(bench) == {"responses": (1, 3), "partial_responses": (1, 2)}
    assert [row for row in bench.rows("kind") if row[0] == "survey.completed"] == [("survey.completed",)]


def test_only_chosen_forms_are_read(connect):
    system = typeform(2)
    system.forms["f2"] = {"fields": FIELDS, "responses": [typeform_response(9)]}
    bench = connect("typeform", system, forms="f2")
    assert run(bench)["responses"] == (1, 3)


def test_what_came_by_webhook_comes_no_second_time_by_pulling(connect):
    system = typeform(5)
    bench = connect("typeform", system)
    responses = system.forms["f1"]["responses"]
    hooks = [
        {
            "event_type": "form_response",
            "form_response": {**one, "form_id": "f1", "definition": {"id": "f1", "title": "Form f1", "fields": FIELDS}},
        }
        for one in responses[:3]
    ]
    told = [signal for hook in hooks for signal in webhook_signals(hook)]
    assert record_signals(bench.lake, told).appended.new == 9
    bench.lake.close()
    (state, _) = bench.pulls.run("it")
    assert (state.new, state.duplicates, state.corrections, state.problem) == (6, 9, 0, "")


# -- SurveyMonkey ----------------------------------------------------------------------------------------------------


def surveymonkey(count, **more):
    return SurveyMonkey(
        {"9": {"details": SM_DETAILS, "responses": numbered(count, lambda n: surveymonkey_response(n, n // 60))}}, **more
    )


def test_surveymonkey_is_read_in_the_order_of_changes_and_a_change_is_a_correction(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.surveymonkey._PAGE", 10)
    system = surveymonkey(95)
    bench = connect("surveymonkey", system)
    assert len(set(answered(bench))) == 0
    run(bench)
    assert len(set(answered(bench))) == 95
    changed = surveymonkey_response(3, 300, pages=[{"questions": [{"id": "14", "answers": [{"text": "changed my mind"}]}]}])
    system.surveys["9"]["responses"][2] = changed
    states = bench.pulls.run("it")
    assert (states[0].new, states[0].corrections) == (0, 2)
    assert "changed my mind" in str(bench.rows("id", "revision", "text"))


def test_a_response_that_changes_while_pages_are_read_pushes_none_over_the_border(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.surveymonkey._PAGE", 10)
    moved = iter(range(1, 40))

    def change(system, asked):
        """Between any two pages the oldest response is modified, so that every later one moves forward by a place."""
        number = next(moved, None)
        if number is not None:
            system.surveys["9"]["responses"][number - 1] = surveymonkey_response(number, 200)

    bench = connect("surveymonkey", surveymonkey(100, before_page=change))
    run(bench)
    assert len(set(answered(bench))) == 100


def test_more_responses_of_one_second_than_a_page_holds_are_all_read(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.surveymonkey._PAGE", 10)
    system = surveymonkey(0)
    system.surveys["9"]["responses"] = [surveymonkey_response(n, date_modified="2026-06-10T08:00:00+00:00") for n in range(35)]
    bench = connect("surveymonkey", system)
    run(bench)
    assert len(set(answered(bench))) == 35


def test_details_are_only_asked_for_when_there_is_something_new(connect):
    bench = connect("surveymonkey", surveymonkey(3))
    run(bench)
    bench.server.asked.clear()
    bench.now += timedelta(days=30)
    assert run(bench)["responses"][1] == 0
    assert sum(1 for asked in bench.server.asked if asked.path.endswith("/bulk")) == 1


def test_the_next_minute_is_waited_for_and_the_next_day_is_not(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.surveymonkey._PAGE", 10)
    system = surveymonkey(40, minute=3)
    bench = connect("surveymonkey", system)
    run(bench)
    assert bench.slept
    assert all(seconds <= 61 for seconds in bench.slept)
    later = surveymonkey(60)
    system.surveys, system.day = later.surveys, 4
    problem = bench.pulls.run("it")[0].problem
    assert re.search(r"limit of requests a day is used up until 2026-07-01 0[12]:\d\d UTC", problem)
    system.day = 100_000
    run(bench)
    assert len(set(answered(bench))) == 60


def test_a_limit_never_starves_the_surveys_behind_it(connect):
    system = surveymonkey(2)
    for id in ("10", "11", "12"):
        responses = [surveymonkey_response(int(id) * 100 + n, survey_id=id) for n in range(2)]
        system.surveys[id] = {"details": {**SM_DETAILS, "id": id}, "responses": responses}
    bench = connect("surveymonkey", system)
    for _ in range(6):
        system.day = 5
        bench.pulls.run("it")
    assert len(set(answered(bench))) == 8


# -- Delighted -------------------------------------------------------------------------------------------------------


def test_delighted_is_read_by_pages_also_what_was_never_updated(connect):
    system = Delighted(numbered(250, delighted_response))
    bench = connect("delighted", system)
    assert run(bench)["survey_responses"] == (250, 500)
    assert all("email:" in str(row) for row in bench.rows("actors"))


def test_a_comment_that_comes_later_to_delighted_is_a_correction(connect):
    system = Delighted([delighted_response(1), delighted_response(2)])
    bench = connect("delighted", system)
    run(bench)
    later = int((bench.now + timedelta(days=2)).timestamp())
    bench.now += timedelta(days=3)
    system.lists["survey_responses"][0] = delighted_response(1, comment="Late but kind", updated_at=later)
    states = {state.job: state for state in bench.pulls.run("it")}
    state = states["pull-it-survey_responses"]
    assert (state.new, state.corrections, state.problem) == (0, 1, "")
    assert "Late but kind" in str(bench.rows("id", "revision", "text"))


def test_who_unsubscribed_and_whom_delighted_could_not_reach(connect):
    people = [{"person_id": "7", "email": "a@example.com", "name": "Ann", "unsubscribed_at": 1_772_355_700}]
    bounced = [{"person_id": "8", "email": "b@example.com", "name": "Bob", "bounced_at": 1_772_355_800}]
    bench = connect("delighted", Delighted([], people, bounced))
    assert run(bench) == {"survey_responses": (0, 0), "unsubscribes": (1, 1), "bounces": (1, 1)}
    assert bench.rows("kind", "actors")[1][0] == "survey.unsubscribed"
    assert "Ann" not in str(bench.rows("actors", "properties"))


# -- Formbricks ------------------------------------------------------------------------------------------------------

FB_SURVEYS = {
    "s1": {
        "id": "s1",
        "name": "Relationship",
        "type": "link",
        "questions": [{"id": "q1", "type": "nps", "headline": {"default": "How?"}}],
    }
}


def test_formbricks_is_read_with_its_surveys_in_the_order_of_changes(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.formbricks._PAGE", 20)
    system = Formbricks(numbered(90, lambda n: formbricks_response(n, n // 60)), FB_SURVEYS)
    bench = connect("formbricks", system)
    run(bench)
    assert len(set(answered(bench))) == 90
    assert sum(1 for asked in bench.server.asked if "/surveys/" in asked.path) == 1
    assert all('"scale":"nps"' in row[0] for row in bench.rows("properties") if "question" in row[0])
    system.responses[4] = formbricks_response(5, 30, data={"q1": 0})
    states = bench.pulls.run("it")
    assert (states[0].new, states[0].corrections) == (0, 1)


def test_a_response_to_a_survey_that_is_gone_keeps_its_answers(connect):
    bench = connect("formbricks", Formbricks([formbricks_response(1, surveyId="gone")], FB_SURVEYS))
    run(bench)
    assert answered(bench) == ["r1"]


# -- Qualtrics -------------------------------------------------------------------------------------------------------


def qualtrics(count, **more):
    responses = numbered(count, lambda n: qualtrics_response(n, 1 + n % 28))
    return Qualtrics({"SV_1": {"definition": QX_DEFINITION, "responses": responses}}, **more)


def test_qualtrics_exports_are_begun_waited_for_and_unpacked(connect):
    bench = connect("qualtrics", qualtrics(30, takes=4))
    assert run(bench)["responses"] == (30, 90)
    assert bench.slept == [1.0, 2.0, 4.0]
    assert all('"wording":"How?"' in row[0] for row in bench.rows("properties") if "question" in row[0])


def test_all_surveys_of_qualtrics_are_read_page_by_page(connect):
    system = qualtrics(2)
    system.surveys["SV_2"] = {"definition": QX_DEFINITION, "responses": [qualtrics_response(77)]}
    bench = connect("qualtrics", system)
    assert run(bench)["responses"] == (3, 9)


def test_what_is_recorded_later_comes_by_the_token_of_the_last_export(connect):
    system = qualtrics(5)
    bench = connect("qualtrics", system)
    run(bench)
    system.surveys["SV_1"]["responses"].append(qualtrics_response(99, 30))
    assert run(bench)["responses"] == (1, 3)
    assert "continuationToken" in system.wanted[-1]


def test_a_token_that_holds_no_more_is_replaced_by_the_date(connect):
    system = qualtrics(5)
    bench = connect("qualtrics", system)
    run(bench)
    system.tokens.clear()
    system.surveys["SV_1"]["responses"].append(qualtrics_response(99, 30, recordedDate="2026-07-01T00:30:00Z"))
    bench.now += timedelta(days=10)
    assert run(bench)["responses"] == (1, 3)
    assert system.wanted[-1]["startDate"] == "2026-06-30T23:50:00Z"


def test_an_export_that_is_too_large_is_asked_for_in_halves(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.web.MOST_BYTES", 1 << 20)
    system = qualtrics(40, most=15)
    bench = connect("qualtrics", system, since=datetime(2026, 2, 1, tzinfo=UTC))
    assert run(bench)["responses"][1] == 120
    assert len(set(answered(bench))) == 40
    assert len(system.wanted) >= 5


def test_an_export_that_fails_is_made_anew_by_the_next_run(connect):
    bench = connect("qualtrics", qualtrics(3, fails=1))
    assert "could not make the export" in bench.pulls.run("it")[0].problem
    assert run(bench)["responses"] == (3, 9)


def test_an_export_that_is_never_finished_is_given_up(connect, monkeypatch):
    monkeypatch.setattr("touchpath.sources.pull.qualtrics._MOST_WAIT", 60.0)
    bench = connect("qualtrics", qualtrics(3, takes=100_000))
    assert "within an hour" in bench.pulls.run("it")[0].problem


@pytest.mark.parametrize("content", [b"PK\x03\x04 this is no zip", b"", b"PK\x05\x06" + b"\0" * 18])
def test_a_broken_zip_is_told_and_costs_nothing(connect, content):
    system = qualtrics(3)
    bench = connect("qualtrics", system)
    true = Qualtrics.__call__

    def torn(asked):
        return Answered(200, content) if asked.path.endswith("/file") else true(system, asked)

    original = bench.server._serve
    bench.server._serve = lambda request, _: original(request, torn)
    assert "zip" in bench.pulls.run("it")[0].problem
    bench.server._serve = original
    assert run(bench)["responses"] == (3, 9)


def a_distribution(id, sent):
    return {"id": id, "requestType": "Invite", "sendDate": sent, "surveyLink": {"surveyId": "SV_1"}}


def test_invitations_of_qualtrics_are_read_and_read_again_while_they_are_lively(connect):
    system = qualtrics(0)
    system.distributions = [a_distribution("EMD_1", "2026-06-20T09:00:00Z"), a_distribution("EMD_0", "2026-01-01T09:00:00Z")]
    sent = {"sentAt": "2026-06-20T09:00:00Z", "status": "Success"}
    system.history = {
        "EMD_1": [{"contactId": f"CID_{n}", **sent} for n in range(5)],
        "EMD_0": [
            {"contactId": "CID_9", "sentAt": "2026-01-01T09:00:00Z", "openedAt": "2026-01-02T09:00:00Z", "status": "Opened"}
        ],
    }
    bench = connect("qualtrics", system)
    assert run(bench) == {"responses": (0, 0), "invitations": (6, 7)}
    assert bench.rows("kind", "channel") == [("survey.opened", "email"), *[("survey.sent", "email")] * 6]
    system.history["EMD_1"][0] |= {"openedAt": "2026-07-02T09:00:00Z", "status": "HardBounce"}
    bench.now += timedelta(days=2)
    bench.server.asked.clear()
    assert run(bench)["invitations"] == (5, 2)
    assert not any("EMD_0" in asked.path for asked in bench.server.asked)


def test_a_bad_record_is_kept_with_its_reason_and_never_costs_the_others(connect):
    system = qualtrics(3)
    system.surveys["SV_1"]["responses"] += [{"values": {"recordedDate": "2026-03-01T09:00:00Z", "QID1": 3}}]
    bench = connect("qualtrics", system)
    states = bench.pulls.run("it")
    assert (states[0].records, states[0].rejected, states[0].new) == (4, 1, 9)
    (refused,) = bench.pulls.rejected(bench.connections.get("it"))
    assert "_recordId" in refused.reason


@pytest.mark.parametrize("name", ["fra1", "acme.iad1", "FRA1.qualtrics.com"])
def test_data_centers_are_words(name):
    QUALTRICS.open(opening(datacenter=name))


@pytest.mark.parametrize("name", ["", "evil.example/", "a b", "x@y", "fra1.qualtrics.com.evil.example/"])
def test_what_is_no_data_center_is_refused(name):
    with pytest.raises(BadInput, match="data center"):
        QUALTRICS.open(opening(datacenter=name))


def opening(**settings):
    from touchpath.services.connectors import Opening

    plain = {"datacenter": "fra1", "surveys": "", "address": "", **settings}
    return Opening("qualtrics", plain, {"token": Secret("env:SURVEYS")})


# -- all of them -----------------------------------------------------------------------------------------------------

SYSTEMS = {
    "typeform": lambda: typeform(30),
    "surveymonkey": lambda: surveymonkey(30),
    "delighted": lambda: Delighted(numbered(30, delighted_response)),
    "formbricks": lambda: Formbricks(numbered(30, formbricks_response), FB_SURVEYS),
    "qualtrics": lambda: qualtrics(30),
}


@pytest.mark.parametrize("kind", SYSTEMS)
def test_busy_servers_and_broken_connections_are_asked_again(connect, kind):
    bench = connect(kind, SYSTEMS[kind]())
    bench.server.faults.extend([Answered(503, {}), DROP, Answered(429, {}, {"retry-after": "7"}), Answered(200, {}, cut=1)])
    run(bench)
    assert len(set(answered(bench))) == 30
    assert bench.slept


@pytest.mark.parametrize("kind", SYSTEMS)
def test_a_wrong_key_is_told_without_telling_the_key(connect, kind, monkeypatch):
    monkeypatch.setenv("SURVEYS", "a-wrong-secret")
    bench = connect(kind, SYSTEMS[kind]())
    monkeypatch.setenv("SURVEYS", "another-wrong-secret")
    problem = bench.pulls.run("it")[0].problem
    assert "does not let us in" in problem
    assert "wrong-secret" not in problem


@pytest.mark.parametrize("kind", SYSTEMS)
def test_checking_asks_once_and_says_who_answers(connect, kind):
    bench = connect(kind, SYSTEMS[kind]())
    assert re.match(rf"{kind}( |$)", bench.pulls.check("it").lower())
    assert len(bench.server.asked) == 1


class Crash(BaseException):
    """As if the process had been killed here."""


@pytest.mark.parametrize("kind", SYSTEMS)
@pytest.mark.parametrize("at", [2, 5, *(pytest.param(at, marks=pytest.mark.slow) for at in (1, 3, 4, 8, 9))])
def test_a_run_that_dies_loses_and_doubles_nothing(connect, kind, at, monkeypatch):
    monkeypatch.setattr("touchpath.services.pulling._RECORDS_AT_ONCE", 5)
    for module, size in (("typeform", 7), ("surveymonkey", 7), ("delighted", 7), ("formbricks", 7)):
        monkeypatch.setattr(f"touchpath.sources.pull.{module}._PAGE", size)
    monkeypatch.setattr("touchpath.sources.pull.qualtrics._AT_ONCE", 7)
    system = SYSTEMS[kind]()
    whole = connect(kind, SYSTEMS[kind](), name="whole")
    run(whole)
    bench = connect(kind, system)
    left, append, save = [at], bench.lake.append, bench.states.save

    def dying(true):
        def tried(*words, **more):
            left[0] -= 1
            if left[0] == 0:
                raise Crash
            done = true(*words, **more)
            left[0] -= 1
            if left[0] == 0:
                raise Crash
            return done

        return tried

    bench.lake.append, bench.states.save = dying(append), dying(save)
    with pytest.raises(Crash):
        bench.pulls.run("it")
    bench.lake.append, bench.states.save = append, save
    states = bench.pulls.run("it")
    assert [state.problem for state in states] == [""] * len(states)
    assert bench.rows() == whole.rows()
    assert sum(state.corrections for state in states) == 0


def test_an_earlier_since_reads_what_is_older(connect):
    for kind, make in SYSTEMS.items():
        bench = connect(kind, make(), name=kind, since=datetime(2027, 1, 1, tzinfo=UTC))
        assert set(run(bench).values()) == {(0, 0)}, kind
        before = bench.connections.get("it")
        secret = {name: one.reference for name, one in before.secrets.items()}
        bench.connections.change("it", kind, {**before.settings, **secret})
        run(bench)
        assert len(set(answered(bench))) == 30, kind


def test_all_five_can_be_connected():
    assert {"delighted", "formbricks", "qualtrics", "surveymonkey", "typeform"} <= set(source_names())


def test_ids_in_settings_are_ids():
    assert chosen(" SV_1, SV_2,SV_1 ", "The survey") == ("SV_1", "SV_2")
    for text in ("../users", "a b", "SV_1/x"):
        with pytest.raises(BadInput, match="The survey came as"):
            chosen(text, "The survey")


def test_reading_goes_on_with_the_survey_that_it_was_at():
    assert going_on(("a", "b", "c"), "b") == ("b", "c", "a")
    assert going_on(("a", "b"), "gone") == ("a", "b")


def test_a_position_survives_its_cursor_and_nonsense_begins_anew():
    start = datetime(2026, 1, 1, tzinfo=UTC)
    position = Position(datetime(2026, 5, 1, tzinfo=UTC), 3)
    assert Position.of(position.told(start), start) == position
    for nonsense in (None, {}, {"since": "soon"}, {"since": 3}, "x"):
        assert Position.of(nonsense, start) == Position(start)


def test_a_list_without_times_is_still_read_to_its_end():
    pages = [[{"n": 1}, {"n": 2}], [{"n": 3}, {"n": 4}], [{"n": 5}]]
    told = list(changes(lambda position: pages[position.page], lambda record: None, Position(NOW), 2))
    assert [len(records) for records, _ in told] == [2, 2, 1]
