"""Sources and claimants of UCDP's Georeferenced Event Dataset, read from the columns of a row.

Since 2013 `source_office`, `source_date` and `source_headline` are lists, separated by semicolons, that
belong together item by item, and `source_article` holds the same as quoted items, `"office,date,headline"`.
Where a headline contains a semicolon the lists have unequal lengths, and only `source_article` can be split.
Before 2013 only `source_article` is filled, with free text.
"""

import re
from functools import lru_cache
from typing import Any

from timeline.domain.components import SOURCES_MAX
from timeline.formats.days import parse_day
from timeline.formats.drafts import fit_line
from timeline.formats.slugs import short_slug

UCDP = "ucdp"
_ARTICLE = re.compile(r"(?P<office>.*?),(?P<date>\d{4}-\d{2}-\d{2}),(?P<headline>.*)", re.DOTALL)
_SEVERAL = re.compile(r"[;,/&|\n\r\t]|https?:|\s(?:and|via)\s", re.IGNORECASE)
_WORDS_MAX = 7
_NOBODY = frozenset(
    (
        "aggregated",
        "aggregation",
        "aggregation event",
        "n/a",
        "na",
        "no source",
        "none",
        "not given",
        "not known",
        "not specified",
        "not stated",
        "null",
        "see what",
        "unclear",
        "unknown",
        "unspecified",
        "various",
    )
)


@lru_cache(maxsize=65_536)
def claimant_of(original: str) -> str:
    """The claimant that `source_original` names, as a slug; UCDP itself where it names nobody, or several."""
    name = original.strip().rstrip(".;,").strip()
    if not name or name.lower() in _NOBODY or _SEVERAL.search(name) or len(name.split()) > _WORDS_MAX:
        return UCDP
    return short_slug(name) or UCDP


def sources_of(article: str, offices: str, dates: str, headlines: str) -> list[dict[str, Any]]:
    """The sources of a row as an event's members; there is always at least one."""
    items = _items(article, offices, dates, headlines)
    if not items:
        return [_source("", "", article)]
    sources = [_source(*item) for item in items[:SOURCES_MAX]]
    if len(items) > SOURCES_MAX:
        more = len(items) - SOURCES_MAX + 1
        sources[-1] = {"publisher": UCDP, "title": f"{more} more sources, not named here"}
    return sources


def _items(article: str, offices: str, dates: str, headlines: str) -> list[tuple[str, str, str]]:
    if not offices:
        return []
    lists = [column.split(";") for column in (offices, dates, headlines)]
    count = len(lists[0])
    if count == len(lists[1]) == len(lists[2]):
        return list(zip(*lists, strict=True))
    if count == 1:  # one headline with semicolons
        return [(offices, dates, headlines)]
    matches = [_ARTICLE.fullmatch(item) for item in article.strip().strip('"').split('";"')]
    items = [(match["office"], match["date"], match["headline"]) for match in matches if match]
    if len(items) == len(matches):
        return items
    return [("", "", article)]  # nothing tells which office belongs to which headline: keep the text as it is


def _source(office: str, date: str, headline: str) -> dict[str, Any]:
    """A source; an office or date that the vocabulary cannot express is put before the headline."""
    publisher, published_at = short_slug(office), _instant(date)
    prefix = f"{office}: " if not publisher and office.strip() else ""
    if not published_at and date.strip():
        prefix = f"{prefix}{date}: "
    source: dict[str, Any] = {"publisher": publisher or UCDP}
    if title := fit_line(f"{prefix}{headline}" if prefix else headline):
        source["title"] = title
    if published_at:
        source["published_at"] = published_at
    return source


@lru_cache(maxsize=65_536)
def _instant(date: str) -> str:
    """The first instant of a day; empty where it is none."""
    day = parse_day(date.strip())
    return f"{day.isoformat()}T00:00:00Z" if day else ""
