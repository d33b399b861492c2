"""Addresses of pages, made in one place so that a link can never point to nothing."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote, urlencode


def page(*parts: str, **query: object) -> str:
    """A path from its parts, each quoted, with the query values that say something."""
    path = "/" + "/".join(quote(part, safe="") for part in parts)
    asked = {key: value for key, value in query.items() if value not in ("", None)}
    return f"{path}?{urlencode(asked)}" if asked else path


@dataclass(frozen=True, slots=True)
class Addresses:
    """The pages of one workspace. carried: filters that links take along, so that they stay while somebody moves between pages."""

    workspace: str
    carried: tuple[tuple[str, str], ...] = ()

    @property
    def bare(self) -> Addresses:
        """The same without the filters: for forms, which hand them on as fields."""
        return Addresses(self.workspace)

    def below(self, path: str) -> str:
        """A page by its path below the workspace, as in "/metrics"."""
        return self._page(*path.removeprefix("/").split("/"))

    def sql(self, sql: str = "", **query: object) -> str:
        """Read-only SQL, with a query and what became of it."""
        return self._page("explore", "sql", sql=sql, **query)

    def timeline(self, metric: str = "", subject: str = "", **query: object) -> str:
        """A number over time, to go into."""
        return self._page("explore", "timeline", of=f"{metric}:{subject}" if subject else metric, **query)

    def _page(self, *parts: str, **query: object) -> str:
        return page("w", self.workspace, *parts, **(query | {name: value for name, value in self.carried if name not in query}))

    @property
    def overview(self) -> str:
        """UX and CX side by side."""
        return self._page("")

    def start(self, *more: str, **query: object) -> str:
        """The guided first run, or one of its parts."""
        return page("w", self.workspace, "start", *more, **query)

    def board(self, name: str = "", **query: object) -> str:
        """An experience board, as of "product:shop"; without a name that of the brand."""
        return self._page("board", of=name, **query)

    def boards(self, id: str = "", *more: str, **query: object) -> str:
        """The boards that members made; with an id one of them, or something to do with it."""
        return self._page("boards", *((id,) if id else ()), *more, **query)

    @property
    def happenings(self) -> str:
        """What happened and may have moved numbers."""
        return self._page("board", "happenings")

    def voice(self, did: str = "") -> str:
        """What people say, of those who left a kind of signal."""
        return self._page("voice", did=did)

    def target(self, metric: str, subject: str = "") -> str:
        """Where the target of a number is set."""
        return self._page("metrics", metric, "target", subject=subject)

    def narrowed(self, segment: str) -> str:
        """The first page, narrowed to a segment as in "channel:web"."""
        return self._page("", segment=segment)

    def news(self, since: str) -> str:
        """Where a page hears that there is something new."""
        return page("api", "v1", "workspaces", self.workspace, "news", since=since)

    @property
    def people(self) -> str:
        """Search for people."""
        return self._page("people")

    def accounts(self, **query: object) -> str:
        """The organisations that people belong to."""
        return self._page("accounts", **query)

    def accounts_file(self, **query: object) -> str:
        """The list of them as a file."""
        return self._page("accounts.csv", **query)

    def account(self, id: str, **query: object) -> str:
        """One of them."""
        return self._page("accounts", id, **query)

    def segments(self, **query: object) -> str:
        """Segments and personas beside each other."""
        return self._page("segments", **query)

    def segment(self, id: str, **query: object) -> str:
        """One of them, as of "persona:planners"."""
        return self._page("segments", id, **query)

    @property
    def metrics(self) -> str:
        """All metrics."""
        return self._page("metrics")

    @property
    def drivers(self) -> str:
        """What goes together with an outcome."""
        return self._page("drivers")

    @property
    def effect(self) -> str:
        """What a change did to a metric."""
        return self._page("effect")

    @property
    def associations(self) -> str:
        """Which metrics of use go together with which of the relationship."""
        return self._page("associations")

    @property
    def imports(self) -> str:
        """Files that were brought in."""
        return self._page("data", "imports")

    def imports_after(self, gone: int) -> str:
        """The imports after one of them was undone."""
        return self._page("data", "imports", gone=gone)

    @property
    def catalogue(self) -> str:
        """Kinds of signals."""
        return self._page("data", "catalogue")

    @property
    def connections(self) -> str:
        """Other systems that are read."""
        return self._page("data", "connections")

    def connection(self, name: str, checked: bool = False) -> str:
        """One of them; checked: with what it says to one small question."""
        return self._page("data", "connections", name, checked="1" if checked else "")

    @property
    def quarantine(self) -> str:
        """What could not be taken."""
        return self._page("data", "quarantine")

    def quarantine_of(self, job: str) -> str:
        """What could not be taken of one job."""
        return self._page("data", "quarantine", job=job)

    def quarantine_page(self, **query: object) -> str:
        """A part of what could not be taken."""
        return self._page("data", "quarantine", **query)

    @property
    def sources(self) -> str:
        """How well the sources are joined."""
        return self._page("data", "sources")

    def quarantine_after(self, taken: int = 0, gone: int = 0) -> str:
        """The quarantine after records were taken or given up."""
        return self._page("data", "quarantine", taken=taken or "", gone=gone or "")

    def held(self, job: str, reason: str = "", tried: bool = False) -> str:
        """The records of a job that were refused for one reason; tried: with what would become of them now."""
        return self._page("data", "quarantine", "records", job=job, reason=reason, **{"try": "1" if tried else ""})

    def give_up(self, job: str = "", reason: str = "") -> str:
        """The question whether to give records up."""
        return self._page("data", "quarantine", "give-up", job=job, reason=reason)

    def live(self, revoked: str = "") -> str:
        """What came live, and the write keys; revoked: after a key was."""
        return self._page("data", "keys", revoked=revoked)

    def live_refused(self, source: str) -> str:
        """What came live from a source and could not be taken."""
        return self._page("data", "quarantine", job=f"live {source}")

    def revoke(self, key: str) -> str:
        """The question whether to revoke a write key."""
        return self._page("data", "keys", key, "revoke")

    def kind(self, kind: str) -> str:
        """One kind of signal in the catalogue."""
        return self._page("data", "catalogue", "kind", kind=kind)

    def catalogue_page(self, **query: object) -> str:
        """A part of the catalogue."""
        return self._page("data", "catalogue", **query)

    @property
    def contact(self) -> str:
        """The form for contacts in stores and on the telephone."""
        return self._page("data", "contact")

    def contact_after(self, touchpoint: str) -> str:
        """The form for the next contact at the same touchpoint."""
        return self._page("data", "contact", kept="1", touchpoint=touchpoint)

    def qr(self, ending: str = "", **query: object) -> str:
        """QR codes; with ".svg" one of them as a file."""
        return self._page("data", f"qr{ending}", **query)

    def undo(self, job: str = "") -> str:
        """The question whether to take out what an import brought."""
        return self._page("data", "undo", job=job)

    def upload(self, id: str, *more: str) -> str:
        """One file that was brought in, or something to do with it."""
        return self._page("data", "imports", id, *more)

    def privacy(self, done: str = "") -> str:
        """Erasures so far; done: with what one of them did."""
        return self._page("privacy", done=done)

    @property
    def let_in(self) -> str:
        """Where somebody is let in again."""
        return self._page("privacy", "let-in")

    def erase(self, actor: str = "") -> str:
        """The question whether to erase somebody."""
        return self._page("privacy", "erase", actor=actor)

    def export(self, actor: str) -> str:
        """Everything that is kept of somebody."""
        return self._page("privacy", "export", actor=actor)

    def journey(self, id: str, **query: object) -> str:
        """A journey map."""
        return self._page("journeys", id, **query)

    @property
    def model(self) -> str:
        """The model and its draft."""
        return self._page("model")

    @property
    def model_text(self) -> str:
        """The draft as text."""
        return self._page("model", "text")

    def model_edit(self, at: str) -> str:
        """The form of one noun of the model."""
        return page("w", self.workspace, "model", "edit", at=at)

    def model_add(self, to: str) -> str:
        """The form of a new noun in a list of the model."""
        return page("w", self.workspace, "model", "add", to=to)

    def model_do(self, deed: str) -> str:
        """Where the draft is published, dropped or taken back."""
        return page("w", self.workspace, "model", deed)

    def model_matches(self, field: str) -> str:
        """What the rule in a form matches."""
        return page("w", self.workspace, "model", "matches", field=field)

    def journey_paths(self, id: str) -> str:
        """The ways people went through a journey."""
        return self._page("journeys", id, "paths")

    def journey_parties(self, id: str) -> str:
        """A journey by persona, role or status."""
        return self._page("journeys", id, "parties")

    def step(self, journey: str, id: str, **query: object) -> str:
        """One step of a journey: its card and every number."""
        return self._page("journeys", journey, "steps", id, **query)

    def card(self, journey: str, step: str, *more: str) -> str:
        """The form of a step's card, or something to do with it."""
        return self._page("journeys", journey, "steps", step, "card", *more)

    def step_people(self, journey: str, id: str, group: str, **query: object) -> str:
        """The people of one group at a step."""
        return self._page("journeys", journey, "steps", id, "people", group=group, **query)

    def person(self, actor: str, **query: object) -> str:
        """One person's timeline."""
        return self._page("people", actor, **query)

    def identity(self, actor: str) -> str:
        """Why some ids are one person, and the forms that change it."""
        return self._page("identity", actor=actor)

    def number(self, id: str, subject: str = "", **query: object) -> str:
        """What stands behind a metric's number."""
        return self._page("metrics", id, "number", subject=subject, **query)

    def number_then(self, id: str, subject: str, since: str, until: str, by: str = "", value: str = "") -> str:
        """The same for one period to the microsecond, and for one segment: a link to keep."""
        point = {"since": since, "until": until, "by": by, "value": value}
        return page("w", self.workspace, "metrics", id, "number", subject=subject, **point)

    def people_then(self, id: str, subject: str, group: str, since: str, until: str, by: str = "", value: str = "") -> str:
        """The people of one group behind exactly that number."""
        point = {"since": since, "until": until, "by": by, "value": value}
        return page("w", self.workspace, "metrics", id, "people", subject=subject, group=group, **point)

    def people_behind(self, id: str, subject: str, group: str, **query: object) -> str:
        """The people of one group behind a number."""
        return self._page("metrics", id, "people", subject=subject, group=group, **query)

    def metric(self, id: str, subject: str = "", **query: object) -> str:
        """What a number means, and its history."""
        return self._page("metrics", id, subject=subject, **query)
