"""What is told of journeys, of groups of people on them, of their voice, and of their cards."""

from __future__ import annotations

from touchpath.web.languages import N_

SENTENCES = (
    # journeys
    N_("Most are lost between '%(title)s' and '%(name)s': %(share)s (%(low)s to %(high)s) of %(entrants)s."),
    N_("Nobody was lost on the way: all %(entrants)s whose time is up came to the end."),
    N_("There is nothing to tell yet: nobody has been seen on '%(title)s' long enough."),
    N_("Where most are lost is hidden: a group of fewer than %(least)s people, or one that would give such a group away."),
    N_("came to “%(title)s” and no further, in time"),
    N_("no friction is recorded: no signal of %(names)s came"),
    N_("no page speed is recorded: no signal of %(names)s came"),
    N_("no check of accessibility is recorded: no signal of %(names)s came"),
    N_("no cost is recorded: no signal of %(names)s came"),
    N_("Task '%(title)s' does not say what an error is. Add '%(came)s' to it."),
    N_("Journey '%(title)s' does not say what counts as a contact. Add '%(came)s' to it."),
    # intervals of retention
    N_("day %(count)s"),
    N_("week %(count)s"),
    N_("month %(count)s"),
    N_("reached %(count)s"),
    N_("stopped at %(count)s"),
    # groups of people
    N_("were at this step"),
    N_("came to this step and no further, in time"),
    N_("met friction at its touchpoints"),
    N_("got in touch within seven days of it"),
    N_("known to one source"),
    N_("known to two sources or more"),
    # voice and groups
    N_("%(answered)s of %(asked)s people asked answered (%(rate)s)."),
    N_("Effective n %(number)s."),
    N_("Who was asked is not told: %(reason)s."),
    N_("Not represented as they were asked: %(told)s."),
    N_("Nobody answered in: %(names)s."),
    N_("%(dates)s renewal dates could not be read. Write them as in 2026-03-31."),
    N_("The first %(most)s of %(all)s groups are shown."),
    # what a save of a card changed
    N_("purpose"),
    N_("promise"),
    N_("owners"),
    N_("who is accountable"),
    N_("UX number or target"),
    N_("CX number or target"),
    N_("day of the target"),
    N_("decision"),
    N_("rationale"),
    N_("day of the change"),
    N_("Choose what is measured first; a target without it says nothing."),
    N_("A target is a plain number."),
    N_("A day alone is no target: say what the numbers should come to by then."),
    N_("Say why: a decision without its reasons cannot be looked at again."),
    N_("Say what was decided; its day alone tells nobody what changed."),
)
