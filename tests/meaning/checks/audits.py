"""Checks of audits: what each record changed in what a claimant's line answered, and the falls."""

from collections.abc import Iterator
from typing import Any

from tests.meaning.checks.check import Check, Question, plain
from tests.meaning.checks.series import addresses
from tests.support.meaning.audit import Fall, LineChange


def checks(question: Question) -> Iterator[Check]:
    """The audit of each series, with the changes that changed no answer and without."""
    model, at, published_by = question.model, question.at, question.published_by
    for series in question.some(addresses(question), 1):
        silent = question.random.choice((True, False))
        changes = model.audit(series, published_by, at, silent=silent)
        parameters = {**question.parameters, "all": "true" if silent else None}
        expected = sorted(change_as_answered(change) for change in changes)
        path = f"/figures/{series}/audit"
        yield Check("audit", path, {**parameters, "limit": 100}, expected, read_changes)
        if published_by is not None:
            hidden = model.series(series, None, published_by, at).publication_unknown
            yield Check("hidden of audit", path, parameters, hidden, read_hidden)
        falls = sorted(fall_as_answered(fall) for fall in model.falls(series, published_by, at))
        yield Check("falls", path, parameters, falls, read_falls)


def change_as_answered(change: LineChange) -> list[Any]:
    """A change of the model's, as JSON has it."""
    figures = [figure and repr(plain(figure)) for figure in (change.before, change.after, change.claimed)]
    days = [day.isoformat() for day in change.days]
    line = change.claimant, change.unit
    marks = change.is_silent, change.is_undone
    return [
        change.position,
        *line,
        *days,
        change.kind,
        *map(str, figures),
        str(change.difference),
        change.lag,
        *marks,
    ]


def read_changes(answer: dict[str, Any] | None) -> list[list[Any]]:
    """The same from the service's answer."""
    names = ("position", "claimant", "unit", "earliest", "latest", "kind")
    return sorted(
        [
            *(change.get(name) for name in names),
            *(str(change.get(name)) for name in ("before", "after", "claimed")),
            str(change["difference"]),
            change["lag_days"],
            *(change.get(name, False) for name in ("silent", "undone")),
        ]
        for change in (answer or {"changes": []})["changes"]
    )


def read_hidden(answer: dict[str, Any] | None) -> int | None:
    """How many events, with claims or resets, are hidden only because no publication of them is known."""
    return answer and answer["publication_unknown"]


def fall_as_answered(fall: Fall) -> list[Any]:
    """A fall of the model's, as JSON has it."""
    figures = [str(plain(figure)) for figure in (fall.before, fall.after)]
    return [fall.claimant, *figures, fall.drop, fall.explained, fall.unexplained]


def read_falls(answer: dict[str, Any] | None) -> list[list[Any]]:
    """The same from the service's answer."""
    return sorted(
        [
            fall["claimant"],
            *(str(fall[name]) for name in ("before", "after")),
            *(fall[name] for name in ("drop", "explained", "unexplained")),
        ]
        for fall in (answer or {"falls": []})["falls"]
    )
