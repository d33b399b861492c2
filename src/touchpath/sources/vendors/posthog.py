"""PostHog's events: what they are called here, whom they name, and what they are about. Used by the receiver and by the file format.

**Who a `distinct_id` names.** PostHog has one space of ids for visitors and for known people, so the rule looks at the event, and gives
one id the same name in all events of a visit, whichever client sends them:

- `$is_identified: false`, or the id of the device itself: nobody known yet, `anonymous:ID`.
- `$is_identified: true`, or the subject of `$identify`: somebody known, `user:ID`.
- Nothing said, as from servers: `anonymous:ID` if it looks drawn at random (a UUID), else `user:ID`.
- A known id that looks drawn at random gets **both** names, so that an organisation whose customers' ids are UUIDs finds one person.
- `$create_alias` and `$merge_dangerously` do not say which of their ids was there first (clients write them either way round), so both
  are named both ways.
- Whoever is known by an e-mail address is known by its hash.

**Source**: "Identifying users", "Group analytics" and "Event properties", posthog.com/docs; recorded requests of its clients.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from touchpath.model.signal import ACTOR_NAMESPACES
from touchpath.sources.formats.reading import digest_of, number_of, person_actor, seems_generated, text_of
from touchpath.sources.vendors.responses import Answer, numbered

#: What PostHog's clients notice by themselves, in our words; whatever an organisation named itself keeps its name.
KINDS = {
    "$pageview": "page.viewed",
    "$pageleave": "page.left",
    "$screen": "screen.viewed",
    "$rageclick": "page.rage_clicked",
    "$dead_click": "page.dead_clicked",
    "$exception": "page.error",
    "$identify": "user.identified",
    "$set": "user.described",
    "$set_once": "user.described",
    "$create_alias": "user.aliased",
    "$merge_dangerously": "user.aliased",
    "$groupidentify": "account.described",
    "survey shown": "survey.sent",
    "survey dismissed": "survey.dismissed",
    "survey abandoned": "survey.dismissed",
}
_CAPTURED = {"click": "element.clicked", "change": "form.changed", "submit": "form.sent"}
#: Events that join ids without saying which was there first.
_JOINING = frozenset({"$create_alias", "$merge_dangerously"})
#: Group types that name the organisation that people belong to, in this order; of several others none is taken.
ACCOUNT_GROUPS = ("account", "company", "organization", "organisation", "customer", "client", "tenant", "workspace", "team")
#: Properties that describe the device, the place and the client: context.
_CONTEXT_STARTS = (
    "$browser", "$os", "$device", "$geoip", "$screen_height", "$screen_width", "$screen_scale", "$viewport_", "$lib", "$raw_user_agent",
    "$user_agent", "$app_", "$network_", "$initial_", "$timezone", "$sdk_", "$python_", "$is_server", "$ip",
    "$config", "$debug_", "$autocapture_disabled", "$web_vitals_enabled", "$web_vitals_allowed", "$exception_capture", "$dead_clicks_enabled",
    "$recording_", "$session_recording",
)  # fmt: skip
#: Longer ids are cut, as PostHog cuts them.
LONGEST_ID = 200
_VITAL, _VALUE = "$web_vitals_", "_value"
_RESPONSE = "$survey_response"


@dataclass(frozen=True, slots=True)
class Vital:
    """One measure of how a page loads or reacts: LCP, INP, FCP, CLS ..."""

    name: str
    value: float
    rating: str


def kind_of(event: str, properties: Mapping[str, Any]) -> str:
    """What an event is called here."""
    if event == "$autocapture":
        return _CAPTURED.get(str(properties.get("$event_type")), event)
    return KINDS.get(event, event)


def actors_of(event: str, distinct: str, properties: Mapping[str, Any]) -> tuple[str, ...]:
    """Everybody whom an event names, strongest first. distinct: the `distinct_id` as text."""
    if event == "$groupidentify" and _names_the_group(distinct, properties):
        return ()
    named = dict.fromkeys(_named(event, distinct, properties))
    if len(named) < 2:
        return tuple(named)
    return tuple(sorted(named, key=lambda actor: ACTOR_NAMESPACES.index(actor.partition(":")[0])))


def _named(event: str, distinct: str, properties: Mapping[str, Any]) -> Iterator[str]:
    device = _id_of(properties.get("$device_id"))
    if event in _JOINING:
        for id in (distinct, _id_of(properties.get("alias"))):
            yield from _either(id) if id else ()
    else:
        identified, drawn = properties.get("$is_identified"), seems_generated(distinct)
        known = identified is True or event == "$identify"
        known = known or (identified is not False and distinct != device and not drawn)
        if known:
            yield person_actor(distinct)
        if not known or drawn:
            yield _unknown_actor(distinct)
    before = _id_of(properties.get("$anon_distinct_id")) if event == "$identify" else None
    yield from (_unknown_actor(id) for id in (before, device) if id)


def _id_of(value: object) -> str | None:
    """An id as text, cut as PostHog cuts it."""
    text = text_of(value)
    return text[:LONGEST_ID] if text else None


def _either(id: str) -> Iterator[str]:
    """An id that may be of a visitor or of somebody known."""
    if not seems_generated(id):
        yield person_actor(id)
    yield _unknown_actor(id)


def _unknown_actor(id: str) -> str:
    known = person_actor(id)
    return known if known.startswith("email:") else f"anonymous:{id}"


def _names_the_group(distinct: str, properties: Mapping[str, Any]) -> bool:
    """Whether a description of a group came from a server, which draws an id or writes $TYPE_KEY where a person would stand."""
    if text_of(properties.get("$device_id")) or "$is_identified" in properties:
        return False
    return seems_generated(distinct) or distinct == f"${properties.get('$group_type')}_{properties.get('$group_key')}"


def account_of(event: str, properties: Mapping[str, Any], group: str = "") -> str | None:
    """The organisation that an event belongs to. group: the group type that names it, "" = see ACCOUNT_GROUPS."""
    groups = properties.get("$groups")
    if not groups and event != "$groupidentify":
        return None
    found = {str(name): text_of(key) for name, key in groups.items()} if isinstance(groups, dict) else {}
    if event == "$groupidentify":
        found.setdefault(str(properties.get("$group_type")), text_of(properties.get("$group_key")))
    if group:
        return found.get(group)
    named = next((found[name] for name in ACCOUNT_GROUPS if found.get(name)), None)
    return named or (next(iter(found.values())) if len(found) == 1 else None)


@lru_cache(maxsize=4096)
def is_context(name: str) -> bool:
    """Whether a property describes the device, the place or the client."""
    return name.startswith(_CONTEXT_STARTS)


def vitals_of(properties: Mapping[str, Any]) -> Iterator[Vital]:
    """The measures of a `$web_vitals` event, which gathers those of some seconds."""
    for name, value in properties.items():
        if name.startswith(_VITAL) and name.endswith(_VALUE) and (number := number_of(value)) is not None:
            measure = name[len(_VITAL) : -len(_VALUE)]
            told = properties.get(f"{_VITAL}{measure}_event")
            rating = text_of(told.get("rating")) if isinstance(told, dict) else None
            yield Vital(measure, number, rating or "")


def answers_of(properties: Mapping[str, Any]) -> Iterator[Answer]:
    """The answers of a `survey sent` or a dismissed survey, each question once.

    Newer clients name questions by id, and say the first ones again by number; older ones only know the number. A response that
    is sent question by question says all of its answers each time, so the key holds a digest of what was said: the same answer
    said again is one, a changed one is another, later one.
    """
    wordings = _wordings(properties)
    again = text_of(properties.get("$survey_submission_id")) is not None
    for question, said in _responses(properties, wordings):
        several = isinstance(said, list)
        found = [one for one in (said if isinstance(said, list) else [said]) if text_of(one) is not None]
        key = f"{question}/{digest_of(said)[:16]}" if again else question
        yield from numbered(_answer(question, key, wordings.get(question), one, several) for one in found)


def _answer(question: str, key: str, wording: str | None, said: object, several: bool) -> Answer:
    value, words = _rating(said), said if isinstance(said, str) else None
    return Answer(question, key, wording, value, text=None if several else words, choice=text_of(said) if several else None)


def _rating(said: object) -> float | None:
    """A number, also one written as digits: some clients send ratings as text."""
    if isinstance(said, str):
        said = said.strip()
        return float(said) if said.isascii() and said.isdigit() and len(said) <= 2 else None
    return number_of(said)


def _wordings(properties: Mapping[str, Any]) -> dict[str, str | None]:
    """The questions of a survey by id, where the event lists them."""
    listed = properties.get("$survey_questions")
    found = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {id: text_of(one.get("question")) for one in found if (id := text_of(one.get("id")))}


def _responses(properties: Mapping[str, Any], wordings: Mapping[str, str | None]) -> Iterator[tuple[str, object]]:
    """(question, what was said). Those by number are left out where questions have ids: they are the same answers."""
    by_id = False
    for name, said in properties.items():
        rest = name.removeprefix(f"{_RESPONSE}_")
        if rest != name and not _is_number(rest):
            by_id = True
            yield rest, said
    for name, said in () if by_id else properties.items():
        if name == _RESPONSE or (name.startswith(f"{_RESPONSE}_") and _is_number(name.removeprefix(f"{_RESPONSE}_"))):
            number = 0 if name == _RESPONSE else int(name.removeprefix(f"{_RESPONSE}_"))
            yield (list(wordings)[number] if number < len(wordings) else str(number)), said


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 3
