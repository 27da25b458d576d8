"""`timeline demo`: runs the service with the first case in it."""

from http import HTTPStatus
from importlib.resources import files
from io import BytesIO

import msgspec
import rich_click as click
from msgspec import Struct
from msgspec.structs import replace

from timeline.cli.batches import read_input_events
from timeline.cli.client import Client, Refused, timeline_address
from timeline.cli.common import Command, examples, read_settings
from timeline.cli.post import post_events
from timeline.cli.serve import announce, listen_options
from timeline.settings import ANY_ORIGIN, Settings

TIMELINE = "kursk-2024"
ACTOR = "nis-south-korea"


@click.command(
    cls=Command,
    epilog=examples("timeline demo", "timeline demo --port 0", "TIMELINE_DATA_DIR=/tmp/demo timeline demo"),
)
@listen_options
def demo(host: str | None, port: int | None) -> None:
    """Serve with a first case loaded, and print addresses to try; Ctrl-C stops it.

    The case is the capture of a North Korean soldier in Kursk region, as reported in December 2024. A second
    run keeps the case and everything that was posted since.
    """
    from timeline.cli.server import run  # noqa: PLC0415 - as in `serve`

    settings = read_settings(host=host, port=port, workers=1)
    if settings.cors_origins is None:  # all that it holds is public: pages anywhere may show it
        settings = replace(settings, cors_origins=ANY_ORIGIN)

    def load(url: str) -> None:
        announce(url, settings)
        before = load_first_case(url, settings)
        click.echo(_addresses(url, before))

    run(settings, load)


def load_first_case(url: str, settings: Settings) -> int:
    """Post the first case, if it is not recorded; gives the position before its last event, the confirmation.

    Raises:
        CommandError: the service refuses it.
    """
    case = files("timeline.demo").joinpath("first-case.json").read_bytes()
    with Client(url, settings.write_token) as client:
        client.create(TIMELINE)
        position = _confirmation_position(client, case)
        if position is None:
            for batch in post_events(client, TIMELINE, read_input_events(BytesIO(case))):
                position = batch.receipt.outcomes[-1].position
    assert position is not None  # noqa: S101 - the case has events
    return position - 1


def _confirmation_position(client: Client, case: bytes) -> int | None:
    """The position of the last event of the case, or None where it is not recorded.

    A data directory may hold the case in the words of an older release: those stay, as all that is recorded.
    """
    confirmation = msgspec.json.decode(case)[-1]["id"]
    try:
        address = timeline_address(TIMELINE, "events", confirmation)
        return msgspec.json.decode(client.get(address), type=_Recorded).position
    except Refused as refusal:
        if refusal.problem.get("status") == HTTPStatus.NOT_FOUND:
            return None
        raise


class _Recorded(Struct):
    position: int


def _addresses(url: str, before: int) -> str:
    timeline = f"{url}/v1/timelines/{TIMELINE}"
    return "\n".join(
        (
            "",
            "The first case is loaded. Try, in a browser or with curl:",
            f"  API pages                {url}/docs",
            f"  the timeline             {timeline}",
            f"  before the confirmation  {timeline}?at={before}",
            f"  an actor                 {timeline}/actors/{ACTOR}",
            f"  figures                  {timeline}/figures",
            f"  replay                   {timeline}/replay",
            "",
            "Or, in another terminal:",
            f"  timeline show {TIMELINE}",
            f"  timeline figures {TIMELINE}",
            f"  timeline replay {TIMELINE} --after {before}",
        )
    )
