"""First contact resolution against a slow reader that looks at one person's contacts at a time, and the rules of the definition."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from many import many

from touchpath.model.errors import BadInput
from touchpath.model.keys import name_key
from touchpath.model.rules import EventRule
from touchpath.timelines import episodes
from touchpath.timelines.arrays import NO_BYTES, Cells, one_cell
from touchpath.timelines.contacts import BY_EPISODE, BY_RESOLUTION, REPEATED, RESOLVED_FIRST, WAITING, Contacts
from touchpath.timelines.durations import Durations
from touchpath.timelines.opening import OpenTime

MS = 1000
RULES = {name: EventRule((name, "both") if name in ("contact", "message") else (name,)) for name in
         ("contact", "resolved", "reply", "message", "reopened")}  # fmt: skip
VARIANTS = (
    "no_repeat",
    "no_repeat_after_resolution",
    "no_reopen",
    "zendesk",
    "zendesk_messaging",
    "freshservice",
    "freshdesk",
    "zammad",
)


def meets(signal, rule):
    return signal[1] in RULES[rule].kinds


def slow_contacts(timeline, asked):
    """[(contact, signals of it)] of one person, in order of time: each signal belongs to its ticket, or to the contact before it."""
    topic = asked.same
    if asked.ticket:
        groups = defaultdict(list)
        for signal in timeline:
            groups[signal[2].get("objects.ticket")].append(signal)
        groups.pop(None, None)
        found = []
        for group in groups.values():
            begins = [s for s in group if meets(s, "contact") and (not topic or s[2].get(topic))]
            group = [s for s in group if not (meets(s, "contact") and topic and not s[2].get(topic))]
            if begins:
                found.append((begins[0], [s for s in group if s[0] >= begins[0][0]]))
        return sorted(found, key=lambda one: timeline.index(one[0]))
    found = []
    for value in dict.fromkeys(s[2].get(topic) if topic else "all" for s in timeline):
        if value is None:
            continue
        group = [s for s in timeline if not topic or s[2].get(topic) == value]
        instants = sorted({s[0] for s in group if meets(s, "contact")})
        for begin, after in itertools.zip_longest(instants, instants[1:], fillvalue=10**9):
            mine = [s for s in group if begin <= s[0] < after]
            found.append((next(s for s in mine if meets(s, "contact")), mine))
    return sorted(found, key=lambda one: timeline.index(one[0]))


def slow_cases(timeline, asked, end, passed):
    """[(contacts, open, settled at first, messages)] of one person, in order of their first contacts."""
    contacts = slow_contacts(timeline, asked)
    window = None if asked.window is None else asked.window // timedelta(microseconds=1)
    about = [c[0][2].get(asked.same) if asked.same else "all" for c in contacts]
    numbers = {c[0][2].get("objects.ticket"): place for place, c in enumerate(contacts)} if asked.ticket else {}
    follows = [numbers.get(c[0][2].get(asked.follows)) if asked.follows else None for c in contacts]
    follows = [to if to != place else None for place, to in enumerate(follows)]
    resolved = [next((s[0] for s in mine if meets(s, "resolved")), None) for _, mine in contacts]

    def over(since):
        return passed(since, end + 1) > window

    if asked.variant in BY_EPISODE:
        groups, group_of = [], {}
        for place, (contact, _) in enumerate(contacts):
            to, near = follows[place], next((p for p in range(place - 1, -1, -1) if about[p] == about[place]), None)
            joins = to if to is not None and to < place else None
            if joins is None and near is not None:
                reach = [contacts[near][0][0]]
                if asked.variant == "no_repeat_after_resolution":
                    reach += [s[0] for s in contacts[near][1] if meets(s, "resolved") and s[0] <= contact[0]]
                joins = near if passed(max(reach), contact[0]) <= window else None
            if joins is None:
                groups.append([])
            group_of[place] = group_of[joins] if joins is not None else len(groups) - 1
            groups[group_of[place]].append(place)
        for group in groups:
            first = group[0]
            since = contacts[first][0][0] if asked.variant == "no_repeat" else resolved[first]
            yield [contacts[p] for p in group], since is None or not over(since), len(group) == 1, None
        return
    for place, (contact, mine) in enumerate(contacts):
        solved = resolved[place]
        if solved is None:
            yield [contacts[place]], True, False, mine
            continue
        early = [s for s in mine if window is None or passed(solved, s[0]) <= window]
        back = any(meets(s, "reopened") and s[0] > solved for s in early)
        back |= any(
            to == place and contacts[p][0][0] > solved and window is not None and passed(solved, contacts[p][0][0]) <= window
            for p, to in enumerate(follows)
        )
        replies = sum(meets(s, "reply") for s in early)
        messages = sum((meets(s, "message") or meets(s, "contact")) and s[0] > contact[0] for s in early)
        latest = {rule: max((s[0] for s in early if meets(s, rule)), default=-1) for rule in ("resolved", "reopened")}
        stands = latest["resolved"] >= latest["reopened"]
        if asked.variant == "no_reopen":
            yield [contacts[place]], not over(solved), not back, early
        elif asked.variant in BY_RESOLUTION:
            first = sum(meets(s, "reply") and s[0] <= solved for s in mine) == 1
            yield (
                [contacts[place]],
                False,
                first if asked.variant == "freshdesk" else passed(contact[0], solved) < 15 * 60_000_000,
                mine,
            )
        else:
            how = {"zendesk": replies < 2, "zendesk_messaging": replies == 1, "freshservice": messages == 0}[asked.variant]
            yield [contacts[place]], not (over(solved) if window is not None else stands), stands and how, early


fields = st.fixed_dictionaries(
    {
        "objects.ticket": st.sampled_from(["a", "a", "a", "b", "c", None]),
        "properties.topic": st.sampled_from(["x", "x", "x", "y", None]),
        "properties.follows": st.sampled_from([None, None, "a", "b", "z"]),
        "properties.agent": st.sampled_from(["eva", "tom", None]),
        "channel": st.sampled_from(["mail", "phone", None]),
    }
)
kinds = st.sampled_from(["contact", "contact", "resolved", "resolved", "reply", "reply", "message", "reopened", "both", "seen"])
signals = st.tuples(st.integers(0, 12).map(lambda n: n * MS), kinds, fields)
some_people = st.dictionaries(st.integers(1, 2**50), st.lists(signals, min_size=4, max_size=12), max_size=2)
borders = st.lists(st.integers(0, 14).map(lambda n: n * MS), min_size=2, max_size=3, unique=True).map(sorted)
WORDS = {
    "kind": ("", "contact", "both", *RULES, "seen"), "properties.topic": ("", "x", "y"), "channel": ("", "mail", "phone"),
    "properties.follows": ("", "a", "b", "c", "z"), "properties.agent": ("", "eva", "tom"),
}  # fmt: skip
RULES["contact"] = EventRule(("contact", "both"))


@st.composite
def questions(draw, variants=VARIANTS):
    variant = draw(st.sampled_from(variants))
    needs_window = variant in (*BY_EPISODE, "no_reopen")
    window = None if variant in BY_RESOLUTION else draw(st.sampled_from([1, 3] if needs_window else [None, 2]))
    ticket = draw(st.sampled_from(["", "ticket"]))
    hours = draw(st.sampled_from([None, OpenTime((0, 5 * MS, 9 * MS), (3 * MS, 7 * MS, 40 * MS))]))
    return Contacts(
        **RULES, variant=variant, window=window and timedelta(milliseconds=window), same=draw(st.sampled_from(["", "properties.topic"])),
        ticket=ticket, follows=draw(st.sampled_from(["", "properties.follows"])) if ticket else "",
        agent=draw(st.sampled_from(["", "properties.agent"])), hours=hours,
    )  # fmt: skip


def clock(hours):
    """Microseconds from one moment to another on the clock of a question, one by one."""

    def passed(start, stop):
        if start > stop:
            return -passed(stop, start)
        spans = [(0, 10**9)] if hours is None else list(zip(hours.opens, hours.closes, strict=True))
        return sum(any(opens <= at < closes for opens, closes in spans) for at in range(start, stop))

    return passed


@pytest.mark.parametrize("variant", VARIANTS)
@many(120)
@given(people=some_people, edges=borders, data=st.data(), end=st.integers(6, 14).map(lambda n: n * MS))
def test_cases_agree_with_a_slow_reader(small_timelines, variant, people, edges, data, end):
    asked = data.draw(questions((variant,)))
    found = asked.map(small_timelines(people, WORDS), Cells(np.array(edges, np.int64)), NO_BYTES, end)
    passed, size = clock(asked.hours), len(edges) - 1
    counts, sums, times, outcomes = Counter(), defaultdict(lambda: [0, 0]), [], []

    def cell_of(time):
        return next((c for c, (low, high) in enumerate(itertools.pairwise(edges)) if low <= time < high), None)

    for owner in sorted(people):
        timeline = [s for s in sorted(people[owner], key=lambda s: s[0]) if s[0] <= end]
        timeline = [(*s[:2], dict(s[2], place=place)) for place, s in enumerate(timeline)]
        outcome = -1
        for signal in timeline:
            tied = (not asked.same or signal[2].get(asked.same)) and (not asked.ticket or signal[2].get("objects.ticket"))
            if meets(signal, "contact") and not tied and cell_of(signal[0]) is not None:
                counts[cell_of(signal[0]), "untied"] += 1
        for contacts, is_open, settled, read in slow_cases(timeline, asked, end, passed):
            (first, _), (last, mine) = contacts[0], contacts[-1]
            cell = cell_of(first[0])
            if cell is None:
                continue
            outcome = WAITING if is_open else RESOLVED_FIRST if settled else REPEATED
            counts[cell, "cases"] += 1
            counts[cell, "open"] += is_open
            if is_open:
                continue
            counts[cell, "first"] += settled
            every = [s for _, signals in contacts for s in signals]
            often = len(contacts)
            if read is not None:
                often += sum((meets(s, "message") or meets(s, "contact")) and s[0] > first[0] for s in read)
            channels = {s[2].get("channel") for s in every if meets(s, "contact") or meets(s, "message")} - {None}
            agents = {s[2].get(asked.agent) for s in every if s[1] != "seen"} - {None} if asked.agent else set()
            for name, x, y in (("share", 1, settled), ("contacts", 1, often), ("channels", 1, len(channels) > 1),
                               ("agents", len(agents) > 0, len(agents) > 1)):  # fmt: skip
                sums[name, cell, owner][0] += x
                sums[name, cell, owner][1] += y
            ended = max((s[0] for s in mine if meets(s, "resolved")), default=-1)
            stands = ended >= max((s[0] for s in mine if meets(s, "reopened")), default=-1) and ended >= 0
            times += [(cell, owner, passed(first[0], ended) // MS)] if stands else []
            since = max(last[0], ended if stands and asked.variant == "no_repeat_after_resolution" else 0)
            if asked.variant in BY_EPISODE:
                counts[cell, "growing"] += passed(since, end + 1) <= asked.window // timedelta(microseconds=1)
        outcomes.append(outcome)
    summary = found.summary
    for name in ("cases", "open", "first", "untied", "growing"):
        assert (name, getattr(summary, name).tolist()) == (name, [counts[cell, name] for cell in range(size)])
    assert found.outcomes.tolist() == outcomes
    for name, cell in itertools.product(("share", "contacts", "channels", "agents"), range(size)):
        mine = [pair for (which, where, _), pair in sums.items() if (which, where) == (name, cell) and pair[0]]
        ratio = getattr(summary, name).cell(cell)
        assert (name, ratio.people, ratio.x, ratio.y) == (name, len(mine), sum(x for x, _ in mine), sum(y for _, y in mine))
        assert (ratio.xx, ratio.xy, ratio.yy) == tuple(sum(a[i] * a[j] for a in mine) for i, j in ((0, 0), (0, 1), (1, 1)))
    table = np.array(sorted(times, key=lambda row: row[1]), np.int64).reshape(-1, 3)
    assert summary.times == Durations.of(size, *np.ascontiguousarray(table.T))


@given(some_people, questions(), st.data())
def test_any_division_of_people_gives_the_same_summary(small_timelines, shard, people, asked, data):
    whole, cells = small_timelines(people, WORDS), Cells(np.array([0, 5 * MS, 13 * MS], np.int64))
    chosen = {owner for owner in people if data.draw(st.booleans())}
    parts = [asked.map(shard(whole, part), cells, NO_BYTES, 9 * MS).summary for part in (chosen, set(people) - chosen)]
    assert parts[0] + parts[1] == parts[1] + parts[0] == asked.map(whole, cells, NO_BYTES, 9 * MS).summary


@given(some_people, questions(), st.data())
def test_people_left_out_are_as_if_they_were_not_there(small_timelines, shard, people, asked, data):
    chosen = {owner for owner in people if data.draw(st.booleans())}
    mask = np.array([owner in chosen for owner in sorted(people)], np.uint8)
    cells = one_cell()
    expected = asked.map(shard(small_timelines(people, WORDS), chosen), cells, NO_BYTES, 9 * MS)
    masked = asked.map(small_timelines(people, WORDS), cells, mask, 9 * MS)
    skipped = asked.map(small_timelines(people, WORDS, set(people) - chosen), cells, NO_BYTES, 9 * MS)
    if people:
        assert masked.summary == skipped.summary == expected.summary
        assert masked.outcomes[mask != 0].tolist() == expected.outcomes.tolist()
        assert (masked.outcomes[mask == 0] == -1).all()


def test_every_kernel_is_compiled_once(small_timelines):
    asked = Contacts(**RULES, ticket="ticket", follows="properties.follows")
    for people in ({1: [(0, "contact", {"objects.ticket": "a"}), (MS, "resolved", {"objects.ticket": "a"})]}, {}):
        asked.map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9 * MS)
        Contacts(**RULES, variant="no_reopen").map(small_timelines(people, WORDS), one_cell(), NO_BYTES, 9 * MS)
    names = ("find_contacts", "read_contacts", "find_followed", "join_episodes", "reopen_followed", "add_up")
    assert {name: len(getattr(episodes, name).signatures) for name in names} == dict.fromkeys(names, 1)


DAY = 86_400_000_000


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xy"), st.integers(0, 40)), max_size=12), st.integers(0, 40))
def test_the_catalogue_rule_of_repeat_contact_holds(small_timelines, contacts, end):
    """The rule as the catalogue of metrics words it: a contact opens an episode unless the same pair was in contact in the last 7 days."""
    people = {name_key(customer) % 100: [] for customer in "ab"}
    for customer, issue, day in contacts:
        people[name_key(customer) % 100].append((day * DAY, "contact", {"properties.topic": issue}))
    eligible = settled = 0
    seen = sorted({(c, i, d) for c, i, d in contacts if d <= end}, key=lambda one: one[2])
    for pair in {(c, i) for c, i, _ in seen}:
        days = [d for c, i, d in seen if (c, i) == pair]
        for place, day in enumerate(days):
            if place and day - days[place - 1] <= 7:
                continue
            alone = place + 1 == len(days) or days[place + 1] - day > 7
            eligible += day <= end - 7
            settled += alone and day <= end - 7
    asked = Contacts(RULES["contact"], same="properties.topic")
    summary = asked.map(small_timelines(people, WORDS), one_cell(), NO_BYTES, end * DAY).summary
    assert (int(summary.cases[0] - summary.open[0]), int(summary.first[0])) == (eligible, settled)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"variant": "best"}, "variants no_repeat"),
        ({"variant": "zendesk"}, "'resolved', which is missing"),
        ({"variant": "no_reopen", "resolved": RULES["resolved"]}, "both are missing"),
        ({"window": None}, "needs a window"),
        ({"window": timedelta(0)}, "above 0"),
        ({"variant": "zammad", "resolved": RULES["resolved"]}, "takes no window"),
        ({"follows": "properties.follows"}, "'ticket' must say"),
    ],
)
def test_impossible_questions_are_refused(change, said):
    with pytest.raises(BadInput, match=said):
        Contacts(RULES["contact"], **change)
