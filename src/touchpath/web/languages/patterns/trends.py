"""What trends, seasons and comparisons tell."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # trends
    N_("p = %(p)s"),
    N_("of series that stay level about %(rate)s %% are called changed"),
    N_("%(p)s; of series that stay level about %(rate)s %% are called changed"),
    N_("No detectable change of level in %(periods)s (%(certain)s)."),
    N_("A steady rise fits better than a change at one time (%(certain)s)."),
    N_("A steady fall fits better than a change at one time (%(certain)s)."),
    N_("It changed, but a step and a steady rise describe it about as well (%(certain)s)."),
    N_("It changed, but a step and a steady fall describe it about as well (%(certain)s)."),
    N_("The level changed with the %(grain)s of %(day)s: from %(before)s to %(after)s (%(certain)s)."),
    N_("The step would be with the %(grain)s of %(day)s: from %(before)s to %(after)s (%(certain)s)."),
    N_(
        "The readings step with the %(grain)s of %(day)s: from %(before)s to %(after)s, but no further than the noise of so few behind each of them goes."
    ),
    N_("It repeats every %(every)s: that explains %(share)s %% of what the trend leaves (%(p)s)."),
    N_("No detectable season by %(every)s (%(p)s)."),
    N_("None of %(periods)s was odd for its past (false alarms come at most to about %(rate)s %% of points)."),
    N_(
        "The %(grain)s of %(day)s was odd: %(value)s, expected %(low)s to %(high)s (false alarms come at most to about %(rate)s %% of points)."
    ),
    N_("%(count)s whole %(grain)ss; a season by %(every)s shows from %(least)s on."),
    N_("%(count)s whole %(grain)ss; a change of level shows from %(least)s on."),
    N_("%(count)s whole %(grain)ss; which of them are odd shows from %(least)s on."),
    N_("%(some)s of %(all)s %(grain)ss are left out: those before the last one without a number, or without whole data."),
    # comparisons
    N_("No detectable change in %(comparisons)s."),
    N_("Nothing could be compared: %(reason)s."),
    N_("%(small)s could not be compared."),
    N_("%(title)s: %(n)s %(unit)s, and a comparison needs %(least)s on each side"),
    N_(
        "%(title)s: %(n)s %(unit)s, and a comparison needs %(least)s on each side; about %(needed)s on each side would find a difference of %(step)s in four of five cases"
    ),
    N_("%(empty)s of %(all)s segments hold nothing to measure and are left out."),
    N_("No split of the change: %(reason)s."),
    N_("Of a change of %(whole)s, %(within)s came within the segments of %(title)s and %(mix)s from their mix."),
    N_("%(value)s points (%(low)s to %(high)s)"),
    N_("fewer than two segments of '%(title)s' have %(least)s or more at both times"),
    N_("%(groups)s groups of people, and the split needs %(least)s to tell how sure it is"),
    N_("%(title)s is higher than %(name)s"),
    N_("%(title)s is lower than %(name)s"),
    N_(
        "The periods are of %(one)s and %(other)s days: what adds up over time, such as counts of people or what each of them did, is more in the longer one."
    ),
    N_("By %(by)s people may be in several or in none: of %(all)s %(unit)s %(several)s are in several and %(none)s in none."),
    N_(
        "A change and neighbours that go together look alike in %(points)s points: where they do, a change is called up to four times as often "
        "as stated."
    ),
)
