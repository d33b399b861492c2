"""Words that come from below the pages in English and are translated where they are shown: units, status words, common reasons.

They are listed here only to be found by `scripts/messages.py`; the code that says them knows no languages.
"""

from __future__ import annotations

from touchpath.web.languages import N_

#: What n counts.
COUNTED = (
    N_("people"), N_("answers"), N_("attempts"), N_("orders"), N_("signals"), N_("entrants"), N_("customers"), N_("cases"), N_("pairs"),
    N_("fillings"), N_("accounts"), N_("visits"), N_("sessions"), N_("tickets"), N_("contacts"), N_("moves"), N_("steps"), N_("months"),
)  # fmt: skip
#: Units behind numbers.
UNITS = (N_("d"), N_("h"), N_("min"), N_("s"), N_("%"))
#: What a change is called.
STATUS = (N_("higher"), N_("lower"), N_("no detectable change"))
#: What a contact was about, and how records came that were refused.
REASONS_OF_CONTACTS = (
    N_("Asked something"), N_("Bought or ordered something"), N_("Complained"), N_("Praised something"), N_("Needed help or a repair"),
    N_("Something else"),
)  # fmt: skip
ORIGINS = (N_("Imported files"), N_("Live ingestion"), N_("Connections"), N_("Recorded by Python"))
#: Sides of a fraction.
SIDES = (N_("numerator"), N_("denominator"))
#: Calendar units.
GRAINS = (N_("hour"), N_("day"), N_("week"), N_("month"), N_("quarter"), N_("year"))
#: Why there is no number.
REASONS = (
    N_("nobody answered"), N_("nobody entered"), N_("nobody tried"), N_("nobody succeeded"), N_("nobody is known"), N_("nobody came"),
    N_("there are no signals yet"), N_("the first step has none before it"), N_("the period is not over yet"),
    N_("only 1 person, and an interval needs two"), N_("too few people to tell how sure this is"),
    N_("an interval needs two people on each side"), N_("an interval needs the answers of two people"),
)  # fmt: skip
