"""Oddlefern, a made-up company that sells table-top gardens: a year of signals from every silo, drawn from a seed."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from numpy.random import PCG64, Generator, SeedSequence

from touchpath.sources.demo.asking import write_recommendations
from touchpath.sources.demo.cast import draw_cast
from touchpath.sources.demo.checking import page_names, write_checks
from touchpath.sources.demo.contracting import write_contracts
from touchpath.sources.demo.costing import write_costs
from touchpath.sources.demo.delivering import write_deliveries
from touchpath.sources.demo.gardening import write_gardens
from touchpath.sources.demo.happenings import study_names, write_happenings, write_studies
from touchpath.sources.demo.helping import write_tickets
from touchpath.sources.demo.reaching import write_newsletters, write_store_visits
from touchpath.sources.demo.sheet import Sheet
from touchpath.sources.demo.subscribing import write_subscriptions
from touchpath.sources.demo.truths import PlantedTruths, truths
from touchpath.sources.demo.visits import draw_visits, write_visits

#: People drawn together. Part of what a seed means: another size would draw another year.
BLOCK = 2_500
ROWS = 100_000
_NUMBERS_PER_BLOCK = 1 << 24


def simulate(people: int, seed: int, rows: int = ROWS) -> Iterator[pa.Table]:
    """A year of signals of `people` customers and visitors, in tables of `rows` (SIGNAL_SCHEMA; the last is shorter).

    The same (people, seed) gives the same signals, bit for bit, whatever `rows` is; memory is bounded by one block of
    people, so millions work. Raises BadInput for fewer than one person or a negative seed.
    """
    plan = truths(people, seed)
    waiting: list[pa.Table] = []
    held = 0
    for table in _blocks(plan):
        waiting.append(table)
        held += table.num_rows
        if held >= rows:
            whole = pa.concat_tables(waiting)
            for start in range(0, held - rows + 1, rows):
                yield whole.slice(start, rows).combine_chunks()
            waiting, held = [whole.slice(held - held % rows)], held % rows
    if held:
        yield pa.concat_tables(waiting).combine_chunks()


def _blocks(plan: PlantedTruths) -> Iterator[pa.Table]:
    yield _everybody(plan)
    for block in range(-(-plan.people // BLOCK)):
        first = block * BLOCK
        yield _block(plan, block, first, min(BLOCK, plan.people - first))


def _draws(plan: PlantedTruths, *place: int) -> Generator:
    """The random numbers of one part of one block: a draw more in one part changes no other."""
    return Generator(PCG64(SeedSequence(plan.seed, spawn_key=place)))


def _everybody(plan: PlantedTruths) -> pa.Table:
    """What belongs to no block: releases, outside events, studies, checks of pages."""
    participants = study_names(plan)
    sheet = Sheet("all", 0, pa.concat_arrays([participants, page_names()]), pa.array([], pa.string()))
    write_happenings(plan, sheet)
    write_studies(_draws(plan, 0), plan, sheet)
    write_checks(_draws(plan, 2), plan, sheet, len(participants))
    return sheet.table()


def _block(plan: PlantedTruths, block: int, first: int, size: int) -> pa.Table:
    """The year of one block of people."""
    cast = draw_cast(_draws(plan, 1, block, 0), plan, first, size)
    sheet = Sheet(f"{block}", (1 + block) * _NUMBERS_PER_BLOCK, cast.names(), cast.accounts())
    shopping = _draws(plan, 1, block, 1)
    visits = draw_visits(shopping, plan, cast, sheet)
    orders, joined = write_visits(shopping, sheet, cast, visits)
    parcels = write_deliveries(_draws(plan, 1, block, 2), plan, sheet, cast, orders)
    gardens, stuck = write_gardens(_draws(plan, 1, block, 3), plan, sheet, cast, parcels)
    declined = write_subscriptions(_draws(plan, 1, block, 4), plan, sheet, cast, gardens)
    contacts = write_tickets(_draws(plan, 1, block, 5), plan, sheet, cast, parcels, stuck, declined)
    write_recommendations(_draws(plan, 1, block, 6), plan, sheet, cast, joined)
    write_newsletters(_draws(plan, 1, block, 7), plan, sheet, cast, joined)
    write_store_visits(_draws(plan, 1, block, 8), plan, sheet, cast, joined)
    write_contracts(_draws(plan, 1, block, 9), sheet, cast)
    write_costs(_draws(plan, 1, block, 10), plan, sheet, cast, contacts)
    return sheet.table()
