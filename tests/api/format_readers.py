"""Reads answers in formats other than JSON."""

import csv
import io
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from timeline.formats.registry import ENTRY_FORMATS

ATOM = "{http://www.w3.org/2005/Atom}"
TYPED = [name for name, kind in ENTRY_FORMATS.items() if kind.media_type != "application/json"]
"""The formats that have a media type of their own; TimelineJS's is JSON, and can be chosen by name only."""


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV answer."""
    return list(csv.DictReader(io.StringIO(text, newline="")))


def ids_in(name: str, body: bytes) -> list[str]:
    """The ids of the entries in an answer, in order."""
    match name:
        case "csv":
            return [row["id"] for row in rows(body.decode())]
        case "geojson":
            return [feature["id"] for feature in json.loads(body)["features"]]
        case "jsonfeed":
            return [item["id"].removeprefix("urn:uuid:") for item in json.loads(body)["items"]]
        case "timelinejs":
            return [slide["unique_id"] for slide in json.loads(body)["events"]]
        case "atom":
            elements = ET.fromstring(body).findall(f"{ATOM}entry/{ATOM}id")
            return [element.text.removeprefix("urn:uuid:") for element in elements]
        case _:
            parquet = pytest.importorskip("pyarrow.parquet")
            return parquet.read_table(io.BytesIO(body)).column("id").to_pylist()


def ids(entries: list[dict[str, Any]]) -> list[str]:
    """The ids of JSON's entries."""
    return [entry["id"] for entry in entries]
