"""What the invented events are made of: actors, places and turns of phrase."""

from typing import NamedTuple


class Actor(NamedTuple):
    """Somebody whom events name; `kind` as in the vocabulary."""

    slug: str
    name: str
    kind: str


class Spot(NamedTuple):
    """A place with the coordinates that reports give it."""

    name: str
    admin1: str
    country: str
    latitude: float
    longitude: float


def _actors(kind: str, *names: str) -> tuple[Actor, ...]:
    return tuple(Actor(name.lower().replace(" ", "-").replace(".", ""), name, kind) for name in names)


SUBJECTS = _actors("force", "Northland Army", "Southmark Army", "Northland Guard", "Southmark Militia")
UNITS = _actors(
    "unit",
    *(
        f"{number}th {arm} Brigade"
        for arm in ("Rifle", "Assault", "Tank", "Marine")
        for number in range(20, 60)
    ),
)
AGENCIES = _actors(
    "agency",
    *(
        f"{side} {body}"
        for side in ("Northland", "Southmark", "Westerly")
        for body in (
            "General Staff",
            "Intelligence Service",
            "Ministry of Defence",
            "Emergency Service",
            "Border Service",
            "Health Ministry",
            "Interior Ministry",
            "Prosecutor",
        )
    ),
)
MEDIA = _actors(
    "medium",
    *(
        f"{word} {kind}"
        for word in (
            "Morning",
            "Evening",
            "Harbour",
            "Valley",
            "Northern",
            "Southern",
            "Central",
            "Open",
            "River",
            "Frontier",
        )
        for kind in ("Courier", "Herald", "Wire", "Channel", "Post", "Observer", "Radio")
    ),
)
STATES = _actors("state", "Northland", "Southmark", "Westerly", "Eastreach")
PERSONS = _actors(
    "office_holder", *(f"Governor {letter}. Haldane" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
)
ACTORS = (*SUBJECTS, *STATES, *AGENCIES, *MEDIA, *PERSONS, *UNITS)

CLAIMANTS = AGENCIES[:12]
MEASURES = ("killed", "wounded", "killed_or_wounded", "missing", "captured")
SCOPES = ("river-front", "north-sector", "south-sector", "delta", None)
QUALIFIERS = ("exact", "about", "at_least", "more_than", "up_to", "almost")
METHODS = ("battle", "shelling", "strike", "air_strike", "drone_strike", "missile_strike", "ambush", "raid")
STANCES = ("announces", "confirms", "condemns", "denies", "requests", "commits")

SPOTS = tuple(
    Spot(f"{first}{last}", f"{first} District", country, 50 + row / 10, 30 + column / 5)
    for row, first in enumerate(
        ("Ash", "Birch", "Cold", "Dun", "Elm", "Fern", "Gold", "Hart", "Iron", "Kings")
    )
    for column, (last, country) in enumerate(
        (("ford", "UA"), ("bridge", "UA"), ("ton", "RU"), ("wick", "RU"), ("ham", "UA"), ("stead", "RU"))
    )
)

DEEDS = (
    "Artillery struck the crossing before dawn, and the road was closed for several hours",
    "An assault on the outskirts was driven back after two hours of close fighting",
    "Drones hit a fuel store near the rail yard; the fire was put out towards noon",
    "A column was ambushed on the forest road and withdrew under smoke",
    "Rockets fell on the industrial quarter; two workshops and a school roof were damaged",
    "A raid across the river took a trench line and left it again before nightfall",
)
DETAILS = (
    "",
    " Residents speak of shelling through the night.",
    " The regional administration confirms the time and the place, and gives no numbers yet.",
    " Footage that was published the same evening shows the site from two sides; it has not been placed yet.",
    " Both staffs speak of the same road, but each of another village, four kilometres apart on the map.",
)
POSITIONS = (
    "The report is consistent with what our own services saw on that day.",
    "Nothing of the kind took place, and no unit of ours was near the village.",
    "We ask for an inquiry by an international body, with access to the site.",
    "Further help will be sent within the month, as was agreed in the spring.",
)
