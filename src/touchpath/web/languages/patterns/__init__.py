"""Sentences of the services with values in them, as they are said below the pages; found again and translated by `sentences`.

What stands here stands there, too: a test looks for each of them in the code that says it. Each file has those of one subject.
"""

from __future__ import annotations

from touchpath.web.languages import Nn_
from touchpath.web.languages.patterns import causes, imports, journeys, metrics, numbers, people, refusals, trends

#: How many there are of something: one, and many.
COUNTED = (
    Nn_("%(count)s person", "%(count)s people"),
    Nn_("%(count)s day", "%(count)s days"),
    Nn_("%(count)s week", "%(count)s weeks"),
    Nn_("%(count)s month", "%(count)s months"),
    Nn_("%(count)s quarter", "%(count)s quarters"),
    Nn_("%(count)s year", "%(count)s years"),
    Nn_("%(count)s answer", "%(count)s answers"),
    Nn_("%(count)s attempt", "%(count)s attempts"),
    Nn_("%(count)s entrant", "%(count)s entrants"),
    Nn_("%(count)s customer", "%(count)s customers"),
    Nn_("%(count)s case", "%(count)s cases"),
    Nn_("%(count)s response", "%(count)s responses"),
    Nn_("%(count)s rating", "%(count)s ratings"),
    Nn_("%(count)s comparison", "%(count)s comparisons"),
    Nn_("%(count)s signal", "%(count)s signals"),
    Nn_("%(count)s signal came late", "%(count)s signals came late"),
    Nn_("%(count)s was corrected", "%(count)s were corrected"),
)
#: Whole sentences, and parts of which others are made.
SENTENCES = (
    *causes.SENTENCES,
    *imports.SENTENCES,
    *journeys.SENTENCES,
    *metrics.SENTENCES,
    *numbers.SENTENCES,
    *people.SENTENCES,
    *refusals.SENTENCES,
    *trends.SENTENCES,
)
