"""What metrics of one family are defined by, and the parts and formulas of those."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # formulas of a model's own metrics, and who stands behind a survey
    N_("an R-indicator needs two segments, and people with and without an answer"),
    N_("people with the numerator in time / people with the denominator whose time is up"),
    N_("signals of the numerator / people with the denominator"),
    N_("people with the numerator / people"),
    N_("total of the numerator / total of the denominator"),
    N_("sum of answers / answers"),
    N_("sum of (weight * 100 * (value - worst) / (best - worst)) / sum of weights"),
    # what metrics of one family are defined by
    N_("%(number)s to %(number_high)s"),
    N_("%(numbers)s and %(number)s"),
    N_("%(number)s to %(number_high)s or %(ends)s"),
    N_("%(number)s to %(number_high)s, items %(items)s reversed"),
    N_("%(number)s to %(number_high)s, item %(number_of)s %(ends)s put on %(runs)s"),
    N_(
        "The latest scored response of each person in the period: the mean of items %(items)s (rated %(ends)s), so that the score runs from %(low)s to %(high)s."
    ),
    N_(
        "The latest scored response of each person in the period: the mean of item %(number)s (rated %(ends)s), so that the score runs from %(low)s to %(high)s."
    ),
    N_(
        "The latest scored response of each person in the period: items %(items)s (rated %(ends)s), put on %(runs)s, each times how often it was chosen in 15 pairs, over 15."
    ),
    N_("The latest answer of each person in the period: a rating of %(ends)s, put on %(runs)s in equal steps."),
    N_(
        "Of the items %(number)s may be missing and count as the centre of the scale; if more are missing, the response is left out."
    ),
    N_("Of the items %(number)s may be missing and are passed over; if more are missing, the response is left out."),
    N_("The latest answer of each person in the period, on a %(ends)s scale."),
    N_("%(sign)s (%(what)s; see docs/definitions/friction.md), divided by visits."),
    N_("Visits with %(signs)s (%(what)s), of all visits."),
    N_("People with %(signs)s (%(what)s) in a visit of the period, of all people with a visit."),
    N_("75th percentile over page loads of %(what)s, measured in browsers of people."),
    N_("The query's `of` says which signals carry it: `%(came)s`."),
    N_("Which share of the people who did the one thing did the other within %(came)s?"),
    N_("Below which value do %(share)s of them lie?"),
    N_("Which share answered %(low)s to %(high)s?"),
    N_("dimension '%(title)s'"),
    N_("role '%(title)s'"),
    N_("metric '%(title)s': numerator"),
    N_("metric '%(title)s': denominator"),
    # parts of those
    N_("rage clicks"),
    N_("dead clicks"),
    N_("error clicks"),
    N_("quick backs"),
    N_("excessive scrolling"),
    N_("thrashed cursors"),
    N_("bursts of clicks at one place"),
    N_("clicks to which nothing on the page answered"),
    N_("clicks followed by an error in the browser"),
    N_("pages that people left again at once for the page before"),
    N_("pages on which people scrolled up and down more than is usual"),
    N_("moments in which people shook the pointer"),
    N_("the time until the largest text or image was drawn"),
    N_("the slowest (of many, nearly the slowest) time from an interaction to the next frame"),
    N_("the largest burst of unexpected layout shifts"),
    N_("the time until anything was drawn"),
    N_("the time from the start of the navigation to the first byte of the answer"),
    N_("How often does it happen per person?"),
    N_("Which share of the people did this?"),
    N_("How much is there of the one for each of the other?"),
    N_("How much is it on average?"),
    N_("What is answered on average?"),
    N_("How do these numbers stand, taken together?"),
    N_("It says nothing that its parts do not say: read them first."),
    N_("Weights, and what counts as worst and best, are choices of the model."),
    N_("geometric mean, t on logarithms"),
    N_("median, order statistics"),
    N_("ratio of geometric means, Welch t on logarithms"),
    N_("Welch t, errors of rare events drawn together"),
    N_("from both intervals (MOVER)"),
    N_("Wilson score interval"),
    # formulas of signs of friction
    N_("%(signs)s / visits"),
    N_("visits with %(signs)s / visits"),
    N_("people with %(signs)s / people with a visit"),
)
