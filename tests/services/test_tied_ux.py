"""Metrics of people's use that a model ties to queries: one workspace, every number counted on paper."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath import Signal
from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import ModelErrors
from touchpath.model.parse import parse_model
from touchpath.services.metric_check import check_metric

HEAD = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions: [{id: device, title: Device, field: properties.device}]
metrics:
"""
VITAL = "{query: values, column: value, of: {kind: page.measured, where: {properties.measure: %s}}}"
TIED = {
    **{name: VITAL % name.upper() for name in ("lcp", "inp", "cls", "fcp", "ttfb")},
    "failed_interactions": "{query: counts, of: {kind: [], where: {properties.status: failed}}, per: asked, part: true}",
    "errors_per_opportunity": "{query: counts, of: field.refused, per: field.shown}",
    "accessible_pages": "{query: counts, of: {kind: page.scanned, where: {value: 0}}, per: page.scanned, part: true}",
    "search_success": "{query: between, start: searched, end: result.opened, limit: 5m}",
    "search_refinement": "{query: between, start: searched, end: searched, limit: 5m}",
    "search_time": "{query: between, start: searched, end: result.opened, limit: 5m}",
    "zero_result_rate": "{query: counts, of: {kind: searched, where: {value: 0}}, per: searched, part: true}",
    "onboarding_completion": "{query: funnel, steps: [signed.up, invited, created], window: 7d}",
    "time_to_value": "{query: funnel, steps: [signed.up, created], window: 7d}",
    "feature_adoption": "{query: volume, of: [exported], among: [seen]}",
    "adoption_depth": "{query: volume, of: [exported], among: [seen]}",
    **dict.fromkeys(
        ("rage_clicks", "visits_with_rage_clicks", "people_with_rage_clicks"),
        "{query: friction, clicks: clicked, variant: mixpanel, x: properties.left, y: properties.top, visits: came}",
    ),
    "quick_backs": "{query: friction, pages: went, page: properties.page, visits: came}",
    "visits_with_dead_clicks": "{query: friction, of: clicked.dead, visits: came}",
    "lostness": "{query: lostness, start: began.looking, success: found.it, pages: looked, page: properties.page, least: 3}",
    **dict.fromkeys(
        ("fillings_abandoned", "form_refills"), "{query: forms, changed: typed, sent: typed.sent, field: properties.page}"
    ),
    "form_abandonment": "{query: funnel, steps: [form.changed, form.sent], window: 1h}",
}
METRICS = "".join(f"  - {{id: {name}, title: My {name}, metric: {name}, query: {query}}}\n" for name, query in TIED.items())
START = datetime(2026, 1, 1, 9, tzinfo=UTC)
MINUTE = 1 / 1440


def at(person: str, days: float, kind: str, key: str = "", **fields) -> Signal:
    moment = START + timedelta(days=days)
    return Signal("test", f"{person}-{days}-{kind}-{key}", kind, moment, (f"user:{person}",), **fields)


def pages():
    """Eight loads of three people on telephones and desktops. INP is told of one person alone, FCP of nobody."""
    loads = (("a", 1000), ("a", 1200), ("a", 5000), ("b", 1100), ("b", 2000), ("b", 900), ("c", 2400), ("c", 3000))
    for number, (person, took) in enumerate(loads):
        device = {"measure": "LCP", "device": "phone" if person == "c" else "desktop"}
        yield at(person, number / 24, "page.measured", "lcp", value=float(took), unit="milliseconds", properties=device)
        yield at(person, number / 24, "page.measured", "cls", value=0.05, unit="score", properties={"measure": "CLS"})
    yield at("a", 1, "page.measured", "inp", value=150.0, unit="milliseconds", properties={"measure": "INP"})
    for number, unit in enumerate(("milliseconds", "seconds")):
        yield at("a", 1 + number, "page.measured", "ttfb", value=1.0, unit=unit, properties={"measure": "TTFB"})


def working():
    """a asks three times and fails once, b asks once; b is shown four fields and refused twice, c is shown two and refused once."""
    for number, status in enumerate(("ok", "failed", "ok")):
        yield at("a", 2 + number / 24, "asked", properties={"status": status})
    yield at("b", 2, "asked", properties={"status": "ok"})
    yield at("b", 2.1, "other", properties={"status": "failed"})
    for person, shown, refused in (("b", 4, 2), ("c", 2, 1)):
        yield from (at(person, 3, "field.shown", str(number)) for number in range(shown))
        yield from (at(person, 3.1, "field.refused", str(number)) for number in range(refused))
    yield from (at(f"page{number}", 3, "page.scanned", value=found) for number, found in enumerate((0.0, 0.0, 3.0, 1.0)))


def searching():
    """a finds nothing, asks again after a minute, and opens a result two minutes later. b opens one after half a minute. c after ten."""
    yield at("a", 4, "searched", value=0.0)
    yield at("a", 4 + MINUTE, "searched", value=7.0)
    yield at("a", 4 + 3 * MINUTE, "result.opened")
    yield at("b", 4, "searched", value=2.0)
    yield at("b", 4 + MINUTE / 2, "result.opened")
    yield at("c", 4, "searched", value=3.0)
    yield at("c", 4 + 10 * MINUTE, "result.opened")


def beginning():
    """Of four who sign up j gets through after two days, k skips inviting and creates after four, l is too late, m never comes back."""
    yield from (at(person, 5, "signed.up") for person in "jklm")
    yield from (
        at("j", 6, "invited"),
        at("j", 7, "created"),
        at("k", 9, "created"),
        at("l", 6, "invited"),
        at("l", 15, "created"),
    )
    yield from (at(person, 16, "seen") for person in "abcdj")
    yield from (at("a", 17 + day, "exported") for day in range(5))
    yield from (at("b", 17, "exported"), at("x", 17, "exported"))
    yield from (at(person, 20, "form.changed") for person in "abcd")
    yield from (at("a", 20 + MINUTE, "form.sent"), at("b", 20 + 90 * MINUTE, "form.sent"))


def clicking():
    """a comes twice and clicks eight times at one place in the first visit; b comes and goes back after two seconds; c clicks once, on nothing."""
    yield from (at("a", 21, "came"), at("a", 22, "came"), at("b", 21, "came"), at("c", 21, "came"))
    yield from (
        at("a", 21 + (1 + number / 2) / 86_400, "clicked", properties={"left": 300 + number, "top": 20}) for number in range(8)
    )
    yield from (at("b", 21 + (9 + 2 * number) / 86_400, "went", properties={"page": page}) for number, page in enumerate("xyx"))
    yield at("c", 21 + MINUTE, "clicked.dead")


def looking():
    """a sees five pages, four of them different; b goes the straight way of three."""
    for person, way in (("a", "uvuwx"), ("b", "uvx")):
        yield at(person, 25, "began.looking")
        yield from (at(person, 25 + step * MINUTE, "looked", properties={"page": page}) for step, page in enumerate(way, 1))
        yield at(person, 25 + 9 * MINUTE, "found.it")


def typing():
    """a fills it in, goes back to the first field and sends it; b leaves at the second field, and sends it the next day."""
    yield from (at("a", 30 + step * MINUTE, "typed", properties={"page": field}) for step, field in enumerate("pqp"))
    yield from (at("b", 30 + step * MINUTE, "typed", properties={"page": field}) for step, field in enumerate("pq"))
    yield from (
        at("a", 30 + 4 * MINUTE, "typed.sent"),
        at("b", 31, "typed", properties={"page": "p"}),
        at("b", 31 + MINUTE, "typed.sent"),
    )


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ux") / "shop"
    create_workspace(folder, "Shop")
    workspace = open_workspace(folder)
    workspace.models.apply(HEAD + METRICS, "me", "first")
    workspace.record((*pages(), *working(), *searching(), *beginning(), *clicking(), *looking(), *typing(), at("z", 40, "seen")))
    yield workspace
    workspace.close()


COUNTED = {
    # In order 900, 1000, 1100, 1200, 2000, 2400, 3000, 5000: rank 1 + 7 * 0.75 = 6.25 lies a quarter of the way from 2400 to 3000.
    "lcp": (2550.0, 8),
    "cls": (0.05, 8),
    # What failed and was not asked for is not in it.
    "failed_interactions": (1 / 4, 4),
    "errors_per_opportunity": (3 / 6, 6),
    "accessible_pages": (2 / 4, 4),
    # Both of a's searches are followed by the result within five minutes; c's is not.
    "search_success": (3 / 4, 4),
    "search_refinement": (1 / 4, 4),
    "search_time": ((180 * 120 * 30) ** (1 / 3), 3),
    "zero_result_rate": (1 / 4, 4),
    "onboarding_completion": (1 / 4, 4),
    "time_to_value": ((2 * 4) ** (1 / 2) * 86_400, 2),
    # x exported without being active as the query means it; z is active, too.
    "feature_adoption": (2 / 6, 6),
    "adoption_depth": (6 / 2, 2),
    # Four visits of three people; the eight clicks are two bursts.
    "rage_clicks": (2 / 4, 4),
    "visits_with_rage_clicks": (1 / 4, 4),
    "people_with_rage_clicks": (1 / 3, 3),
    "quick_backs": (1 / 4, 4),
    "visits_with_dead_clicks": (1 / 4, 4),
    "lostness": ((0.2**2 + 0.25**2) ** 0.5 / 2, 2),
    "fillings_abandoned": (1 / 3, 3),
    "form_refills": (1 / 3, 3),
    "form_abandonment": (3 / 4, 4),
}


@pytest.mark.parametrize(("name", "counted"), COUNTED.items(), ids=COUNTED)
def test_a_metric_is_what_was_counted_on_paper(shop, name, counted):
    value, n = counted
    total = shop.platform.measure(name).total
    assert (total.value, total.n) == (pytest.approx(value, rel=0.005), n)
    assert total.low <= total.value <= total.high


def test_few_page_loads_are_warned_of_and_those_of_three_people_not_judged(shop):
    measured = shop.platform.measure("lcp")
    assert "Only 8 page loads: a 75th percentile needs 100." in measured.total.warnings
    assert measured.total.low < 2500 < 4000 < measured.total.high
    assert measured.verdicts[0].sentence == "Thresholds of LCP: not judged, fewer than 5 people"
    assert shop.platform.measure("cls").verdicts[0].sentence == "Thresholds of CLS: not judged, fewer than 5 people"


def test_speed_is_cut_by_device(shop):
    readings = {one.segment: one.number for one in shop.platform.measure("lcp", by="device").readings}
    assert readings["desktop"].value == pytest.approx(1800, rel=0.005)
    assert readings["phone"].reason == "only 1 person, and an interval needs two"


def test_a_page_passes_or_not_by_device(shop):
    table = shop.platform.ask({"query": "vitals", "of": "page.measured", "by": "device"}).table("pages").records()
    assert {row["segment"]: row["verdict"] for row in table} == {
        "desktop": "inconclusive",
        "phone": "inconclusive",
        "(none)": "inconclusive",
    }
    told = shop.platform.ask({"query": "vitals", "of": "page.measured"}).table("vitals").records()
    assert {row["measure"]: row["class"] for row in told} == dict.fromkeys(
        ("LCP", "CLS", "INP", "FCP", "TTFB"), ""
    )  # three people


def test_what_was_not_measured_says_so(shop):
    assert shop.platform.measure("fcp").total.reason == "no page load was measured"
    assert shop.platform.measure("inp").total.reason == "only 1 person, and an interval needs two"
    assert shop.platform.measure("ttfb").total.reason == "its values come in several units"


def test_friction_that_cannot_be_judged_is_told(shop):
    asked = {"query": "friction", "clicks": "clicked", "x": "properties.left", "y": "properties.page", "visits": "came"}
    row = shop.platform.ask(asked).table("friction").records()[0]
    assert (row["visits"], row["events"], row["unread"]) == (4, 0, 8)


WRONG = {
    "rage_clicks": (
        "{query: friction, of: a, pages: b}",
        r"one of of, clicks, pages says what friction is, but of and pages came",
    ),
    "lcp": ("{query: values, column: channel}", r"'lcp' needs 'column: value'"),
    "zero_result_rate": ("{query: counts, of: a, per: b}", r"'zero_result_rate' needs 'part: true'"),
    "search_success": ("{query: between, start: a, end: b}", r"'search_success' needs 'limit'"),
    "feature_adoption": ("{query: volume, of: [a]}", r"'feature_adoption' needs 'among'"),
}


@pytest.mark.parametrize(("name", "wrong"), WRONG.items(), ids=WRONG)
def test_a_query_without_what_the_metric_needs_is_refused(name, wrong):
    query, message = wrong
    with pytest.raises(ModelErrors, match=message):
        parse_model(f"{HEAD}  - {{id: m, title: M, metric: {name}, query: {query}}}\n", check=check_metric)
