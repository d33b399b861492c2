"""Plays the visit with snowplow-tracker, by POST; "get" as second argument makes it ask by GET."""

from __future__ import annotations

import sys
import time
from typing import Any

from script import Script, Step
from snowplow_tracker import Emitter, PageView, ScreenView, SelfDescribing, SelfDescribingJson, StructuredEvent, Subject, Tracker

OWN = "iglu:com.example/{}/jsonschema/1-0-0"
PATIENCE_SECONDS = 60


class NotingEmitter(Emitter):
    """Writes down each payload as the tracker hands it over, and each that it drops: refused for good,
    or, by GET, followed by one that was taken."""

    script: Script

    def input(self, payload: dict[str, Any]) -> None:
        self.script.intend(dict(payload))
        super().input(payload)

    def send_events(self, evts: list[dict[str, Any]]) -> None:
        failed: list[dict[str, Any]] = []
        self.on_failure = lambda _, events: failed.extend(events)
        super().send_events(evts)
        if failed and not self.retry_timer.is_active():
            self.script.give_up((event["eid"] for event in failed), "dropped after a failure")


def play(script: Script) -> None:
    NotingEmitter.script = script
    emitter = NotingEmitter(
        script.host, protocol="http", method=sys.argv[2] if len(sys.argv) > 2 else "post", batch_size=5, max_retry_delay_seconds=2
    )
    tracker = Tracker("touchpath", emitter, app_id=script.key)
    for step in script.steps():
        event = _event(step)
        if event is not None:
            event.event_subject = _subject(step)
            tracker.track(event)
    _wait_for(emitter, script)


def _subject(step: Step) -> Subject:
    subject = Subject().set_domain_user_id(step.anonymous)
    return subject.set_user_id(step.user) if step.user else subject


def _event(step: Step) -> Any:
    told = step.told
    if step.do == "page":
        return PageView(told["url"], told["title"], told["referrer"] or None)
    if step.do == "screen":
        return ScreenView(step.id, told["name"])
    if step.do == "track" and told["name"] == "checkout.finished":
        return StructuredEvent("checkout", "finished", label="Kasse ✓", property_="errors", value=told["properties"]["seconds"])
    if step.do == "track":
        name = told["name"].lower().replace(" ", "_").replace(".", "_")
        return SelfDescribing(SelfDescribingJson(OWN.format(name), told["properties"]))
    return None


def _wait_for(emitter: Emitter, script: Script) -> None:
    """Until everything was taken: this tracker tries for ever, so its last word is what waits when our patience ends."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _waiting(emitter) and time.monotonic() < deadline:
        emitter.flush()
        time.sleep(0.1)
    script.give_up((event["eid"] for event in emitter.event_store.get_events_batch()), "still waiting")


def _waiting(emitter: Emitter) -> int:
    with emitter.lock:  # while it sends, its store is empty
        return emitter.event_store.size()


play(Script())
