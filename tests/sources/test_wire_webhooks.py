"""Webhooks come in by the key in their address, are refused with a wrong signature, and mean what the vendor's reader says."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest

from touchpath.model.errors import BadInput, NotAllowed
from touchpath.model.signal import Signal
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.wire.webhooks import HOOKS, Webhooks
from touchpath.store.spool import Post

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MICROS = int(NOW.timestamp()) * 1_000_000
SECONDS = str(int(NOW.timestamp()))
SECRET = "whsec_for_tests"
BODY = b'{"a": 1}'
HOOK = Webhooks()


def a_post(vendor, body=BODY, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Post("webhook", "k", MICROS, f"/hooks/{vendor}/tp_key_in_address", "", body, named)


def digest(text, algorithm=hashlib.sha256, secret=SECRET):
    return hmac.new(secret.encode(), text, algorithm)


def base64_of(mac):
    return base64.b64encode(mac.digest()).decode()


MAILGUN = json.dumps(
    {"signature": {"timestamp": SECONDS, "token": "tok", "signature": digest(f"{SECONDS}tok".encode()).hexdigest()}}
).encode()
SIGNED = {
    "typeform": a_post("typeform", typeform_signature=f"sha256={base64_of(digest(BODY))}"),
    "stripe": a_post("stripe", stripe_signature=f"t={SECONDS},v1={digest(SECONDS.encode() + b'.' + BODY).hexdigest()}"),
    "zendesk": a_post(
        "zendesk",
        x_zendesk_webhook_signature=base64_of(digest(b"2026-03-01T12:00:00Z" + BODY)),
        x_zendesk_webhook_signature_timestamp="2026-03-01T12:00:00Z",
    ),
    "delighted": a_post("delighted", x_delighted_webhook_signature=f"sha256={digest(BODY).hexdigest()}"),
    "intercom": a_post("intercom", x_hub_signature=f"sha1={digest(BODY, hashlib.sha1).hexdigest()}"),
    "jira": a_post("jira", x_hub_signature=f"sha256={digest(BODY).hexdigest()}"),
    "mailgun": a_post("mailgun", MAILGUN),
}


@pytest.mark.parametrize("vendor", SIGNED)
def test_a_signature_that_fits_lets_a_post_in(vendor, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    HOOK.admit(SIGNED[vendor], Terms("k", vendor, secret="env:HOOK_SECRET"))


@pytest.mark.parametrize("vendor", SIGNED)
@pytest.mark.parametrize("fault", ["another secret", "another body", "no signature"])
def test_any_other_signature_is_refused(vendor, fault, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "another" if fault == "another secret" else SECRET)
    good = SIGNED[vendor]
    body = good.body if fault != "another body" else good.body.replace(b"1", b"2", 1)
    post = Post(good.receiver, good.key, MICROS, good.path, "", body, {} if fault == "no signature" else good.headers)
    if fault == "no signature" and vendor == "mailgun":
        post = a_post("mailgun", b"{}")
    with pytest.raises(NotAllowed, match="does not fit"):
        HOOK.admit(post, Terms("k", vendor, secret="env:HOOK_SECRET"))


@pytest.mark.parametrize("vendor", ["stripe", "mailgun"])
def test_an_old_signature_is_refused(vendor, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    good = SIGNED[vendor]
    late = Post(good.receiver, good.key, MICROS + 3_600_000_000, good.path, "", good.body, good.headers)
    with pytest.raises(NotAllowed):
        HOOK.admit(late, Terms("k", vendor, secret="env:HOOK_SECRET"))


def test_without_a_secret_the_key_in_the_address_is_all():
    HOOK.admit(a_post("stripe"), Terms("k", "stripe"))
    assert HOOK.open(a_post("stripe")).key == "tp_key_in_address"


def test_a_vendor_nobody_knows_is_named_with_those_known():
    with pytest.raises(BadInput, match=r"'acme' are not understood.*typeform"):
        HOOK.open(a_post("acme"))


TYPEFORM = {
    "event_id": "01KX",
    "event_type": "form_response",
    "form_response": {
        "form_id": "lT4Z3j",
        "token": "a3a1",
        "landed_at": "2026-03-01T09:07:02Z",
        "submitted_at": "2026-03-01T09:09:02Z",
        "hidden": {"user_id": "u_81"},
        "definition": {"id": "lT4Z3j", "title": "Relationship", "fields": [{"id": "n1", "ref": "nps", "type": "opinion_scale", "title": "How likely?"}]},
        "answers": [{"type": "number", "number": 9, "field": {"id": "n1", "ref": "nps", "type": "opinion_scale"}}],
    },
}  # fmt: skip
SENDGRID = [
    {"email": "Ada@Example.com ", "timestamp": 1772355600, "event": "open", "sg_event_id": "e1", "sg_message_id": "m1.filter7", "user_id": "u_81", "sg_machine_open": True},
    {"email": "ada@example.com", "timestamp": 1772355700, "event": "click", "sg_event_id": "e2", "sg_message_id": "m1.filter7", "url": "https://shop.example/a"},
    {"event": "click"},
    "what",
]  # fmt: skip


def read(vendor, payload):
    post = a_post(vendor, json.dumps(payload).encode())
    opened = HOOK.open(post)
    return opened, list(HOOK.signals(post, opened, Terms("k", vendor)))


def test_a_form_response_becomes_answers():
    _, found = read("typeform", TYPEFORM)
    answers = [signal for _, signal in found if isinstance(signal, Signal) and signal.kind == "survey.answered"]
    assert [(one.value, one.actors[0], one.objects["response"]) for one in answers] == [(9.0, "user:u_81", "a3a1")]
    assert {one.received_at for _, one in found} == {NOW}


def test_mail_events_come_many_at_a_time_and_a_bad_one_costs_nothing():
    opened, found = read("sendgrid", SENDGRID)
    address = f"email:{hashlib.sha256(b'ada@example.com').hexdigest()}"
    (_, opening), (_, click), (third, no_id), (fourth, no_object) = found
    assert (opening.kind, opening.actors, opening.objects) == ("email.opened", ("user:u_81", address), {"message": "m1"})
    assert opening.properties["$traffic"] == "bot"
    assert (click.kind, click.actors, click.properties["url"]) == ("email.clicked", (address,), "https://shop.example/a")
    assert isinstance(no_id, Fault)
    assert isinstance(no_object, Fault)
    assert [fault.place for fault in HOOK.judge(opened)] == [third, fourth] == [2, 3]
    assert json.loads(HOOK.alone(opened, 2)) == {"event": "click"}
    assert b"ada@example.com" not in repr(found).lower().encode()


def test_mailgun_tells_temporary_failures_from_bounces():
    event = {"event": "failed", "severity": "temporary", "id": "x1", "timestamp": 1772355600.5, "recipient": "a@example.com"}
    ((_, deferred),) = read("mailgun", {"event-data": event})[1]
    ((_, bounced),) = read("mailgun", {"event-data": {**event, "severity": "permanent"}})[1]
    assert (deferred.kind, bounced.kind) == ("email.deferred", "email.bounced")


@pytest.mark.parametrize("vendor", HOOKS)
@pytest.mark.parametrize("payload", [{}, {"type": 5}, {"event": None, "data": []}, {"content": {"x": [1]}}, {"event-data": "x"}])
def test_whatever_comes_is_read_or_refused_with_words(vendor, payload):
    _, found = read(vendor, payload)
    assert all(isinstance(one, Signal) or one.reason for _, one in found)
