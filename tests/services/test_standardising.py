"""Groups that differ by who is in them: published paradoxes are found and said, and what no mix explains is left alone."""

from datetime import UTC, datetime, timedelta

import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.signal import Signal

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: arm, title: Arm, field: properties.arm}
  - {id: size, title: Size, field: properties.size}
  - {id: constant, title: Constant, field: source}
personas:
  - {id: first, title: First arm, rule: {kind: survey.answered, where: {properties.arm: first}}}
questions:
  - {id: csat, title: Satisfied, asked: {kind: survey.answered}, scale: {low: 1, high: 5}, metric: customer_satisfaction}
"""
#: Bickel, Hammel & O'Connell 1975, as in R's UCBAdmissions: men and women, admitted of how many, by department.
BERKELEY = {
    "first": {"A": (512, 825), "B": (353, 560), "C": (120, 325), "D": (138, 417), "E": (53, 191), "F": (22, 373)},
    "second": {"A": (89, 108), "B": (17, 25), "C": (202, 593), "D": (131, 375), "E": (94, 393), "F": (24, 341)},
}
#: Charig et al. 1986, BMJ 292:879: open surgery and percutaneous nephrolithotomy by size of the stone, each of eight times as many.
STONES = {"first": {"small": (81, 87), "large": (192, 263)}, "second": {"small": (234, 270), "large": (55, 80)}}
STONES = {arm: {size: (8 * yes, 8 * n) for size, (yes, n) in sizes.items()} for arm, sizes in STONES.items()}
#: No difference over all, as the better arm has the harder cases.
HIDDEN = {"first": {"easy": (160, 200), "hard": (240, 800)}, "second": {"easy": (384, 800), "hard": (16, 200)}}
#: The same within, and easier cases in the second arm.
MIX_ALONE = {"first": {"easy": (160, 200), "hard": (240, 800)}, "second": {"easy": (640, 800), "hard": (60, 200)}}
ALIKE = {"first": {"x": (120, 200), "y": (60, 200)}, "second": {"x": (150, 200), "y": (85, 200)}}


def asked(folder, counts, **how):
    create_workspace(folder)
    workspace = open_workspace(folder)
    workspace.models.apply(MODEL, "test", "", file="model.yaml")
    signals = [
        Signal(
            "web", f"{arm}{size}{k}", "survey.answered", NOON + timedelta(seconds=k), (f"user:{arm}-{size}-{k}",),
            value=5.0 if k < yes else 1.0, properties={"arm": arm, "size": size},
        )
        for arm, sizes in counts.items() for size, (yes, n) in sizes.items() for k in range(n)
    ]  # fmt: skip
    workspace.record(signals)
    found = workspace.platform.compare("customer_satisfaction", "csat", **(how or {"by": "arm"}))
    workspace.close()
    return found


def by_hand(counts):
    """The difference with the mean mix of both arms (Kitagawa's first component)."""
    totals = {arm: sum(n for _, n in sizes.values()) for arm, sizes in counts.items()}
    return sum(
        (counts["first"][size][1] / totals["first"] + counts["second"][size][1] / totals["second"])
        / 2
        * (counts["second"][size][0] / counts["second"][size][1] - counts["first"][size][0] / counts["first"][size][1])
        for size in counts["first"]
    )


def test_berkeleys_difference_turns_round_within_the_departments(tmp_path):
    """Women are admitted less over all, and more within departments on balance, though not within every one."""
    found = asked(tmp_path / "w", BERKELEY)
    (mix,) = found.mixes
    sign = 1 if mix.after_title == "second" else -1
    assert mix.by == "Size"
    assert sign * mix.change.value == pytest.approx(557 / 1835 - 1198 / 2691)
    assert sign * mix.within.value == pytest.approx(by_hand(BERKELEY))
    assert mix.disagrees == "reversed"
    assert "within Size on balance" in found.sentence


def test_a_difference_that_is_one_of_mix_alone_is_explained(tmp_path):
    found = asked(tmp_path / "w", MIX_ALONE)
    (mix,) = found.mixes
    assert found.contrasts[0].changed is not None
    assert (mix.disagrees, mix.within.value) == ("explained", pytest.approx(0.0, abs=1e-12))
    assert "The mix explains it" in found.sentence


def test_simpsons_paradox_of_the_stones_is_said(tmp_path):
    found = asked(tmp_path / "w", STONES)
    (mix,) = found.mixes
    assert mix.disagrees == "reversed"
    assert mix.change.value * mix.within.value < 0
    assert abs(mix.within.value) == pytest.approx(abs(by_hand(STONES)))
    assert "Simpson's paradox" in found.sentence
    assert "within every Size" in found.sentence


def test_by_persona_the_same_paradox_is_said(tmp_path):
    found = asked(tmp_path / "w", STONES, by="persona")
    told = {mix.by: mix for mix in found.mixes}
    assert told["Size"].disagrees == "reversed"
    assert told["Size"].within.value == pytest.approx(-by_hand(STONES))


def test_a_difference_that_the_mix_hides_is_said(tmp_path):
    found = asked(tmp_path / "w", HIDDEN)
    (contrast,) = found.contrasts
    assert contrast.changed is None
    assert [mix.disagrees for mix in found.mixes] == ["hidden"]
    assert "The mix hides a difference" in found.sentence


def test_what_is_the_same_in_every_mix_is_no_paradox(tmp_path):
    found = asked(tmp_path / "w", ALIKE)
    assert found.contrasts[0].changed is not None
    assert found.mixes == ()
    assert "mix" not in found.sentence
