"""What the lanes of a journey map are called and why a number is not there, in the words of the services; see `words`."""

from __future__ import annotations

from touchpath.web.languages import N_

TITLES = (
    N_("Volume"), N_("Reached"), N_("From previous step"), N_("Drop-off"), N_("Time to get here"), N_("Task success"), N_("Time on task"),
    N_("Errors"), N_("Friction"), N_("Page speed"), N_("Accessibility"), N_("What people answered"), N_("Contacts"), N_("Cost"),
    N_("Pages without violations"), N_("Violations in a check"),
)  # fmt: skip
HELPS = (
    N_("People who were at the step at all, on this journey or not."),
    N_("Of all who entered the journey, the share who came as far as this step in time."),
    N_("Of those who reached the step before, the share who reached this one in time."),
    N_("Of those who reached the step before, the share who did not reach this one in time."),
    N_("Time from the step before to this one, among those who reached both."),
    N_("Of the attempts at a task of the step that are over, the share that succeeded."),
    N_("How long successful attempts at a task of the step took."),
    N_("Errors in each attempt at a task of the step."),
    N_("Of the people at the step's touchpoints, the share who clicked in rage or in vain, or met an error there."),
    N_("The 75th percentile of page loads at the step's touchpoints (Core Web Vitals)."),
    N_("Of the checks of pages at the step's touchpoints, the share that found no violation, and how many a check found."),
    N_("Satisfaction, effort, ease, recommendation and feelings, as asked at the step."),
    N_("Of the people at the step, the share who got in touch within seven days."),
    N_("What was booked as a cost at the step's touchpoints, for each person who was there."),
    N_("Metrics of the model that speak for this stage."),
)
REASONS = (
    N_("the step names no touchpoint"), N_("no signal says that somebody was at the step's touchpoints"),
    N_("no page of the step's touchpoints was checked"), N_("no cost was booked at the step's touchpoints"),
    N_("counted the same in both versions"), N_("the other version does not have it"), N_("no longer part of the journey"),
    N_("not everybody has to pass this step, so it is no part of the way from step to step"),
)  # fmt: skip
#: What n counts on a map.
COUNTED = (N_("checks"), N_("page loads"))
