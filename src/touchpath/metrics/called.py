"""What the field calls a metric besides the catalogue's name: abbreviations, other words, and sets that several belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from touchpath.model.errors import unknown

_HEART = "HEART"
_VITALS = "Core Web Vitals"
_FRICTION = "frustration signals"
_CLICKS = ("rage_clicks", "dead_clicks", "error_clicks", "quick_backs", "excessive_scrolling", "thrashed_cursors")
_UEQ = ("attractiveness", "perspicuity", "efficiency", "dependability", "stimulation", "novelty")
_FCR, _CES, _RETENTION = "FCR", "CES", "retention"

#: By a metric's name. Names of sets (HEART, Core Web Vitals) stand with each of their metrics.
ALSO_CALLED: Mapping[str, tuple[str, ...]] = {
    "task_success": ("task success", "task success rate", "completion rate", "effectiveness", _HEART),
    "task_time": ("task time", "task duration", _HEART),
    "task_errors": ("error rate", "errors per task", _HEART),
    "task_error_rate": ("error rate", "users with errors", "share of people with an error", _HEART),
    "task_abandonment": ("give-up rate", "drop-out rate"),
    "task_efficiency": ("efficiency", "time-based efficiency"),
    "task_success_per_minute": ("efficiency", "common industry format efficiency"),
    "task_learning": ("learnability", "learning curve", "attempt curve"),
    "task_practice": ("learnability", "learning rate", "power law of practice"),
    "lostness": ("disorientation",),
    "lcp": (_VITALS, "page speed", "loading"),
    "inp": (_VITALS, "responsiveness"),
    "cls": (_VITALS, "visual stability"),
    "fcp": ("page speed",),
    "ttfb": ("server response time",),
    "failed_interactions": ("reliability", "failure rate", "error rate"),
    "errors_per_opportunity": ("error rate", "defects per opportunity", "DPO"),
    "accessible_pages": ("accessibility conformance", "a11y", "WCAG conformance"),
    **{f"{of}_with_{what}": (_FRICTION, what.replace("_", " ")) for of in ("visits", "people") for what in _CLICKS},
    "rage_clicks": (_FRICTION,),
    "dead_clicks": (_FRICTION,),
    "error_clicks": (_FRICTION,),
    "quick_backs": (_FRICTION, "pogo-sticking", "U-turns"),
    "excessive_scrolling": (_FRICTION,),
    "thrashed_cursors": (_FRICTION,),
    "search_success": ("findability", "search success rate", "site search conversion"),
    "search_time": ("findability", "time to find"),
    "search_refinement": ("search refinement rate", "reformulated searches"),
    "zero_result_rate": ("zero-result rate", "null searches", "no-results rate"),
    "onboarding_completion": ("activation rate", "onboarding abandonment (the rest)", _HEART),
    "time_to_value": ("TTV", "TTFV", "time to first value", "activation time"),
    "feature_adoption": ("adoption rate", "uptake", _HEART),
    "adoption_depth": ("usage depth", "engagement", _HEART),
    "form_abandonment": ("form friction", "form drop-off"),
    "fillings_abandoned": ("form friction", "form drop-off"),
    "form_refills": ("form friction", "field refills", "form friction per field"),
    "conversion": ("conversion rate", "CVR", "funnel completion", "cart abandonment (the rest)"),
    "time_to_convert": ("time to convert", "cycle time", "lead time"),
    "nps": ("net promoter", "Net Promoter Score"),
    "customer_satisfaction": ("CSAT", _HEART, "happiness"),
    "customer_effort": (_CES, "CES 2.0", "CES v2"),
    "customer_effort_2010": (_CES, "CES 1.0", "CES v1"),
    "effort_agreement": (_CES, "share of easy"),
    "effort_net": (_CES, "net easy score", "NES"),
    "single_ease": ("SEQ", _HEART),
    "smeq": ("SMEQ", "RSME", "Rating Scale Mental Effort"),
    "review_rating": ("star rating", "review ratings"),
    "resolved_by_survey": (_FCR, "FCR by survey", "issue resolution"),
    "satisfaction_index": ("ACSI-style index", "CSI"),
    "likelihood_to_recommend": ("LTR", "mean likelihood to recommend"),
    "net_sentiment": ("sentiment", "NSS"),
    "net_sentiment_unvalidated": ("sentiment", "NSS"),
    "channel_consistency": ("tau", "consistency of channels", "omnichannel consistency", "I2"),
    "channel_icc": ("ICC", "consistency of channels"),
    "channel_gap": ("consistency of channels",),
    "top_box": ("T1B", "TB"),
    "top_two_box": ("T2B", "CSAT", "top-2-box"),
    "bottom_two_box": ("B2B", "bottom-2-box"),
    "sus": ("SUS", _HEART, "happiness"),
    "sus_positive": ("SUS, positive version", "positive SUS"),
    "supr_q": ("SUPR-Q", "SUPRQ"),
    "asq": ("ASQ",),
    "pssuq": ("PSSUQ", "Post-Study System Usability Questionnaire"),
    "csuq": ("CSUQ", "Computer System Usability Questionnaire"),
    "nasa_tlx": ("NASA Task Load Index", "raw TLX", "RTLX", "workload", "NASA-TLX"),
    "nasa_tlx_weighted": ("NASA Task Load Index", "weighted TLX", "workload", "NASA-TLX"),
    **{f"ueq_{one}": ("UEQ", "User Experience Questionnaire") for one in _UEQ},
    "ueq_s": ("UEQ-S", "short UEQ"),
    "ueq_s_pragmatic": ("UEQ-S",),
    "ueq_s_hedonic": ("UEQ-S",),
    "visawi_s": ("VisAWI", "visual aesthetics"),
    "brand_connection": ("brand attachment", "self-brand connection"),
    "kano_better": ("Kano", "satisfaction coefficient", "Better"),
    "kano_worse": ("Kano", "dissatisfaction coefficient", "Worse"),
    "valence": ("emotion", "affect", "SAM valence"),
    "active_people": ("DAU", "WAU", "MAU", "active users"),
    "signals_per_person": ("engagement", "event frequency"),
    "sessions_per_person": ("visit frequency", "engagement", _HEART),
    "session_time": ("session duration", "visit duration", "engagement", _HEART),
    "stickiness": ("DAU/MAU", "DAU over MAU", "engagement", _HEART),
    "contact_rate": ("ticket rate", "support rate", "propensity to contact"),
    "first_contact_resolution": (_FCR, "first call resolution", "repeat contacts (the rest)"),
    "one_touch_resolution": (_FCR, "one-touch tickets", "first response resolution"),
    "contacts_per_case": ("contacts per problem", "contacts per issue", "touches per ticket"),
    "first_response_time": ("FRT", "first reply time", "time to first response"),
    "first_response_open_time": ("FRT", "first reply time", "FRT in business hours"),
    "response_wait": ("FRT", "median wait"),
    "answered_in_time": ("SLA", "service level", "SLA compliance"),
    "resolution_time": ("TTR", "MTTR", "time to resolve"),
    "resolution_open_time": ("TTR", "MTTR", "time to resolve in business hours"),
    "reopen_rate": ("reopens", "reopened tickets"),
    "transfer_rate": ("escalations", "hand-offs", "handoffs"),
    "channel_switch_rate": ("hand-offs", "channel hopping"),
    "closed_loop_time": ("closed loop", "close the loop"),
    "handoff_failure": ("hand-off failure", "handoff failure"),
    "on_time_delivery": ("OTD", "promises kept"),
    "delivery_time": ("lead time", "order to delivery"),
    "wait_perception_gap": ("perceived wait", "felt wait", "perceived against operational"),
    "wait_perception_correlation": ("perceived wait", "felt wait"),
    "response_rate": ("survey response rate",),
    "surveys_per_person": ("response burden", "contact pressure"),
    "survey_fatigue": ("response burden", "opt-out rate", "unsubscribe rate"),
    "closed_loop_rate": ("closed loop", "close the loop", "follow-up rate"),
    "day_1_retention": (_RETENTION, "D1", _HEART),
    "day_7_retention": (_RETENTION, "D7", _HEART),
    "day_30_retention": (_RETENTION, "D30", _HEART),
    "bracket_retention": (_RETENTION, "bracketed retention", _HEART),
    "repeat_purchase_rate": ("RPR", "repurchase rate", "returning customers", _RETENTION),
    "referral_rate": ("referrals", "word of mouth"),
    "advocacy_rate": ("advocates", "word of mouth"),
    "churn": ("churn rate", "logo churn", "attrition", "customer churn rate"),
    "voluntary_churn": ("active churn",),
    "involuntary_churn": ("passive churn", "delinquent churn"),
    "churn_counting_new": ("Stripe churn", "subscriber churn"),
    "cost_to_serve": ("CTS", "cost per customer"),
    "cost_per_contact": ("cost per ticket",),
    "cost_per_conversion": ("CPA", "cost per acquisition"),
    "average_price": ("AOV", "average order value", "price by experience band"),
    "spend_per_person": ("ARPU", "average revenue per user", "customer spend"),
    "recurring_revenue": ("MRR",),
    "annual_recurring_revenue": ("ARR", "run rate"),
    "revenue_per_customer": ("ARPA", "ARPU", "ARPC"),
    "new_revenue": ("new MRR", "MRR movements"),
    "expansion_revenue": ("expansion MRR", "upsell", "MRR movements"),
    "contraction_revenue": ("contraction MRR", "downgrades", "MRR movements"),
    "churned_revenue": ("churned MRR", "lost revenue", "MRR movements"),
    "reactivated_revenue": ("reactivation MRR", "win-back", "MRR movements"),
    "gross_revenue_churn": ("gross MRR churn", "revenue churn"),
    "net_revenue_churn": ("net MRR churn", "negative churn", "revenue churn"),
    "involuntary_revenue_churn": ("revenue churn", "failed payments"),
    "gross_revenue_retention": ("GRR", "gross dollar retention", "GDR"),
    "net_revenue_retention": ("NRR", "NDR", "net dollar retention"),
    "customer_survival": ("survival curve", "Kaplan-Meier", "retention curve"),
    "customer_half_life": ("median lifetime", "median tenure"),
    "contract_lifetime": ("sBG", "CLV", "LTV", "shifted-beta-geometric", "contractual lifetime"),
    "customer_lifetime_value": ("CLV", "LTV", "CLTV", "BG/NBD", "Gamma-Gamma"),
}


def also_called(name: str) -> tuple[str, ...]:
    """Other names of a metric; none where there are none, or where it is the model's own."""
    return ALSO_CALLED.get(name, ())


def called(text: str, known: Iterable[str]) -> list[str]:
    """The metrics among the known names that the field calls so, by any of their names; capitals, hyphens and such do not matter."""
    wanted = _plain(text)
    return [name for name in known if wanted in {_plain(one) for one in (name, *also_called(name))}]


def _plain(text: str) -> str:
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).strip()


def no_metric(came: str, known: Iterable[str], noun: str = "metric") -> str:
    """The sentence for a name that no metric has: the metrics that the field calls so, else the nearest name.

    >>> no_metric("FCR", ["first_contact_resolution", "fcp"])
    "No metric is called 'FCR' here. The field calls these so: first_contact_resolution."
    """
    names = list(known)
    meant = called(came, names)
    if not meant:
        return unknown(noun, came, names)
    return f"No {noun} is called '{came}' here. The field calls these so: {', '.join(meant)}."
