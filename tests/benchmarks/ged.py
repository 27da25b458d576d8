"""Invented rows in the layout of UCDP's Georeferenced Event Dataset, as long and as varied as real ones.

Each row follows from its number alone. Its words are those of the other invented events; how long its cells
are, how many values a column has, and how often a cell is empty is as in release 23.1.
"""

import csv
import os
import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from tests.benchmarks import words
from timeline.formats.ucdp_columns import LAYOUT_49

SEED = 49
_START = datetime(1990, 1, 1, tzinfo=UTC)
_DAYS = 12_000
_CONFLICTS = 220
_COUNTRIES = (("Syria", 652), ("Afghanistan", 700), ("Ukraine", 369), ("Somalia", 520), ("Yemen", 678))
_OFFICES = tuple(medium.name for medium in words.MEDIA)
_TYPES = (1, 1, 1, 1, 1, 1, 2, 3, 3)
_PRECISIONS = (1, 1, 1, 1, 2, 2, 3, 4, 5)


def ged_file(folder: Path, rows: int) -> Path:
    """A file with a header and so many rows; chance once, and again when this module has changed."""
    version = sha256(Path(__file__).read_bytes() + Path(words.__file__).read_bytes()).hexdigest()[:8]
    path = folder / f"ged-{rows}-{version}.csv"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / f"{path.name}.{os.getpid()}"
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(LAYOUT_49)
            writer.writerows(map(cells, range(rows)))
        unfinished.rename(path)
    return path


def cells(number: int) -> list[str]:
    """A row, in the order of the layout."""
    chance = random.Random(number ^ SEED << 40)
    values = {**_dyad(chance), **_report(chance, number), **_place(chance), **_deaths(chance)}
    return [str(values.get(name, "")) for name in LAYOUT_49]


def _dyad(chance: random.Random) -> dict[str, object]:
    """Who fights whom; the larger conflicts have most of the rows."""
    conflict = int(_CONFLICTS * chance.random() ** 3)
    country, code = _COUNTRIES[conflict % len(_COUNTRIES)]
    side_a = f"Government of {words.SPOTS[conflict % len(words.SPOTS)].name}"
    side_b = words.UNITS[conflict % len(words.UNITS)].name
    return {
        "type_of_violence": _TYPES[conflict % len(_TYPES)],
        "conflict_dset_id": 200 + conflict,
        "conflict_new_id": 200 + conflict,
        "conflict_name": f"{country}: {words.SPOTS[conflict % 7].admin1}",
        "dyad_dset_id": 11_000 + conflict,
        "dyad_new_id": 11_000 + conflict,
        "dyad_name": f"{side_a} - {side_b}",
        "side_a_dset_id": 100 + conflict,
        "side_a_new_id": 100 + conflict,
        "side_a": side_a,
        "side_b_dset_id": 4_000 + conflict,
        "side_b_new_id": 4_000 + conflict,
        "side_b": side_b,
        "country": country,
        "country_id": code,
        "gwnoa": code,
        "region": "Middle East",
    }


def _report(chance: random.Random, number: int) -> dict[str, object]:
    """When it was, and the articles that say so."""
    start = _START + timedelta(days=int(_DAYS * chance.random()))
    end = start + timedelta(days=chance.choice((0, 0, 0, 0, 1, 3)))
    articles = [
        (
            chance.choice(_OFFICES),
            f"{end + timedelta(days=chance.randrange(3)):%Y-%m-%d}",
            f"{chance.choice(words.DEEDS)[:32]} ({chance.randrange(10_000)})",
        )
        for _ in range(chance.choice((1, 1, 1, 1, 1, 1, 1, 2, 3)))
    ]
    return {
        "id": 100_000 + number,
        "relid": f"UKR-{start:%Y}-1-{number}-{chance.randrange(1000)}",
        "year": start.year,
        "active_year": int(chance.random() < 0.9),
        "code_status": "Clear",
        "number_of_sources": len(articles),
        "source_article": ";".join(f'"{",".join(article)}"' for article in articles),
        "source_office": ";".join(office for office, _, _ in articles),
        "source_date": ";".join(day for _, day, _ in articles),
        "source_headline": ";".join(headline for _, _, headline in articles),
        "source_original": (
            f"{chance.choice(words.AGENCIES).name} {chance.choice(('', '', 'spokesman'))}"
        ).strip(),
        "event_clarity": chance.choice((1, 1, 1, 2)),
        "date_prec": 1 if start == end else 2,
        "date_start": f"{start:%Y-%m-%d} 00:00:00.000",
        "date_end": f"{end:%Y-%m-%d} 00:00:00.000",
    }


def _place(chance: random.Random) -> dict[str, object]:
    spot = chance.choice(words.SPOTS)
    latitude, longitude = (
        round(degrees + chance.randrange(90_000) / 1e5, 5) for degrees in (spot.latitude, spot.longitude)
    )
    village = f"{spot.name} {chance.randrange(100)} village"
    return {
        "where_prec": chance.choice(_PRECISIONS),
        "where_coordinates": village,
        "where_description": f"{village} ({chance.randrange(40)} km off)",
        "adm_1": f"{spot.admin1[:12]} province",
        "adm_2": f"{spot.name} district",
        "latitude": latitude,
        "longitude": longitude,
        "geom_wkt": f"POINT ({longitude} {latitude})",
        "priogrid_gid": 180_000 + chance.randrange(600),
    }


def _deaths(chance: random.Random) -> dict[str, object]:
    deaths = [int(chance.expovariate(share)) for share in (1.0, 0.5, 2.0, 3.0)]
    best = sum(deaths)
    names = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")
    return {
        **dict(zip(names, deaths, strict=True)),
        "best": best,
        "low": best * 2 // 3,
        "high": best + best // 4,
    }
