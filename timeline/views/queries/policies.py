"""Policies: the rules that choose one figure among rival claims.

They choose among the claims of the newest date (`timeline.domain.agreement`); of equals the last word is
chosen. Where nothing is compared, or no claim fits, nothing is chosen, and the reason says why.

| policy          | the figure                                                                    |
|-----------------|-------------------------------------------------------------------------------|
| `envelope`      | from the lowest to the highest that any claim allows; nobody's own claim      |
| `latest`        | the last word                                                                 |
| `lowest`        | the claim that allows the lowest number; of several the one that ends lower   |
| `highest`       | the claim that allows the highest; one with no upper limit is above all       |
| `claimant:<id>` | that claimant's                                                               |
| `best_grade`    | the best verified: confirmed, probable, possible, ungraded, contested, discounted |

The best number under `envelope` is that of the last word, and none where that has none.
"""

from collections.abc import Callable
from math import inf
from typing import NamedTuple, get_args
from uuid import UUID

import msgspec
from msgspec import Struct

from timeline.domain.components import Grade
from timeline.domain.figure import Bounds, Figure
from timeline.domain.scalars import UNANCHORED_SLUG
from timeline.domain.unchecked import unchecked
from timeline.domain.words import bounds_phrase, figure_words, with_unit
from timeline.views.figure_responses import Chosen
from timeline.views.queries.standings import UnitStanding

POLICY_PATTERN = rf"^(envelope|latest|lowest|highest|best_grade|claimant:{UNANCHORED_SLUG})$(?!\n)"

_GRADES: list[str | None] = list(get_args(Grade))
_GRADES.insert(_GRADES.index("contested"), None)


class _ClaimFields(Struct, frozen=True):
    """The fields of a `ClaimDocument` that policies look at."""

    id: UUID
    claimant: str
    figure: Figure
    bounds: Bounds | None
    grade: Grade | None = None


_decode = msgspec.json.Decoder(unchecked(_ClaimFields)).decode


class Choice(NamedTuple):
    """What a policy makes of a standing: a figure, or the reason why there is none."""

    chosen: Chosen | None
    reason: str | None


NO_CHOICE = Choice(None, "there is no claim for this date")
"""Where no unit has a claim."""


def choose(policy: str, standing: UnitStanding) -> Choice:
    """What the policy makes of the claims of the newest date in one unit."""
    result = standing.reconciliation
    if not result.newest or result.envelope is None:
        return Choice(None, result.reason)
    orders = {claim.source: claim.word_order for claim in result.newest}
    documents = sorted(map(_decode, standing.newest), key=lambda claim: orders[claim.id], reverse=True)
    if policy == "envelope":
        return Choice(_envelope(result.envelope, documents[0], standing.named_unit), None)
    name, _, claimant = policy.partition(":")
    if name == "claimant":
        documents = [claim for claim in documents if claim.claimant == claimant]
    best = min(documents, key=_ORDERS[name], default=None)
    if best is None or best.bounds is None:
        return Choice(None, f"no claim of the newest date is by {claimant}")
    figure = best.figure
    chosen = Chosen(
        bounds=best.bounds, best=figure.best_estimate, text=figure_words(figure), figure=figure, claim=best.id
    )
    return Choice(chosen, None)


def _envelope(bounds: Bounds, last_word: _ClaimFields, unit: str | None) -> Chosen:
    best = last_word.figure.best_estimate
    words = with_unit(bounds_phrase(bounds.low, bounds.high), unit)
    has_best = best is not None and bounds.low != bounds.high
    text = f"{words}, best {best:,}" if has_best else words
    return Chosen(bounds=bounds, best=best, text=text, figure=None, claim=None)


def _limits(claim: _ClaimFields) -> tuple[float, float]:
    low, high = (claim.bounds.low, claim.bounds.high) if claim.bounds else (0, None)
    return low, inf if high is None else high


def _lowest(claim: _ClaimFields) -> tuple[float, ...]:
    return _limits(claim)


def _highest(claim: _ClaimFields) -> tuple[float, ...]:
    low, high = _limits(claim)
    return -high, -low


def _worst_grade_last(claim: _ClaimFields) -> tuple[float, ...]:
    return (_GRADES.index(claim.grade),)


# The claims come with the last word first, and the first of equals is chosen.
_ORDERS: dict[str, Callable[[_ClaimFields], tuple[float, ...]]] = {
    "latest": lambda _: (),
    "claimant": lambda _: (),
    "lowest": _lowest,
    "highest": _highest,
    "best_grade": _worst_grade_last,
}
