"""What causes are told to be: relations, effects of a change, what a design may claim, drivers."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # causes
    N_("What the change of %(day)s did to %(what)s is not told: %(reason)s."),
    N_("No drivers of “%(title)s” are told: %(reason)s."),
    N_("%(title)s: not told, %(reason)s."),
    N_("%(title)s: no detectable relation across %(units)s (%(size)s)."),
    N_("%(title)s: they rise together across %(units)s (%(size)s)."),
    N_("%(title)s: they move against each other across %(units)s (%(size)s)."),
    N_("segments of %(title)s"),
    N_("%(count)s segments of %(title)s"),
    N_("r = %(r)s (%(low)s to %(high)s), p = %(p)s"),
    N_("p-values are corrected for %(pairs)s pairs (Holm)."),
    N_("Up to %(count)s %(units)s lack a number on one side and are left out."),
    N_("The use is %(span)s earlier than the relationship."),
    N_(
        "%(first)s %(grain)ss without a gap before the change and %(after)s from it on, and each side needs %(least)s; more time would do"
    ),
    N_("Evidence %(rank)s of 5, a randomised test: %(claims)s"),
    N_("Evidence %(rank)s of 5, units with the change beside units without: %(claims)s"),
    N_("Evidence %(rank)s of 5, a series beside one without the change: %(claims)s"),
    N_("Evidence %(rank)s of 5, one series, interrupted: %(claims)s"),
    N_("Evidence %(rank)s of 5, what goes together: %(claims)s"),
    # what a design of an effect may claim
    N_("The difference is the change's effect, as chance alone decided who got it."),
    N_("It holds for those who were in the test, and as long as nobody was treated otherwise than they were drawn."),
    N_("The effect is the change's if both groups would have gone the same way without it."),
    N_(
        "Nobody drew lots, so whatever else came to the treated units then looks the same; only a randomised test rules that out."
    ),
    N_("Whatever moved both series alike is taken out; what is left came to the treated one when the change did."),
    N_("Two series are two units: something else that came to one of them then looks the same."),
    N_("More units would tell more."),
    N_("Level or slope changed when the change came, beyond what the course before would have led to."),
    N_("Anything else that happened then looks the same."),
    N_("Units without the change, or a randomised test, would tell them apart."),
    N_("Those who say one thing tend to say the other."),
    N_("It does not say that changing one moves the other, nor which of them comes first; something else may move both."),
    # effects of a change
    N_("%(what)s: the %(number)s of %(number_all)s units with the change moved %(size)s more than the others (%(p)s)."),
    N_(
        "%(what)s: the %(number)s of %(number_all)s units with the change moved %(size)s more than the others (%(p)s by divisions of units; too few for an interval)."
    ),
    N_(
        "%(what)s: no detectable effect: the %(number)s of %(number_all)s units with the change moved %(size)s more than the others (%(p)s)."
    ),
    N_(
        "%(what)s: no detectable change on %(day)s: level %(size)s, %(p)s; by the last %(grain)s it lies %(gap)s from the course before."
    ),
    N_(
        "%(what)s: no detectable change on %(day)s of the two sides' distance: level %(size)s, %(p)s; by the last %(grain)s it lies %(gap)s from the course before."
    ),
    N_("%(what)s: on %(day)s changed in %(moves)s; by the last %(grain)s it lies %(gap)s from the course before."),
    N_(
        "%(what)s: on %(day)s the two sides' distance changed in %(moves)s; by the last %(grain)s it lies %(gap)s from the course before."
    ),
    N_("level %(size)s (p = %(number)s)"),
    N_("slope %(size)s per %(grain)s (p = %(number)s)"),
    N_("level %(size)s (p = %(number)s) and slope %(gap)s per %(grain)s (p = %(number_slope)s)"),
    N_("%(number)s points"),
    N_("%(number)s points (%(number_low)s points to %(number_high)s points)"),
    N_("%(number)s s (%(number_low)s s to %(number_high)s s)"),
    N_("%(number)s (%(number_low)s to %(number_high)s)"),
    N_("%(some)s of %(all)s dates before the change, where nothing changed, show a jump."),
    N_("no %(grain)s after the change is over yet"),
    N_("The change of %(day)s is not between the first and the last signal asked for."),
    N_("No whole %(grain)s lies after %(day)s; take a shorter one."),
    N_("No whole %(grain)s lies before %(day)s; take a shorter one."),
    N_("Each period counts alike, however many people stand behind it."),
    N_("Signals, not people, belong to these units, so somebody may be in several and in both groups."),
    N_(
        "A series of its own cannot tell the change from anything else that happened then; the date must have been known, not looked for in the series."
    ),
    N_(
        "The effect holds if both groups had gone the same way without the change; a trend before that does not differ is no proof of it."
    ),
    N_("This describes how the two go together; it does not say that one moves the other."),
    # drivers
    N_("%(title)s explains %(share)s of how %(name)s differs between people."),
    N_(
        "%(title)s goes with %(name)s most, %(share)s (%(low)s to %(high)s) of what is explained; together the %(number)s items explain %(all)s of how it differs between people."
    ),
    N_(
        "%(title)s goes with %(name)s most, %(share)s (%(low)s to %(high)s) of what is explained, a tie with %(names)s; together the %(number)s items explain %(all)s of how it differs between people."
    ),
    N_("No item stands out beside %(name)s; together the %(number)s items explain %(all)s of how it differs between people."),
    N_(
        "%(number)s people gave the outcome and every item, and %(number_of)s items need %(number_least)s; %(number_well)s would do well"
    ),
    N_("all values are the same in %(names)s, so nothing goes with it"),
    N_("Beside it stands the answer nearest in time, at most %(span)s away."),
    N_("What people did counts from %(span)s before their answer up to it."),
    N_("Weighted by %(came)s: effective n %(number)s of %(number_all)s."),
    N_("The latest answer of each person counts."),
    N_("Each answer counts; limits are of people with all their answers."),
    N_("A driver's part says how it goes together with the outcome, not what changing it would do."),
    N_("%(count)s answers have no weight and are left out."),
    N_("%(count)s ratings of '%(title)s' are off its scale and no answers."),
    N_(
        "For %(count)s answers the data begin later than %(span)s before: what was done earlier is not known, and counts as not done."
    ),
    N_("How often %(kind)s"),
    N_("Ever %(kind)s"),
    N_("Sum of %(kind)s"),
    N_("Mean of %(kind)s"),
)
