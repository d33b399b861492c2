"""Commands about accounts: the organisations that people belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from touchpath.cli.show import Form, choose, in_words, say, show, show_rows
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
        str, typer.Option("--sort", help="By what: people, paid, renewal ...; an unknown word is told all.")
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
    if form is not Form.table:
        show(found, form)
        return
    show_rows([_row(one) for one in found.rows], form, f"{found.matching:,} of {found.total:,} accounts")
    averages = (f"by {name}: {_said(number)}" for name, number in found.averages.items())
    told = [f"Mean of '{found.question_title}', {'; '.join(averages)}."] if found.averages else []
    say([*told, f"Accounts of which anybody answered: {_said(found.heard)}.", *found.notes, f"Data: {found.data_version}."])


def _show_one(found: AccountFound, form: Form) -> None:
    if form is not Form.table:
        show(found, form)
        return
    show_rows([_row(found.row)], form, found.row.title)
    show_rows(
        [
            {"role": one.title or "(no role)", "people": one.people, "asked": one.asked, "answered": one.answered, "response": _said(one.response)}
            for one in found.roles
        ],
        form,
        "Roles",
    )  # fmt: skip
    show_rows(
        [
            {"person": one.actor, "roles": ", ".join(one.roles), "signals": one.signals, "last": one.last, "rating": one.rating}
            for one in found.members
        ],
        form,
        "People",
    )
    numbers: list[Row] = [{"metric": f"{one.metric.title}: {one.about}", "its number": _said(one.total)} for one in found.numbers]
    show_rows(numbers, form, "Numbers of its people")
    say([*found.notes, f"Data: {found.data_version}."])


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
