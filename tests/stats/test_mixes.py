"""The split of a change into change within segments and of their mix, by hand and by its laws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchpath.model.errors import BadInput
from touchpath.model.estimate import Undefined
from touchpath.stats.mixes import MixBetween, MixChange, Segment, judge_between, judge_mix, split_change

#: Bickel, Hammel & O'Connell 1975, Science 187:398, as in R's UCBAdmissions: department, men admitted and rejected, women the same.
BERKELEY = {
    "A": (512, 313, 89, 19), "B": (353, 207, 17, 8), "C": (120, 205, 202, 391),
    "D": (138, 279, 131, 244), "E": (53, 138, 94, 299), "F": (22, 351, 24, 317),
}  # fmt: skip


def berkeley():
    return [
        Segment(name, men + no_men, men / (men + no_men), women + no_women, women / (women + no_women))
        for name, (men, no_men, women, no_women) in BERKELEY.items()
    ]


def test_berkeley_women_are_admitted_less_on_the_whole_and_more_within_departments():
    split = split_change(berkeley())
    assert split.change == pytest.approx(557 / 1835 - 1198 / 2691)
    shares = [(m + x) / 2691 / 2 + (w + y) / 1835 / 2 for m, x, w, y in BERKELEY.values()]
    by_hand = sum(s * (w / (w + y) - m / (m + x)) for s, (m, x, w, y) in zip(shares, BERKELEY.values(), strict=True))
    assert split.within == pytest.approx(by_hand)
    assert split.within > 0 > split.change
    assert split.within + split.mix == pytest.approx(split.change)


def without_groups(segments, groups, seed):
    """The same counts with one of some random groups of people left out."""
    random = np.random.default_rng(seed)
    drawn = {}
    for one in segments:
        for side, n, share in (("before", one.n_before, one.before), ("after", one.n_after, one.after)):
            yes = round(n * share)
            drawn[one.title, side] = [random.multinomial(k, [1 / groups] * groups) for k in (yes, n - yes)]
    for left in range(groups):
        kept = []
        for one in segments:
            told = []
            for side, n, share in (("before", one.n_before, one.before), ("after", one.n_after, one.after)):
                yes, no = (counts[left] for counts in drawn[one.title, side])
                rest = n - int(yes) - int(no)
                told += [rest, (round(n * share) - int(yes)) / rest]
            kept.append(Segment(one.title, *told))
        yield split_change(kept)


def test_berkeleys_paradox_is_said_with_its_segments():
    found = judge_mix("Department", split_change(berkeley()), list(without_groups(berkeley(), 20, 1)), "share")
    assert isinstance(found, MixChange)
    assert (found.change.changed, found.within.changed, found.mix.changed, found.disagrees) == ("down", None, "down", "explained")
    assert found.sentence.startswith(
        "The mix explains it: the whole fell, but within segments on balance there is no detectable change."
    )


def test_every_segment_rises_and_the_whole_falls():
    segments = [Segment("web", 900, 0.8, 200, 0.85), Segment("app", 100, 0.3, 800, 0.4)]
    found = judge_mix("Channel", split_change(segments), list(without_groups(segments, 20, 2)), "share")
    assert isinstance(found, MixChange)
    assert found.reversed == "every"
    assert "in every segment the number rose" in found.sentence


def test_where_the_mix_stays_all_change_is_within():
    split = split_change([Segment("a", 50, 2.0, 100, 3.0), Segment("b", 50, 4.0, 100, 4.5)])
    assert (split.within, split.mix) == (pytest.approx(0.75), pytest.approx(0.0))


def test_a_segment_that_is_new_or_gone_only_changes_the_mix():
    split = split_change([Segment("a", 50, 0.5, 50, 0.5), Segment("new", 0, None, 50, 0.9), Segment("never", 0, None, 0, None)])
    assert split.within == 0
    assert split.mix == pytest.approx(split.change) == pytest.approx(0.2)
    assert [part.title for part in split.parts] == ["a", "new"]


SIDES = st.tuples(st.integers(1, 500), st.floats(-5, 5), st.integers(1, 500), st.floats(-5, 5))


@given(st.lists(SIDES, min_size=1, max_size=6))
def test_the_parts_add_up_and_turn_round_with_time(sides):
    there = split_change([Segment(str(k), *one) for k, one in enumerate(sides)])
    back = split_change([Segment(str(k), n2, v2, n1, v1) for k, (n1, v1, n2, v2) in enumerate(sides)])
    assert there.within + there.mix == pytest.approx(there.change, abs=1e-9)
    assert back.within == pytest.approx(-there.within, abs=1e-9)
    assert sum(part.mix for part in there.parts) == pytest.approx(there.mix, abs=1e-9)


def test_the_interval_of_the_split_holds_the_truth_as_often_as_it_says():
    """200 simulated changes whose truth is within -0.02 and mix -0.08: a 90 % interval holds it in 170 to 190 or so."""
    random, held = np.random.default_rng(3), [0, 0]
    truth = split_change([Segment("a", 60, 0.7, 40, 0.68), Segment("b", 40, 0.3, 60, 0.28)])
    for trial in range(200):
        segments = []
        first, second = random.multinomial(800, (0.6, 0.4)), random.multinomial(800, (0.4, 0.6))
        for name, n, m, p, q in zip("ab", first, second, (0.7, 0.3), (0.68, 0.28), strict=True):
            segments.append(Segment(name, int(n), random.binomial(n, p) / n, int(m), random.binomial(m, q) / m))
        found = judge_mix("x", split_change(segments), list(without_groups(segments, 20, trial)), "share", 0.9)
        assert isinstance(found, MixChange)
        held[0] += found.within.low <= truth.within <= found.within.high
        held[1] += found.mix.low <= truth.mix <= found.mix.high
    assert min(held) >= 165
    assert max(held) <= 195


def test_nobody_at_one_time_and_few_groups_have_no_split():
    with pytest.raises(BadInput, match="somebody at both times"):
        split_change([Segment("a", 0, None, 5, 1.0)])
    with pytest.raises(BadInput, match="lacks a number"):
        split_change([Segment("a", 5, None, 5, 1.0)])
    split = split_change([Segment("a", 5, 0.5, 5, 1.0)])
    assert isinstance(judge_mix("x", split, [split] * 9, "share"), Undefined)


def test_where_nothing_changes_within_no_paradox_is_said_for_the_noise_of_the_segments():
    """Half the people move to phones, where the number is lower all along: within is as often above 0 as below, and no change at all."""
    random, said = np.random.default_rng(8), []
    for seed in range(60):
        counts = {"desk": (900, 600, 0.8), "phone": (300, 600, 0.5), "tablet": (300, 300, 0.65)}
        segments = [
            Segment(title, n, float(random.binomial(n, p)) / n, m, float(random.binomial(m, p)) / m)
            for title, (n, m, p) in counts.items()
        ]
        found = judge_mix("Device", split_change(segments), list(without_groups(segments, 20, seed)), "share")
        assert isinstance(found, MixChange)
        said.append((found.disagrees, found.reversed, found.within.value > 0))
    assert 15 <= sum(above for *_, above in said) <= 45  # what was taken for a rise of the segments
    assert sum(one[1] == "balance" for one in said) <= 4
    assert sum(one[0] == "reversed" for one in said) <= 12  # in all three by chance, which is said
    assert sum(one[0] == "explained" for one in said) >= 30


@pytest.mark.parametrize(("people", "sure"), [(40, False), (20_000, True)])
def test_a_paradox_of_segments_within_noise_says_so(people, sure):
    sides = [Segment("web", 9 * people, 0.8, 2 * people, 0.81), Segment("app", people, 0.3, 8 * people, 0.31)]
    without = list(without_groups(sides, 20, 3))
    over_time = judge_mix("Channel", split_change(sides), without, "share")
    between = judge_between("Channel", ("Old", "New"), split_change(sides), without, "share")
    assert isinstance(over_time, MixChange)
    assert isinstance(between, MixBetween)
    for one in (over_time, between):
        assert one.sentence.startswith("Simpson's paradox")
        assert ("may be chance" in one.sentence) is not sure
