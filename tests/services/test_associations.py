"""Associations in workspaces: exactly what the plain pairs say, gaps counted, and refused where there are few."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from touchpath.bootstrap import create_workspace, open_workspace
from touchpath.model.errors import BadInput, Missing
from touchpath.model.estimate import Undefined
from touchpath.model.signal import Signal
from touchpath.services.associations import AssociationsAsked
from touchpath.services.tables import rows
from touchpath.space import Space
from touchpath.stats.multiple import holm
from touchpath.stats.ux_with_cx import Association, associate

START = datetime(2026, 1, 5, tzinfo=UTC)  # a Monday
WEEKS, PAGES = 26, 14
MODEL = """format: touchpath-model/1
brand: {id: shop, title: Shop}
dimensions:
  - {id: page, title: Page, field: properties.page}
metrics:
  - {id: speed, title: Speed, kind: mean, discipline: UX, numerator: {kind: page.loaded}}
  - {id: liking, title: Liking, kind: mean, numerator: {kind: page.rated}}
  - {id: length, title: Length, kind: mean, numerator: {kind: page.read}}
"""


@pytest.fixture(scope="module")
def planted():
    """(weeks, pages, 3): speed, liking, length; liking falls with speed by page, and drifts with it by week."""
    random = np.random.default_rng(5)
    page, week = random.normal(size=PAGES), np.arange(WEEKS) / 8
    speed = 5 + page[None, :] + week[:, None] + random.normal(0, 0.2, (WEEKS, PAGES))
    liking = 9 - page[None, :] + week[:, None] + random.normal(0, 0.5, (WEEKS, PAGES))
    return np.round(np.stack((speed, liking, random.normal(10, 1, (WEEKS, PAGES))), axis=2), 3)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory, planted):
    folder = tmp_path_factory.mktemp("associations") / "shop"
    create_workspace(folder)
    opened = open_workspace(folder)
    opened.models.apply(MODEL, "test", "", file="model.yaml")
    kinds = ("page.loaded", "page.rated", "page.read")
    signals = [
        Signal("web", f"{kind}-{w}-{p}", kind, START + timedelta(weeks=w, hours=9), (f"user:w{w}p{p}",), value=float(planted[w, p, at]),
               properties={"page": f"page {p}"})
        for w in range(WEEKS) for p in range(PAGES) for at, kind in enumerate(kinds)
    ]  # fmt: skip
    signals += [
        Signal("web", end, "door.opened", at, ("user:door",)) for end, at in (("a", START), ("z", START + timedelta(weeks=WEEKS)))
    ]
    signals.append(
        Signal("web", "only", "page.loaded", START + timedelta(hours=1), ("user:only",), value=5.0, properties={"page": "lone"})
    )
    opened.record(signals)
    yield opened
    opened.close()


def asked(**more: object) -> AssociationsAsked:
    return AssociationsAsked(**{"ux": ("speed",), "cx": ("liking",), "by": "page", **more})  # type: ignore[arg-type]


def test_segments_go_together_as_their_means_do(workspace, planted):
    answer = workspace.platform.associations(asked(cx=("liking", "length")))
    means = planted.mean(axis=0)
    direct = [associate(means[:, 0].tolist(), means[:, at].tolist(), in_time=False) for at in (1, 2)]
    assert all(isinstance(one, Association) for one in direct)
    for pair, one in zip(answer.pairs, direct, strict=True):
        assert isinstance(pair.found, Association)
        assert pair.found.pearson == pytest.approx(one.pearson, abs=1e-9)
        assert pair.found.limits == pytest.approx(one.limits, abs=1e-9)
    assert [one.p_family for one in answer.pairs] == pytest.approx(holm([one.p for one in direct]))
    assert answer.pairs[0].gaps == 1
    assert "Speed and Liking: they move against each other across 14 segments of page" in answer.sentences[0]
    assert "no detectable relation" in answer.sentences[1]
    assert "p-values are corrected for 2 pairs (Holm)." in answer.notes
    assert answer.evidence.rank == 5


def test_weeks_that_drift_are_compared_by_their_changes(workspace, planted):
    answer = workspace.platform.associations(asked(by="", every="week"))
    means = planted.mean(axis=1)
    means[0, 0] = (planted[0, :, 0].sum() + 5) / (PAGES + 1)
    direct = associate(means[:, 0].tolist(), means[:, 1].tolist(), in_time=True)
    (pair,) = answer.pairs

    assert isinstance(pair.found, Association)
    assert isinstance(direct, Association)
    assert pair.found.differenced
    assert (pair.found.n, pair.found.pearson) == (WEEKS - 1, pytest.approx(direct.pearson, abs=1e-9))
    assert pair.spots[0].title == "2026-01-05"


def test_fewer_than_ten_are_refused(workspace):
    answer = workspace.platform.associations(asked(by="", every="month"))
    assert isinstance(answer.pairs[0].found, Undefined)
    assert "10 would do" in answer.sentences[0]
    assert rows(answer)[0]["pearson"] is None


@pytest.mark.parametrize(
    ("wrong", "error", "says"),
    [
        (lambda: asked(every="week"), BadInput, "one of them"),
        (lambda: asked(by=""), BadInput, "one of them"),
        (lambda: asked(ux=()), BadInput, "0 and 1 came"),
        (lambda: asked(ux=("liking",)), BadInput, "liking came on both sides"),
        (lambda: asked(ux=("speed", "speed")), BadInput, "once on its side"),
        (lambda: asked(lead=2), BadInput, "lead"),
        (lambda: asked(by="linked"), BadInput, "several parts"),
        (lambda: asked(ux=("sped",)), Missing, "speed"),
        (lambda: asked(by="pages"), Missing, "page"),
    ],
)
def test_wrong_questions_say_what_would_do(workspace, wrong, error, says):
    with pytest.raises(error, match=says):
        workspace.platform.associations(wrong())


def test_viewers_see_no_pair_of_few_people(workspace):
    shown = workspace.platform.for_viewers().associations(asked())
    assert isinstance(shown.pairs[0].found, Association)
    days = workspace.platform.for_viewers().associations(asked(by="", every="day"))
    assert isinstance(days.pairs[0].found, Undefined)


def test_python_tells_the_same_as_the_service(workspace):
    found = Space(workspace).associations(["speed"], ["liking"], by="page")
    assert found.answer == workspace.platform.associations(asked())
    assert found.rows[0]["n"] == PAGES
