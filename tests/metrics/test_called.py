"""Metrics are found by the names that the field has for them."""

from __future__ import annotations

import pytest

from touchpath.metrics.called import ALSO_CALLED, called, no_metric
from touchpath.metrics.catalogue import CATALOGUE
from touchpath.model.errors import unknown

#: What people who measure UX and CX look for, and a metric that it has to lead to.
LOOKED_FOR = {
    "task success": "task_success",
    "Error rate": "task_error_rate",
    "errors per task": "task_errors",
    "DPO": "errors_per_opportunity",
    "efficiency": "task_efficiency",
    "learnability": "task_practice",
    "findability": "search_success",
    "rage clicks": "rage_clicks",
    "form friction per field": "form_refills",
    "core web vitals": "inp",
    "WCAG conformance": "accessible_pages",
    "reliability": "failed_interactions",
    "TTV": "time_to_value",
    "HEART": "stickiness",
    "SUPR-Q": "supr_q",
    "SMEQ": "smeq",
    "NASA TLX": "nasa_tlx",
    "UEQ": "ueq_novelty",
    "CSAT": "customer_satisfaction",
    "CES v1": "customer_effort_2010",
    "Kano": "kano_worse",
    "FCR": "first_contact_resolution",
    "FRT": "first_response_open_time",
    "MTTR": "resolution_time",
    "hand-off failure": "handoff_failure",
    "churn rate": "churn",
    "GRR": "gross_revenue_retention",
    "NRR": "net_revenue_retention",
    "MRR": "recurring_revenue",
    "MRR movements": "expansion_revenue",
    "CLV": "customer_lifetime_value",
    "survival curve": "customer_survival",
    "sBG": "contract_lifetime",
    "response burden": "surveys_per_person",
    "close the loop": "closed_loop_rate",
    "AOV": "average_price",
    "DAU/MAU": "stickiness",
}


@pytest.mark.parametrize(("name", "metric"), LOOKED_FOR.items(), ids=LOOKED_FOR)
def test_a_name_of_the_field_leads_to_its_metric(name, metric):
    assert metric in called(name, CATALOGUE)


def test_every_name_is_one_of_a_metric_that_there_is():
    assert set(ALSO_CALLED) <= set(CATALOGUE)
    for name, others in ALSO_CALLED.items():
        assert others
        assert len(set(others)) == len(others)
        assert name not in others


def test_what_is_not_said_is_asked_for():
    assert unknown("task", "", ["checkout", "pay"]) == "Say which task is meant. There are: checkout, pay."
    assert unknown("task", "", []) == "Say which task is meant. There is none yet."


def test_an_unknown_name_is_not_taken_for_one_that_is_only_spelt_alike():
    """FCR is three letters of which two are those of FCP, which is another thing altogether."""
    assert no_metric("fcr", CATALOGUE).endswith(
        "The field calls these so: resolved_by_survey, first_contact_resolution, one_touch_resolution."
    )
    assert no_metric("task_sucess", CATALOGUE) == "No metric is called 'task_sucess'. Did you mean 'task_success'?"
