"""Words that come from below the pages in English and are translated where they are shown: units, status words, common reasons.

They are listed here only to be found by `scripts/messages.py`; the code that says them knows no languages.
"""

from __future__ import annotations

from collections.abc import Mapping

from touchpath.web.languages import N_, gettext

#: What n counts.
COUNTED = (
    N_("people"), N_("answers"), N_("responses"), N_("journeys"), N_("opportunities"), N_("outcomes"), N_("promises"), N_("sums"), N_("texts"),
    N_("attempts"), N_("orders"), N_("signals"), N_("entrants"), N_("customers"), N_("cases"), N_("pairs"),
    N_("fillings"), N_("accounts"), N_("visits"), N_("sessions"), N_("tickets"), N_("contacts"), N_("moves"), N_("steps"), N_("months"),
)  # fmt: skip
#: The same where there is one; and what is left out of a number.
OF_ONE: Mapping[str, str] = {
    "people": N_("person"),
    "answers": N_("answer"),
    "responses": N_("response"),
    "journeys": N_("journey"),
    "opportunities": N_("opportunity"),
    "outcomes": N_("outcome"),
    "promises": N_("promise"),
    "sums": N_("sum"),
    "texts": N_("text"),
    "attempts": N_("attempt"),
    "orders": N_("order"),
    "signals": N_("signal"),
    "entrants": N_("entrant"),
    "customers": N_("customer"),
    "cases": N_("case"),
    "pairs": N_("pair"),
    "fillings": N_("filling"),
    "accounts": N_("account"),
    "visits": N_("visit"),
    "sessions": N_("session"),
    "tickets": N_("ticket"),
    "contacts": N_("contact"),
    "moves": N_("move"),
    "months": N_("month"),
    "page loads": N_("page load"),
    "signals carry no value": N_("signal carries no value"),
    "signals carry a value that is no number, or too large": N_("signal carries a value that is no number, or too large"),
    "answers have no rating": N_("answer has no rating"),
    "ratings lie off the scale": N_("rating lies off the scale"),
    "attempts still have time left": N_("attempt still has time left"),
    "starts name no object to tie the attempt to": N_("start names no object to tie the attempt to"),
    "cases may still be met": N_("case may still be met"),
    "cases may still change": N_("case may still change"),
    "contacts do not say which case they belong to": N_("contact does not say which case it belongs to"),
    "entrants are still under way: their window has not closed": N_("entrant is still under way: the window has not closed"),
    "signals set no usable level": N_("signal sets no usable level"),
    "responses lack too many items to be scored": N_("response lacks too many items to be scored"),
    "ratings lie off the scale and count as missing": N_("rating lies off the scale and counts as missing"),
    "visits may still go on": N_("visit may still go on"),
    "people started so late that the interval is not over for them": N_("person started so late that the interval is not over for them"),
}  # fmt: skip
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
#: What is counted of live signals, and what that means.
INTAKE = (
    N_("Signals"), N_("Duplicates"), N_("Corrections"), N_("Refused"), N_("Ignored"), N_("No consent"), N_("Late"), N_("Future"),
    N_("Unreadable"), N_("Bot"), N_("Internal"),
)  # fmt: skip
INTAKE_MEANS = (
    N_("taken in"), N_("sent again, counted once"), N_("new content under a known id"), N_("kept in the quarantine"),
    N_("says nothing about an experience, not kept"), N_("not kept, as people wished"), N_("older than seven days when they came"),
    N_("from the future, set back to when they came"), N_("without a readable time"), N_("marked as of bots"),
    N_("marked as of our own networks"),
)  # fmt: skip
#: What is kept of IP addresses, beside nothing.
ADDRESSES = (N_("network"), N_("whole"))
#: Of what type a property is.
TYPES = (N_("text"), N_("number"), N_("boolean"), N_("list"), N_("object"), N_("nothing"))
#: What joins two ids.
LINKS = (
    N_("Alias"), N_("Identify"), N_("Shared device"), N_("Shared e-mail"), N_("Shared external id"), N_("Joined by a member"),
)  # fmt: skip
#: What an erasure was of.
ERASED = (N_("people"), N_("import"), N_("retention"), N_("let in again"))
#: What files leave open.
OPTIONS = (
    N_("In which time zone are the times of this sheet? They name none, and its column zone is empty."),
    N_("Are dates such as 06/10/2026 written month first (June 10) or day first (6 October)?"),
    N_("What is a case of this log: an order, an application, a claim ...?"),
    N_("Which group type names the organisation that people belong to (such as company)?"),
    N_("Which key of the metadata holds your own id of the person?"),
    N_("Which property names the organisation that people belong to (a group key, such as company)?"),
    N_("Which zone are times in that name no offset?"),
)
#: What drifted in the catalogue.
ALARMS = (N_("vanished"), N_("volume"), N_("new property"), N_("property gone"), N_("type changed"))
#: The models to begin with, and whom they suit.
TEMPLATES = (
    N_("Business software by subscription"), N_("Online shop"), N_("App"), N_("Public service"), N_("Stores and online together"),
    N_("Companies that try, buy, set up, use and renew: software as a service, from business to business."),
    N_("People who look, order, wait for a parcel, keep it or send it back, and come again."),
    N_("People who install, try for a minute, make it a habit or not, and perhaps pay for more."),
    N_("People who find out, apply, wait for a decision, come to an office or call, and may object."),
    N_("People who look online and buy in a store, order and collect, give back anywhere, and carry a loyalty card."),
)  # fmt: skip
#: Sides of a fraction.
SIDES = (N_("numerator"), N_("denominator"), N_("what the formula takes the mean of, added up"))
#: Calendar units.
GRAINS = (N_("hour"), N_("day"), N_("week"), N_("month"), N_("quarter"), N_("year"))
#: Why there is no number.
REASONS = (
    N_("nobody answered"), N_("nobody entered"), N_("nobody tried"), N_("nobody succeeded"), N_("nobody is known"), N_("nobody came"),
    N_("there are no signals yet"), N_("the first step has none before it"), N_("the period is not over yet"),
    N_("only 1 person, and an interval needs two"), N_("too few people to tell how sure this is"),
    N_("an interval needs two people on each side"), N_("an interval needs the answers of two people"),
)  # fmt: skip

#: What queries are called, and the keys that most of their forms have.
QUERIES = (
    N_("Funnel"), N_("Retention"), N_("Paths"), N_("Tasks"), N_("Sessions"), N_("Lifecycle"), N_("Volume"), N_("Values of a property"), N_("States"),
    N_("Stickiness"), N_("Flows"), N_("Variants of paths"), N_("Conformance with a journey"), N_("Rework and loops"), N_("Patterns before an outcome"),
    N_("What comes together"), N_("Time between two things"), N_("Answers to a question"), N_("Consistency between channels"), N_("Sentiment"),
    N_("Felt and measured waits"), N_("Contacts with support"), N_("Friction"), N_("Forms"), N_("Lostness"), N_("Core Web Vitals"),
    N_("One thing per another"), N_("Sums of values"), N_("Repeat purchases"), N_("Recurring revenue"), N_("Recency, frequency, money"),
    N_("Rows before and after a signal"),
)  # fmt: skip
KEYS = (
    N_("Steps, in order"), N_("Longest time from the first to the last"), N_("Order of steps"), N_("About the same object"), N_("Begins with"),
    N_("Ends with"), N_("Comes back with"), N_("Interval"), N_("How many intervals"), N_("What counts as back"), N_("Steps of the paths, nothing = every kind"),
    N_("A pause this long begins a new one"), N_("How many rows"), N_("Task of the model"), N_("Journey of the model"), N_("Question of the model"),
    N_("Succeeds with"), N_("Failed with"), N_("Given up with"), N_("An error"), N_("Longest time that counts"), N_("What is counted"),
    N_("What counts as active"), N_("Who did which of these"), N_("Among those who did"), N_("Which field"), N_("Before it or after it"), N_("How many steps"),
    N_("Only within"), N_("Which of several"), N_("Take repeats in a row as one"), N_("Only this path"), N_("Only who made this move"),
    N_("Counts only, which is faster"), N_("For each of these"), N_("The outcome"), N_("Which one of several counts"),
)  # fmt: skip


def of_count(count: int, words: str) -> str:
    """Words that follow a number, translated, in the form that it needs: "answers" after 1 as "answer"."""
    return gettext(OF_ONE.get(words, words) if count == 1 else words) if words else ""
