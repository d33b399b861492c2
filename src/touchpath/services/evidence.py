"""How strong an answer about causes is, in words: what each design may claim, and what it may not.

The order is that of docs/guide/causes.md: a randomised test, treated units beside untreated ones, a series beside an untouched one, a series
alone, and last what merely goes together. Before and after of one group alone is no answer and is not offered.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """rank: 1 is the strongest of five. claims: what may be said. not_claims: what may not, and what would be stronger."""

    rank: int
    title: str
    claims: str
    not_claims: str

    @property
    def sentence(self) -> str:
        """The whole in words, to stand with the answer."""
        return f"Evidence {self.rank} of 5, {self.title}: {self.claims} {self.not_claims}"


RANDOMISED = Evidence(
    1,
    "a randomised test",
    "The difference is the change's effect, as chance alone decided who got it.",
    "It holds for those who were in the test, and as long as nobody was treated otherwise than they were drawn.",
)
UNITS = Evidence(
    2,
    "units with the change beside units without",
    "The effect is the change's if both groups would have gone the same way without it.",
    "Nobody drew lots, so whatever else came to the treated units then looks the same; only a randomised test rules that out.",
)
SERIES_BESIDE = Evidence(
    3,
    "a series beside one without the change",
    "Whatever moved both series alike is taken out; what is left came to the treated one when the change did.",
    "Two series are two units: something else that came to one of them then looks the same. More units would tell more.",
)
SERIES = Evidence(
    4,
    "one series, interrupted",
    "Level or slope changed when the change came, beyond what the course before would have led to.",
    "Anything else that happened then looks the same. Units without the change, or a randomised test, would tell them apart.",
)
TOGETHER = Evidence(
    5,
    "what goes together",
    "Those who say one thing tend to say the other.",
    "It does not say that changing one moves the other, nor which of them comes first; something else may move both.",
)
LADDER = (RANDOMISED, UNITS, SERIES_BESIDE, SERIES, TOGETHER)
