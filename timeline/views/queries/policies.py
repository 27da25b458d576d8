"""Policies: the rules that choose one figure among rival claims.

| policy          | the figure                                                                    |
|-----------------|-------------------------------------------------------------------------------|
| `envelope`      | from the lowest to the highest that any claim allows; nobody's own claim      |
| `latest`        | the claim for the newest date; of several, the last to be reported            |
| `lowest`        | the claim with the lowest number                                              |
| `highest`       | the claim with the highest number; one with no upper limit is above all       |
| `claimant:<id>` | that claimant's                                                               |
| `best_grade`    | the best verified: confirmed, probable, possible, ungraded, contested, discounted |

A claim's number is the one its source gave to draw (`best`, else `value`), else the bound that the policy
asks for.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from math import inf
from typing import get_args

from timeline.domain.components import Grade
from timeline.domain.figure import Bounds
from timeline.domain.scalars import UNANCHORED_SLUG
from timeline.views.documents import ClaimDocument
from timeline.views.responses import Chosen

POLICY_PATTERN = rf"^(envelope|latest|lowest|highest|best_grade|claimant:{UNANCHORED_SLUG})$(?!\n)"

_GRADES: list[str | None] = list(get_args(Grade))
_GRADES.insert(_GRADES.index("contested"), None)


def choose(policy: str, claims: Sequence[ClaimDocument]) -> Chosen | None:
    """What the policy makes of each claimant's latest claim; None where no claim fits it."""
    if policy == "envelope":
        return _envelope([claim.bounds for claim in claims if claim.bounds is not None])
    claims = [claim for claim in claims if claim.bounds is not None]
    name, _, claimant = policy.partition(":")
    if name == "claimant":
        claims = [claim for claim in claims if claim.claimant == claimant]
    best = min(claims, key=_ORDERS[name], default=None)
    if best is None or best.bounds is None:
        return None
    return Chosen(bounds=best.bounds, figure=best.figure, claim=best.id)


def _envelope(bounds: Sequence[Bounds]) -> Chosen | None:
    return Chosen(bounds=reduce(Bounds.hull, bounds), figure=None, claim=None) if bounds else None


def _age(claim: ClaimDocument) -> tuple[float, ...]:
    """The newest first."""
    latest = claim.latest.toordinal() if claim.latest else 0
    earliest = claim.earliest.toordinal() if claim.earliest else 0
    said_at = claim.said_at.timestamp() if claim.said_at else 0.0
    return -latest, -earliest, -said_at, -claim.position


def _lowest(claim: ClaimDocument) -> tuple[float, ...]:
    point = claim.figure.point
    low = claim.bounds.low if claim.bounds else 0
    return (low if point is None else point, *_age(claim))


def _highest(claim: ClaimDocument) -> tuple[float, ...]:
    point, high = claim.figure.point, claim.bounds.high if claim.bounds else None
    top = point if point is not None else inf if high is None else high
    return (-top, *_age(claim))


def _worst_grade_last(claim: ClaimDocument) -> tuple[float, ...]:
    return (_GRADES.index(claim.grade), *_age(claim))


_ORDERS: dict[str, Callable[[ClaimDocument], tuple[float, ...]]] = {
    "latest": _age,
    "claimant": _age,
    "lowest": _lowest,
    "highest": _highest,
    "best_grade": _worst_grade_last,
}
