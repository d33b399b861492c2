"""Life with the garden: setting it up, planning its water, looking after it; each garden is a device."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from touchpath.sources.demo.asking import ask
from touchpath.sources.demo.cast import PHONE, USER, Cast
from touchpath.sources.demo.delivering import Parcels
from touchpath.sources.demo.season import DAY, LAST, SECOND, Floats, Int64s, draw_codes, offset_at, spread
from touchpath.sources.demo.sheet import Coded, Sheet, Text, as_json
from touchpath.sources.demo.truths import PlantedTruths

_MOST_ATTEMPTS = 10
_LOOKS_PER_WEEK = 0.75


@dataclass(frozen=True, slots=True)
class Gardens:
    """Gardens, one entry each. ready: when set-up was finished, or when its owner gave up."""

    who: Int64s
    number: Int64s
    ready: Int64s


def write_gardens(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, parcels: Parcels) -> tuple[Gardens, Gardens]:
    """Everything that happens in the garden app; gives the gardens in use and those whose set-up got stuck."""
    gardens, stuck = _write_setups(rng, plan, sheet, cast, parcels)
    _write_schedules(rng, plan, sheet, cast, gardens)
    _write_looks(rng, sheet, cast, gardens)
    return gardens, stuck


def _write(
    sheet: Sheet, cast: Cast, kind: Text, who: Int64s, at: Int64s, garden: Int64s, *, number: Int64s | None = None,
    order: Int64s | None = None, also: tuple[Int64s, ...] = (), properties: object = None,
) -> None:  # fmt: skip
    """Signals of the garden app. `number`: of the attempt or visit they belong to."""
    objects = {"device": garden} | ({} if number is None else {"session": number}) | ({} if order is None else {"order": order})
    sheet.add(
        "app", kind, at, (cast.name(USER, who), *also), offsets=offset_at(at, cast.country[who]), accounts=cast.account[who],
        objects=objects, touchpoint="garden-app", channel="app", surface=Coded(("ios", "android"), (who % 5 >= 2).astype(np.int64)),
        properties=properties,
    )  # fmt: skip


def _write_setups(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, parcels: Parcels) -> tuple[Gardens, Gardens]:
    """delivered > setup.started > setup.connected > seeds.planted > setup.finished, each with its planted share."""
    begins = np.flatnonzero((parcels.garden >= 0) & (rng.random(parcels.who.size) < plan.setup_started))
    who, number, order = parcels.who[begins], parcels.garden[begins], parcels.order[begins]
    at = parcels.delivered[begins] + spread(rng, 20 * 3600.0, 0.9, who.size)
    _write(sheet, cast, "setup.started", who, at, number, order=order, also=(cast.name(PHONE, who),))
    faults = np.repeat(np.arange(who.size), rng.poisson(0.35, who.size))
    moments = at[faults] + (rng.random(faults.size) * 100 * SECOND).astype(np.int64)
    _write(
        sheet, cast, "setup.error", who[faults], moments, number[faults], order=order[faults],
        properties=as_json(faults.size, reason=Coded(("network not found", "wrong code", "no light"), rng.integers(0, 3, faults.size))),
    )  # fmt: skip
    alive, now = np.ones(who.size, bool), at + 100 * SECOND
    steps = (
        ("setup.connected", plan.setup_connected, 150.0),
        ("seeds.planted", plan.setup_planted, 240.0),
        ("setup.finished", plan.setup_finished, 60.0),
    )
    for kind, share, seconds in steps:
        alive &= rng.random(who.size) < share
        now = now + spread(rng, seconds, 0.6, who.size)
        _write(sheet, cast, kind, who[alive], now[alive], number[alive], order=order[alive])
    scores = 1 + draw_codes(rng, plan.ease_setup, who.size)
    ask(
        rng, sheet, cast, "seq-setup", "setup", who[alive], now[alive] + 5 * SECOND, scores[alive], 7, 2 * plan.ease_response,
        objects={"device": number[alive]}, channel="app", after_seconds=30.0,
    )  # fmt: skip
    return Gardens(who[alive], number[alive], now[alive]), Gardens(who[~alive], number[~alive], now[~alive])


def _write_schedules(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, gardens: Gardens) -> None:
    """Watering schedules: attempt k takes k ** -learning_exponent of the first one's time. Planners set reminders too."""
    attempts = np.minimum(rng.geometric(0.32, gardens.who.size), _MOST_ATTEMPTS)
    row = np.repeat(np.arange(gardens.who.size), attempts)
    turn = 1 + np.arange(row.size) - (np.cumsum(attempts) - attempts)[row]
    waits = spread(rng, 3.5 * 86_400, 0.8, row.size)
    run = np.cumsum(waits)
    at = gardens.ready[row] + run - (run - waits)[turn == 1][row]
    who, garden, number = gardens.who[row], gardens.number[row], sheet.fresh(row.size)
    _write(sheet, cast, "schedule.started", who, at, garden, number=number)
    seconds: Floats = plan.schedule_seconds * turn**-plan.learning_exponent
    ends = at + spread(rng, seconds, 0.4, row.size)
    result = draw_codes(
        rng, (plan.schedule_success, plan.schedule_failure, 1 - plan.schedule_success - plan.schedule_failure), row.size
    )
    _write_results(sheet, cast, who, ends, garden, number, result)
    plans = (turn == 1) & cast.planner[who]
    _write(sheet, cast, "reminder.set", who[plans], ends[plans] + 30 * SECOND, garden[plans])


def _write_results(sheet: Sheet, cast: Cast, who: Int64s, ends: Int64s, garden: Int64s, number: Int64s, result: Int64s) -> None:
    ended = result < 2
    kind = Coded(("schedule.saved", "schedule.failed"), result[ended])
    _write(sheet, cast, kind, who[ended], ends[ended], garden[ended], number=number[ended])


def _write_looks(rng: Generator, sheet: Sheet, cast: Cast, gardens: Gardens) -> None:
    """Owners look after their plants now and then, some far more often than others."""
    weeks = np.maximum(LAST - gardens.ready, 0) / (7 * DAY)
    keen = np.exp(0.8 * rng.standard_normal(weeks.size) - 0.32)
    row = np.repeat(np.arange(weeks.size), rng.poisson(_LOOKS_PER_WEEK * keen * weeks))
    at = gardens.ready[row] + (rng.random(row.size) * weeks[row] * 7 * DAY).astype(np.int64)
    looks = rng.geometric(0.45, row.size)
    number = sheet.fresh(row.size)
    _write(sheet, cast, "app.opened", gardens.who[row], at, gardens.number[row], number=number)
    each = np.repeat(np.arange(row.size), looks)
    first = (np.cumsum(looks) - looks)[each]
    gaps = spread(rng, 14.0, 0.8, each.size)
    run = np.cumsum(gaps)
    since: NDArray[np.int64] = run - (run - gaps)[first]
    _write(
        sheet, cast, "plant.checked", gardens.who[row[each]], at[each] + since, gardens.number[row[each]], number=number[each]
    )  # fmt: skip
