"""The two demo workspaces: real households as published, and a simulated company with planted truths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Protocol

import pyarrow as pa

from touchpath.sources.complete_journey import households
from touchpath.sources.demo.company import simulate
from touchpath.sources.demo.truths import PlantedTruths, truths

__all__ = ["DEFAULT_PEOPLE", "DEFAULT_SEED", "DEMOS", "Demo", "PlantedTruths", "simulate", "truths"]

DEFAULT_PEOPLE = 20_000
DEFAULT_SEED = 1


class _Tables(Protocol):
    def __call__(self, people: int, seed: int) -> Iterator[pa.Table]: ...


@dataclass(frozen=True, slots=True)
class Demo:
    """One demo workspace: a model and the signals it reads. `zone`: where its days and weeks begin. `simulated`: made up from
    a number of people and a seed, so that another number is another company.

    context_kinds: kinds of signals that no rule of the model reads; they are there to be seen on timelines, or are read by lanes and queries.
    """

    name: str
    title: str
    model_file: str
    zone: str
    source: _Tables
    simulated: bool = False
    context_kinds: frozenset[str] = frozenset()

    def model_text(self) -> str:
        """The model as YAML."""
        return files(__package__).joinpath(self.model_file).read_text(encoding="utf-8")

    def tables(self, people: int = DEFAULT_PEOPLE, seed: int = DEFAULT_SEED) -> Iterator[pa.Table]:
        """The signals (SIGNAL_SCHEMA), about 100,000 a table; real data takes no notice of `people` and `seed`."""
        return self.source(people, seed)


def _households(people: int, seed: int) -> Iterator[pa.Table]:  # noqa: ARG001
    return households()


DEMOS: Mapping[str, Demo] = MappingProxyType(
    {
        demo.name: demo
        for demo in (
            Demo(
                name="company",
                title="Oddlefern (simulated)",
                model_file="company.yaml",
                zone="Europe/Berlin",
                source=simulate,
                simulated=True,
                context_kinds=frozenset(
                    {
                        *("call.received", "card.linked", "external.noted", "release.published", "user.signed_in"),
                        *("cost.booked", "page.scanned"),
                    }
                ),
            ),
            Demo(
                name="households",
                title="Households (The Complete Journey)",
                model_file="complete_journey.yaml",
                zone="America/New_York",
                source=_households,
            ),
        )
    }
)
