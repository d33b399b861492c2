"""What columns and tables of answers, and the groups of people behind them, are called, in the words of the queries; see `words`."""

from __future__ import annotations

from touchpath.web.languages import N_

COLUMNS = (
    N_("Abandoned"), N_("Abandonment"), N_("Active"), N_("Active intervals"), N_("After"), N_("Again"), N_("Again at once"),
    N_("Again later"), N_("Again share"), N_("Alone"), N_("Amount"), N_("Answers"), N_("At least"), N_("Attempt"),
    N_("Attempts"), N_("Back"), N_("Back share"), N_("Backtracks"), N_("Base"), N_("Before"), N_("Begins"), N_("Between"),
    N_("Both"), N_("Bought again"), N_("Bounce rate"), N_("Bounces"), N_("Branch"), N_("Branches"), N_("Cases"), N_("Changes"),
    N_("Channel"), N_("Channels"), N_("Choice"), N_("Class"), N_("Closed"), N_("Cohorts"), N_("Compared"), N_("Complete"),
    N_("Completion"), N_("Conformance"), N_("Consistency"), N_("Contacts"), N_("Contacts per case"), N_("Conversion"),
    N_("Cooccurrence"), N_("Correlation"), N_("Cost"), N_("Counts"), N_("Curve"), N_("Customer churn"), N_("Customers"),
    N_("Customers at end"), N_("Customers at start"), N_("Days"), N_("Days since"), N_("Dead ends"), N_("Deviations"),
    N_("Difference"), N_("Done"), N_("Each"), N_("Edges"), N_("Element"), N_("End share"), N_("Ended"), N_("Ends"),
    N_("Entered"), N_("Entrants"), N_("Entries"), N_("Errors"), N_("Events"), N_("Extra"), N_("Failed"), N_("Felt"),
    N_("Felt seconds"), N_("Fewer"), N_("Field"), N_("Fields"), N_("Fillings"), N_("First"), N_("First contact"),
    N_("First only"), N_("First with second"), N_("Fitness"), N_("Fitting"), N_("Fitting share"), N_("Flows"), N_("Forms"),
    N_("Frequency"), N_("Friction"), N_("From state"), N_("Gap"), N_("Gross churn"), N_("Gross retention"), N_("Group"),
    N_("Groups"), N_("High share"), N_("Highest"), N_("Interval"), N_("Intervals"), N_("Involuntary churn"), N_("Journeys"),
    N_("Kept"), N_("Labels"), N_("Late seconds"), N_("Left here"), N_("Left out"), N_("Level at end"), N_("Level at start"),
    N_("Levels"), N_("Lifecycle"), N_("Lifetime value"), N_("Lift"), N_("Links"), N_("Loads"), N_("Loop"), N_("Loops"),
    N_("Lost"), N_("Lostness"), N_("Low share"), N_("Lowest"), N_("Mean"), N_("Measure"), N_("Median"), N_("Median seconds"),
    N_("Met"), N_("Missed"), N_("Monetary"), N_("Money"), N_("Movement"), N_("Movements"), N_("Moves"), N_("Negative"),
    N_("Negative share"), N_("Neither"), N_("Net"), N_("Net churn"), N_("Net retention"), N_("Neutral"), N_("New share"),
    N_("Nine tenths"), N_("Node"), N_("Nodes"), N_("Numbers"), N_("Of"), N_("Off scale"), N_("Open"), N_("Other agent"),
    N_("Other channel"), N_("Others share"), N_("Outcomes"), N_("Over"), N_("P"), N_("P75"), N_("P adjusted"), N_("Pages"),
    N_("Pairs"), N_("Path"), N_("Pattern"), N_("Patterns"), N_("People"), N_("Per"), N_("Per person"), N_("Per signal"),
    N_("Per visit"), N_("Pooled"), N_("Positive"), N_("Positive share"), N_("Promised"), N_("Promises"), N_("Purchases"),
    N_("Quantiles"), N_("Quarter"), N_("Rank"), N_("Rate"), N_("Rates"), N_("Rating"), N_("Ratio"), N_("Reach"), N_("Reached"),
    N_("Real seconds"), N_("Recency"), N_("Redone"), N_("Redone share"), N_("Refilled"), N_("Repeat share"), N_("Repeated"),
    N_("Rework"), N_("Reworked"), N_("Score"), N_("Scores"), N_("Second"), N_("Second only"), N_("Seconds"), N_("Segment"),
    N_("Sentiment"), N_("Sessions"), N_("Share"), N_("Signals"), N_("Skipped"), N_("Spread"), N_("Started"), N_("State"),
    N_("States"), N_("Staying"), N_("Step"), N_("Steps"), N_("Stickiness"), N_("Still waiting"), N_("Succeeded"), N_("Success"),
    N_("Sum"), N_("Tasks"), N_("Tenth"), N_("Three quarters"), N_("Time"), N_("Times"), N_("To state"), N_("Totals"),
    N_("Unread"), N_("Untied"), N_("Value"), N_("Values"), N_("Variant"), N_("Variants"), N_("Verdict"), N_("Views"),
    N_("Visits"), N_("Visits with"), N_("Vitals"), N_("Volume"), N_("Voluntary churn"), N_("Waiting"), N_("Waits"), N_("What"),
    N_("Without"),
)  # fmt: skip
#: Groups of people behind an answer.
OUTCOMES = (
    N_("low"), N_("middle"), N_("high"), N_("met"), N_("missed"), N_("fitting"), N_("deviating"), N_("open"), N_("variant"),
    N_("another"), N_("first contact"), N_("repeated"), N_("both"), N_("either"), N_("paired"), N_("went on"), N_("nothing"),
    N_("took it"), N_("took others"), N_("sent"), N_("not met"), N_("converted"), N_("lost"), N_("no move"), N_("made it"),
    N_("did not"), N_("with it"), N_("without it"), N_("with outcome"), N_("without outcome"), N_("once"), N_("again"),
    N_("never"), N_("active"), N_("churned"), N_("came back"), N_("did not come back"), N_("smooth"), N_("reworked"),
    N_("redone"), N_("positive"), N_("neutral"), N_("negative"), N_("one session"), N_("often"), N_("1 day"), N_("succeeded"),
    N_("failed"), N_("abandoned"), N_("any"), N_("one way"), N_("several ways"), N_("did"), N_("answered"), N_("alone"),
)  # fmt: skip
