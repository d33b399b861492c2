"""Webhooks come in by the key in their address, are refused with a wrong signature, and mean what the vendor's reader says."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from touchpath.model.errors import BadInput, NotAllowed, Unavailable
from touchpath.model.signal import Signal
from touchpath.services.receiving import Fault, Terms
from touchpath.sources.vendors import sendgrid
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
    "hubspot": a_post(
        "hubspot",
        host="in.shop.example",
        x_hubspot_request_timestamp=f"{SECONDS}000",
        x_hubspot_signature_v3=base64_of(
            digest(b"POSThttps://in.shop.example/hooks/hubspot/tp_key_in_address" + BODY + f"{SECONDS}000".encode())
        ),
    ),
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


@pytest.mark.parametrize("vendor", ["stripe", "mailgun", "hubspot"])
def test_an_old_signature_is_refused(vendor, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    good = SIGNED[vendor]
    late = Post(good.receiver, good.key, MICROS + 3_600_000_000, good.path, "", good.body, good.headers)
    with pytest.raises(NotAllowed):
        HOOK.admit(late, Terms("k", vendor, secret="env:HOOK_SECRET"))


def of_hubspot(address, body=BODY, sent=f"{SECONDS}000", **more):
    """A post of HubSpot, signed as if sent to an address."""
    mac = digest(b"POST" + address.encode() + body + sent.encode())
    signed = {"x_hubspot_request_timestamp": sent, "x_hubspot_signature_v3": base64_of(mac)}
    return a_post("hubspot", body, host="127.0.0.1:8401", **signed, **more)


def test_hubspot_signs_the_public_address_which_the_settings_know_behind_a_proxy(monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    terms = Terms("k", "hubspot", secret="env:HOOK_SECRET")
    post = of_hubspot("https://in.shop.example/signals/hooks/hubspot/tp_key_in_address")
    for known in ("https://in.shop.example/signals", "https://in.shop.example/signals/"):
        Webhooks(known).admit(post, terms)
    for other in ("", "https://in.shop.example", "http://in.shop.example/signals"):
        with pytest.raises(NotAllowed, match="does not fit"):
            Webhooks(other).admit(post, terms)


def test_hubspot_signs_the_query_too(monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    address = "https://in.shop.example/hooks/hubspot/tp_key_in_address"
    signed = of_hubspot(f"{address}?portal=7")
    asked = replace(signed, query="portal=7")
    Webhooks("https://in.shop.example").admit(asked, Terms("k", "hubspot", secret="env:HOOK_SECRET"))
    with pytest.raises(NotAllowed):
        Webhooks("https://in.shop.example").admit(signed, Terms("k", "hubspot", secret="env:HOOK_SECRET"))


def public_key_of(key, encoding=Encoding.DER):
    encoded = key.public_key().public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(encoded).decode() if encoding is Encoding.DER else encoded.decode()


def of_sendgrid(key, body=BODY, sent=SECONDS, **more):
    """A post of SendGrid's Event Webhook, signed with a private key."""
    signature = base64.b64encode(key.sign(sent.encode() + body, ec.ECDSA(SHA256()))).decode()
    names = ("x_twilio_email_event_webhook_signature", "x_twilio_email_event_webhook_timestamp")
    return a_post("sendgrid", body, **{**dict(zip(names, (signature, sent), strict=True)), **more})


@pytest.mark.parametrize("encoding", [Encoding.DER, Encoding.PEM])
def test_sendgrids_signature_is_checked_with_the_public_key_of_the_key(encoding, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    monkeypatch.setenv("HOOK_SECRET", public_key_of(key, encoding))
    HOOK.admit(of_sendgrid(key), Terms("k", "sendgrid", secret="env:HOOK_SECRET"))


#: Made by another program: `openssl dgst -sha256 -sign` over the timestamp and the body, with a key of `openssl ecparam -name prime256v1`.
OPENSSL_KEY = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMeAXHxfEY/DLUDY/tHnqueaU0yVey/ZH0AHlfZmCfFqTHbYY+KR4YNAWsU4YLa+FyeUR5HEheytq5g44WI+VHw=="
)
OPENSSL_SIGNATURE = "MEYCIQCWTQ+qij5FyoYBtotl0adiUds8flJU2jDXHmKTLD9qBQIhAJREH/bUNnM0/CwODdTtoegjKPtM74mzL4go66n7ZJLc"


def test_a_signature_of_openssl_fits(monkeypatch):
    body = b'[{"email":"ada@example.com","timestamp":1772355600,"event":"open","sg_event_id":"e1"}]\r\n'
    assert sendgrid.verify(body, OPENSSL_SIGNATURE, "1772366400", OPENSSL_KEY)
    assert not sendgrid.verify(body.rstrip(), OPENSSL_SIGNATURE, "1772366400", OPENSSL_KEY)
    assert not sendgrid.verify(body, OPENSSL_SIGNATURE, "1772366401", OPENSSL_KEY)


@pytest.mark.parametrize(
    "fault",
    [
        {"body": b'{"a": 2}'},
        {"headers": {"x-twilio-email-event-webhook-signature": "not base64"}},
        {"headers": {"x-twilio-email-event-webhook-signature": base64.b64encode(b"0" * 64).decode()}},
        {"headers": {}},
    ],
)
def test_what_sendgrid_did_not_sign_is_refused(fault, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    monkeypatch.setenv("HOOK_SECRET", public_key_of(key))
    good = of_sendgrid(key)
    headers = {**good.headers, **fault["headers"]} if fault.get("headers") else good.headers if "body" in fault else {}
    with pytest.raises(NotAllowed, match="does not fit"):
        HOOK.admit(replace(good, headers=headers, body=fault.get("body", BODY)), Terms("k", "sendgrid", secret="env:HOOK_SECRET"))


def test_another_key_or_another_timestamp_of_sendgrid_is_refused(monkeypatch):
    key, terms = ec.generate_private_key(ec.SECP256R1()), Terms("k", "sendgrid", secret="env:HOOK_SECRET")
    monkeypatch.setenv("HOOK_SECRET", public_key_of(key))
    stamp = {"x_twilio_email_event_webhook_timestamp": str(int(SECONDS) + 1)}
    for post in (of_sendgrid(ec.generate_private_key(ec.SECP256R1())), of_sendgrid(key, **stamp)):
        with pytest.raises(NotAllowed):
            HOOK.admit(post, terms)


@pytest.mark.parametrize("text", ["no key", base64.b64encode(b"nothing").decode(), "P-384"])
def test_a_public_key_that_is_none_makes_sendgrid_come_again(text, monkeypatch):
    key = ec.generate_private_key(ec.SECP256R1())
    other = public_key_of(ec.generate_private_key(ec.SECP384R1())) if text == "P-384" else text
    monkeypatch.setenv("HOOK_SECRET", other)
    with pytest.raises(Unavailable, match="cannot be read"):
        HOOK.admit(of_sendgrid(key), Terms("k", "sendgrid", secret="env:HOOK_SECRET"))


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
