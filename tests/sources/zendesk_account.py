"""A made-up Zendesk account in the layout of its API, with one of everything that matters."""

from __future__ import annotations

T0 = 1_772_355_600  # 2026-03-01T09:00:00Z


def at(seconds):
    from datetime import UTC, datetime

    return datetime.fromtimestamp(T0 + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def ticket(number, requester, seconds, **more):
    return {
        "id": number, "created_at": at(seconds), "updated_at": at(seconds + 60), "generated_timestamp": T0 + seconds + 60,
        "subject": f"Question {number}", "description": "The parcel has not come.", "status": "open", "priority": "normal",
        "requester_id": requester, "via": {"channel": "web", "source": {"rel": None, "from": {}}}, "tags": ["delivery"],
        "custom_fields": [{"id": 7, "value": "late"}, {"id": 8, "value": None}], "organization_id": 509,
        "metric_set": {"ticket_id": number, "reopens": 0, "replies": 1, "updated_at": at(seconds + 60),
                       "reply_time_in_minutes": {"calendar": 15, "business": 10}},
        **more,
    }  # fmt: skip


def user(number, **more):
    return {
        "id": number, "role": "end-user", "email": f"Person{number}@Example.com", "external_id": f"u_{number}",
        "created_at": at(-900), "updated_at": at(0), "generated_timestamp": T0, **more,
    }  # fmt: skip


def event(number, about, seconds, *children, **more):
    return {
        "id": number,
        "ticket_id": about,
        "timestamp": T0 + seconds,
        "created_at": at(seconds),
        "child_events": list(children),
        **more,
    }


def comment(number, author, text, *, public=True):
    return {"id": number, "event_type": "Comment", "author_id": author, "body": text, "public": public}


def changed(number, field, before, now):
    return {"id": number, "event_type": "Change", field: now, "previous_value": before}


AGENT = 77


def account():
    """Ticket 1: replied, solved, closed. 2: a follow-up of it. 3: solved, reopened, solved again by another agent."""
    users = [user(20), user(21), user(AGENT, role="agent", external_id=None)]
    follow_up = {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 1}}}
    tickets = [
        ticket(1, 20, 0, status="closed"),
        ticket(2, 20, 500_000, via=follow_up),
        ticket(3, 21, 100, status="solved"),
    ]
    events = [
        event(900, 1, 0, {"id": 9000, "event_type": "Create", "status": "new"}, comment(9001, 20, "The parcel has not come.")),
        event(901, 1, 600, comment(9011, AGENT, "It is on its way."), changed(9012, "status", "new", "open")),
        event(902, 1, 700, comment(9021, AGENT, "Ask the depot.", public=False), changed(9022, "assignee_id", None, str(AGENT))),
        event(903, 1, 900, comment(9031, 20, "It has come, thank you.")),
        event(904, 1, 960, changed(9041, "status", "open", "solved")),
        event(905, 1, 300_000, changed(9051, "status", "solved", "closed")),
        event(906, 3, 1_000, changed(9061, "status", "open", "solved")),
        event(907, 3, 2_000, changed(9071, "status", "solved", "open"), comment(9072, 21, "It is not solved.")),
        event(908, 3, 3_000, changed(9081, "status", "open", "solved")),
    ]  # fmt: skip
    ratings = [
        {"id": 50, "score": "offered", "requester_id": 20, "ticket_id": 1, "created_at": at(1_000), "updated_at": at(1_000)},
        {"id": 51, "score": "good", "comment": "Quick", "requester_id": 20, "ticket_id": 1, "assignee_id": AGENT,
         "created_at": at(2_000), "updated_at": at(2_000)},
    ]  # fmt: skip
    responses = [
        {"id": "01H", "survey": {"id": "s1", "version": 2}, "responder_id": 21, "subject_zrns": ["zen:ticket:3"],
         "answers": [
             {"type": "rating_scale", "rating": 4, "rating_category": "good", "created_at": at(4_000), "updated_at": at(4_000),
              "question": {"id": "q1", "options": [{"rating": 1}, {"rating": 4}, {"rating": 5}]}},
             {"type": "open_ended", "value": "Took two tries", "created_at": at(4_001), "updated_at": at(4_001),
              "question": {"id": "q2"}},
             {"type": "skipped", "created_at": at(4_001), "question": {"id": "q3"}},
         ]},
    ]  # fmt: skip
    return {"tickets": tickets, "events": events, "ratings": ratings, "responses": responses, "users": users}
