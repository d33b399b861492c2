"""What contacts cost: each ticket is booked by controlling, by the channel in which somebody asked for help."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from touchpath.sources.demo.cast import EMAIL, Cast
from touchpath.sources.demo.helping import CHANNELS, Contacts
from touchpath.sources.demo.season import HOUR
from touchpath.sources.demo.sheet import Coded, Sheet
from touchpath.sources.demo.truths import PlantedTruths

_TOUCHPOINTS = ("help-desk", "help-line")
#: Amounts are gamma of this shape: their mean is the planted one, and none is below zero.
_SHAPE = 4.0


def write_costs(rng: Generator, plan: PlantedTruths, sheet: Sheet, cast: Cast, contacts: Contacts) -> None:
    """One amount for each ticket, an hour after its last answer; calls cost where they are taken, at the help line."""
    means = np.array([plan.contact_costs[channel] for channel in CHANNELS])
    euros = np.round(rng.gamma(_SHAPE, means[contacts.channel] / _SHAPE), 2)
    line = (contacts.channel == CHANNELS.index("phone")).astype(np.int64)
    sheet.add(
        "controlling", "cost.booked", contacts.at + HOUR, (cast.name(EMAIL, contacts.who),), objects={"ticket": contacts.number},
        touchpoint=Coded(_TOUCHPOINTS, line), channel=Coded(CHANNELS, contacts.channel), value=euros, unit="EUR",
    )  # fmt: skip
