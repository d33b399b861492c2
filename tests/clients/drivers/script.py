"""What every Python driver shares: the visit to play, and the notes of what the client made of it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5


@dataclass(frozen=True)
class Step:
    """One thing that the visitor does, with the ids that they have at that moment (`user` is None until they are identified)."""

    do: str
    id: str
    user: str | None
    anonymous: str
    account: str
    told: dict[str, Any]


class Script:
    """The visit as often as asked, for one run; notes go to intended.jsonl and given_up.jsonl in the folder of the run.

    The only argument of a driver is JSON: host, key, folder, visit (a path), run (a name that all ids carry), rounds, pause_seconds.
    """

    def __init__(self) -> None:
        told = json.loads(sys.argv[1])
        self.host, self.key, self.run = told["host"], told["key"], told["run"]
        self.folder, self.rounds, self.pause_seconds = Path(told["folder"]), told["rounds"], told["pause_seconds"]
        self._steps = json.loads(Path(told["visit"]).read_text(encoding="utf-8"))["steps"]

    def steps(self) -> Iterator[Step]:
        for round in range(self.rounds):
            yield from self._visit(f"{self.run}-{round}")
            time.sleep(self.pause_seconds)

    def _visit(self, visit: str) -> Iterator[Step]:
        user, browser = None, 1
        for number, told in enumerate(self._steps, start=1):
            if told["do"] == "identify":
                user = f"user-{visit}"
            if told["do"] == "reset":
                user, browser = None, browser + 1
            anonymous = str(uuid5(NAMESPACE_URL, f"{visit}-{browser}"))
            yield Step(told["do"], f"{visit}-{number:02}", user, anonymous, f"account-{visit}", told)

    def intend(self, message: Any) -> None:
        """Write down an event as the client made it, before it is sent."""
        self._note("intended.jsonl", message)

    def give_up(self, ids: Iterable[str], reason: object) -> None:
        """Write down what the client itself says it lost."""
        for id in ids:
            self._note("given_up.jsonl", {"id": id, "reason": str(reason)})

    def _note(self, name: str, what: Any) -> None:
        with (self.folder / name).open("a", encoding="utf-8") as notes:
            notes.write(json.dumps(what, default=str) + "\n")


def play_segment(script: Script, make_client: Callable[..., Any]) -> None:
    """The visit through a client with Segment's calls: segment, the older analytics, and rudderstack are one family."""
    client = make_client(
        script.key,
        host=script.host,
        upload_interval=0.1,
        on_error=lambda error, batch: script.give_up((message["messageId"] for message in batch), error),
    )
    for step in script.steps():
        call = _SEGMENT_CALLS.get(step.do)
        if call is not None:
            _, message = call(client, step)
            script.intend(message)
    client.flush()
    client.join()


def _ids(step: Step) -> dict[str, Any]:
    return {"user_id": step.user, "anonymous_id": step.anonymous, "message_id": step.id}


def _page(client: Any, step: Step) -> Any:
    shown = {name: step.told[name] for name in ("url", "title", "referrer")}
    return client.page(name=step.told["name"], properties=shown, **_ids(step))


def _alias(client: Any, step: Step) -> Any:
    return client.alias(step.anonymous, step.user, message_id=step.id)


_SEGMENT_CALLS: dict[str, Callable[[Any, Step], Any]] = {
    "page": _page,
    "track": lambda client, step: client.track(event=step.told["name"], properties=step.told["properties"], **_ids(step)),
    "identify": lambda client, step: client.identify(traits=step.told["traits"], **_ids(step)),
    "group": lambda client, step: client.group(group_id=step.account, traits=step.told["traits"], **_ids(step)),
    "alias": _alias,
    "screen": lambda client, step: client.screen(name=step.told["name"], properties=step.told["properties"], **_ids(step)),
}
