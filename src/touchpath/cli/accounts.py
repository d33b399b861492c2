"""Commands about accounts: the organisations that people belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchpath.cli.show import Form, choose, in_words, show_told
from touchpath.cli.workspace import HERE, Csv, Folder, Json, opened
from touchpath.model.estimate import Estimate
from touchpath.services.results import Number
from touchpath.services.tables import Row

if TYPE_CHECKING:
    from touchpath.services.account_page import AccountFound
    from touchpath.services.accounts import AccountRow

_MOST = 100_000


def accounts(
    account: Annotated[str, typer.Argument(help="The id of one; a list of all if none is named.")] = "",
    search: Annotated[str, typer.Option("--search", help="Only accounts whose id or name holds these words.")] = "",
    sort: Annotated[
        str, typer.Option("--sort", help="The order: people, paid, renewal ...; an unknown word names them all.")
    ] = "people",
    score: Annotated[str, typer.Option("--score", help="The question whose answers make the score.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, max=_MOST, help="So many of them.")] = 50,
    folder: Folder = HERE,
    json_form: Json = False,
    csv_form: Csv = False,
) -> None:
    """Accounts by size, revenue, renewal, lowest score or response; one with its people, roles and numbers."""
    workspace, form = opened(folder), choose(json_form, csv_form)
    if account:
        _show_one(workspace.platform.account(account, score=score), form)
        return
    found = workspace.platform.accounts(search=search, sort=sort, size=limit, score=score)
    table = f"{found.matching:,} of {found.total:,} accounts", [_row(one) for one in found.rows]
    averages = (f"by {name}: {_said(number)}" for name, number in found.averages.items())
    told = [f"Mean of '{found.question_title}', {'; '.join(averages)}."] if found.averages else []
    said = [*told, f"Accounts of which anybody answered: {_said(found.heard)}.", *found.notes, f"Data: {found.data_version}."]
    show_told(found, form, [table], said)


def _show_one(found: AccountFound, form: Form) -> None:
    roles: list[Row] = [
        {"role": one.title or "(no role)", "people": one.people, "asked": one.asked, "answered": one.answered, "response": _said(one.response)}
        for one in found.roles
    ]  # fmt: skip
    people: list[Row] = [
        {"person": one.actor, "roles": ", ".join(one.roles), "signals": one.signals, "last": one.last, "rating": one.rating}
        for one in found.members
    ]
    numbers: list[Row] = [{"metric": f"{one.metric.title}: {one.about}", "its number": _said(one.total)} for one in found.numbers]
    tables = [(found.row.title, [_row(found.row)]), ("Roles", roles), ("People", people), ("Numbers of its people", numbers)]
    show_told(found, form, tables, [*found.notes, f"Data: {found.data_version}."])


def _row(one: AccountRow) -> Row:
    return {
        "account": one.id,
        "name": one.title if one.title != one.id else "",
        "people": one.people,
        "paid": one.paid,
        "recurring": one.recurring,
        "currency": one.currency,
        "renewal": one.renewal.isoformat() if one.renewal else None,
        "response": _said(one.response),
        "score": _said(one.score),
    }


def _said(number: Number) -> str:
    return in_words(number) if isinstance(number, Estimate) else f"— {number.reason}"


COMMANDS: Mapping[str, Callable[..., Any]] = {"accounts": accounts}
