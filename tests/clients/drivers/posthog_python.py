"""Plays the visit with posthog; POSTHOG_CAPTURE_MODE in the environment says which of its two protocols it speaks."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, uuid5

from posthog import Posthog
from script import Script, Step


def play(script: Script) -> None:
    client = Posthog(
        script.key,
        host=script.host,
        flush_interval=0.1,
        max_retries=8,
        before_send=lambda message: (script.intend(message), message)[1],
        on_error=lambda error, batch: script.give_up((message["uuid"] for message in batch), error),
    )
    for step in script.steps():
        _say(client, step)
    client.shutdown()


def _say(client: Posthog, step: Step) -> None:
    who: dict[str, Any] = {"distinct_id": step.user or step.anonymous, "uuid": str(uuid5(NAMESPACE_URL, step.id))}
    told = step.told
    if step.do == "page":
        seen = {"$current_url": told["url"], "title": told["title"], "$referrer": told["referrer"]}
        client.capture("$pageview", properties=seen, **who)
    elif step.do == "screen":
        client.capture("$screen", properties={"$screen_name": told["name"]} | told["properties"], **who)
    elif step.do == "track":
        client.capture(told["name"], properties=told["properties"], **who)
    elif step.do == "identify":
        client.capture("$identify", properties={"$anon_distinct_id": step.anonymous, "$set": told["traits"]}, **who)
    elif step.do == "group":
        client.group_identify("company", step.account, told["traits"], **who)
    elif step.do == "alias":
        client.alias(step.anonymous, who["distinct_id"], uuid=who["uuid"])


play(Script())
