"""What the words of statistics mean, for people who never learned any: the only home of these explanations.

Pages show them behind small buttons (`explain` in templates), and all together at `/help`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from touchpath.web.languages import N_


@dataclass(frozen=True, slots=True)
class Term:
    """A term: the question that its button asks, what it is, what to do with it. All are translated where they are shown."""

    title: str
    question: str
    meaning: str
    advice: str


TERMS: Mapping[str, Term] = {
    "interval": Term(
        N_("Confidence interval (CI)"),
        N_("What does this interval mean?"),
        N_("The range in which the true number probably lies. If the same were measured many times on other people, 95 of 100 such ranges would hold it."),
        N_("Narrow means that much is known, wide that little is. To tell whether two numbers differ, look at the interval of their difference: their own intervals may overlap all the same."),
    ),
    "no_change": Term(
        N_("No detectable change"),
        N_("Why “no detectable change”?"),
        N_("The number differs from the one before by no more than chance explains: the interval of the difference holds zero."),
        N_("This does not prove that nothing changed. With few people only large changes can be seen; a longer period or more people show smaller ones."),
    ),
    "n": Term(
        N_("n: how many it rests on"),
        N_("What is n?"),
        N_("So many people, answers or attempts were counted for this number. The word beside it says of what."),
        N_("The same share says little of 8 people and much of 8,000. Before comparing two numbers, compare their n."),
    ),
    "no_number": Term(
        N_("A dash instead of a number"),
        N_("Why is there no number?"),
        N_("Nothing, or too little, was observed to tell a number; the reason stands beside the dash."),
        N_("A missing number is not 0: 0 % success would mean that people tried and failed. Widen the period, or see which signals the number reads."),
    ),
    "open": Term(
        N_("Still on their way"),
        N_("Who is still on their way?"),
        N_("People whose time to go on is not over when the data end. Nobody knows yet whether they will finish."),
        N_("They are counted apart and are in no rate, so the newest periods are neither better nor worse than they will turn out."),
    ),
    "by_person": Term(
        N_("Clustered by person"),
        N_("What does clustered by person mean?"),
        N_("Ten answers of one person tell less than one answer each of ten people. The interval takes that into account."),
        N_("It is therefore wider than a calculator that counts every row as if it came from another person would give, and holds as often as it says."),
    ),
    "many": Term(
        N_("Many comparisons"),
        N_("Why may some seem to move by chance?"),
        N_("Of 20 numbers where nothing changed, about one looks changed by chance alone."),
        N_("Where groups are compared, p-values are corrected for their number (Holm), and what the home page calls moved is chosen so that one in twenty of it is expected to be chance (Benjamini and Hochberg). On boards each number is judged alone: take a single one that moved as a hint, and look whether it moves again."),
    ),
    "points": Term(
        N_("Points (pts)"),
        N_("What are pts?"),
        N_("The difference of two percentages. From 40 % to 44 % are 4 points."),
        N_("It is not a change by 4 percent: relative to 40 % it is one of 10 %."),
    ),
    "before_after": Term(
        N_("Before and after"),
        N_("Did the change cause it?"),
        N_("A number that moved after a change need not have moved because of it: seasons, campaigns and other people move it too."),
        N_("Read it as a description. Whether the change was the cause is told by a comparison with people, places or times that did not have it."),
    ),
    "paradox": Term(
        N_("Simpson's paradox"),
        N_("How can the whole fall while every part rises?"),
        N_("A whole can fall while each of its parts rises, when more people come to the parts that are low."),
        N_("Look at the parts before you act: the experience of nobody got worse, the mix of people did change."),
    ),
    "unfinished": Term(
        N_("Hollow point"),
        N_("Why is a point hollow?"),
        N_("This week, month or other period is not over in these data."),
        N_("It may still move, and it is not compared with the one before."),
    ),
    "small_group": Term(
        N_("Hidden small group"),
        N_("Why is a number hidden?"),
        N_("Numbers of very few people could tell something about one of them, so they are not shown to those who may not read single people."),
        N_("Groups from which such a number could be worked out are hidden with it."),
    ),
    "data_version": Term(
        N_("Data version"),
        N_("What is a data version?"),
        N_("Which signals were there when the number was made. Signals that come late can change a period that is past."),
        N_("Note it beside a number that you copy; the same version gives the same number again."),
    ),
    "ux_cx": Term(
        N_("UX and CX"),
        N_("What are UX and CX?"),
        N_("User experience (UX): can people do, inside a product, what they came for? Customer experience (CX): how is the whole relationship, from the first advertisement to the last invoice?"),
        N_("Read them side by side: a good product with bad service, or the other way round, shows only so."),
    ),
}  # fmt: skip
