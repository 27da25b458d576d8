"""Late words: what an older edition said of a row, taken in so that no present answer changes.

It is a correction said when the edition came out. Corrections apply in the order in which they were said,
but never before the report that they correct; and what nobody corrected since, nothing would set again. So
the word that stands is said once more, at its own time: only the members that would read otherwise, and
recorded before the older word, so that there is no position at which that one stands.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from typing import Any, NamedTuple
from uuid import UUID

from timeline.domain.components import Reason
from timeline.domain.events import Correction
from timeline.domain.patches import merge_diff, merge_patch
from timeline.formats.drafts import late_id


class LaterWord(NamedTuple):
    """A correction of a row by its source: when it was said, and what it changes."""

    said_at: datetime
    changes: dict[str, Any]


class LateWord(NamedTuple):
    """What an edition said of a row before the word that stands.

    Attributes:
        target: The row's event.
        told_at: When the edition came out.
        said_at: When the word that stands was said.
        changes: What the edition says otherwise than the word that stands, as a merge patch.
    """

    target: UUID
    told_at: datetime
    said_at: datetime
    changes: dict[str, Any]


def late_corrections(
    word: LateWord, standing: dict[str, Any], words: Sequence[LaterWord], reason: Reason, **members: Any
) -> list[Correction]:
    """The corrections by which a late word is taken in, in the order in which they are to be recorded.

    Args:
        word: What the older edition said.
        standing: The members of the event as it stands.
        words: The standing corrections of the event that are words of its source, in the order of words.
        reason: The reason of the corrections.
        members: Further members of both.
    """
    later = [correction.changes for correction in words if correction.said_at > word.told_at]
    older = merge_patch(standing, word.changes)
    changes = reduce(merge_patch, (_whole(patch, older) for patch in later), word.changes)
    restored = merge_diff(reduce(merge_patch, later, older), standing)
    patches = [(word.said_at, restored)] if restored else []
    return [
        Correction(
            id=late_id(word.target, said_at, patch),
            target=word.target,
            published_at=said_at,
            reason=reason,
            changes=patch,
            **members,
        )
        for said_at, patch in (*patches, (word.told_at, changes))
    ]


def _whole(patch: Any, content: Any) -> Any:
    """What a value holds of all that a patch changes: it is said too where it is what stands again now."""
    if not isinstance(patch, dict) or not isinstance(content, dict):
        return content
    return {name: _whole(value, content.get(name)) for name, value in patch.items()}
