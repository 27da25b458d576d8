"""Events as JSON, as a client sends them: each valid, with an id of its own, and any field may be set."""

import json
import os
from importlib.resources import files
from itertools import count
from typing import Any
from uuid import UUID

_numbers = count(1)


def first_case() -> list[dict[str, Any]]:
    """The events of the first case."""
    return json.loads(files("timeline.demo").joinpath("first-case.json").read_bytes())


def new_id() -> str:
    """An id that no other event of this run has."""
    return str(UUID(int=(0x0194 << 112) | (7 << 76) | (2 << 62) | (os.getpid() << 32) | next(_numbers)))


def statement(**fields: Any) -> dict[str, Any]:
    """An official statement."""
    defaults = {"speaker": "nis", "stance": "announces", "occurred": "2024-12-27"}
    return _event("official_statement", defaults, fields)


def engagement(**fields: Any) -> dict[str, Any]:
    """An engagement."""
    return _event("engagement", {"attackers": ["russia"], "occurred": "2024-12-20"}, fields)


def casualties(**fields: Any) -> dict[str, Any]:
    """A casualty estimate of the series `casualties.killed.troops.all.cumulative`."""
    defaults = {
        "claimant": "nis",
        "subject": "troops",
        "measure": "killed",
        "basis": "cumulative",
        "as_of": "2024-12-20",
        "figure": {"qualifier": "exact", "value": 100},
    }
    return _event("casualty_estimate", defaults, fields)


def verification(*events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A verification of events."""
    defaults = {"claimant": "osint", "grade": "confirmed", "about": [event["id"] for event in events]}
    return {"id": new_id(), "type": "verification", **defaults, **fields}


def evidence(*events: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A video of events."""
    return _event("evidence", {"kind": "video", "about": [event["id"] for event in events]}, fields)


def correction(target: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A correction of an event."""
    return {
        "id": new_id(),
        "type": "correction",
        "target": target["id"],
        "reason": "source_revision",
        "changes": changes,
    }


def retraction(target: dict[str, Any]) -> dict[str, Any]:
    """A retraction of an event."""
    return {"id": new_id(), "type": "retraction", "target": target["id"], "reason": "erroneous"}


def same_as(*events: dict[str, Any]) -> dict[str, Any]:
    """A link between reports of the same development."""
    return {"id": new_id(), "type": "same_as", "developments": [event["id"] for event in events]}


def _event(kind: str, defaults: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    fields = {name.rstrip("_"): value for name, value in fields.items()}
    return {"id": new_id(), "type": kind, "summary": f"One more {kind}.", **defaults, **fields}
