"""Every reason for which the service refuses a request, as a tree of exceptions.

TimelineError
├── Malformed              the input cannot be read
├── RuleBroken             the input can be read, but breaks a rule of the vocabulary
│   └── UnknownReference   … it refers to an event that is not in the timeline
├── NotFound               nothing exists at the address
│   └── UnknownTimeline
├── UnknownPosition        a position or time that the log has not reached
├── IdConflict             an id that was used before, with different content
├── PositionMismatch       the log is not at the position that the caller expected
├── TooLarge               a body, batch or field over its limit
├── AddressTooLong         a path with its query over its limit
├── HeadersTooLarge        headers over their limit
├── Unauthorized           a write without the write token
├── UnsupportedMedia       a body in a format that the address does not accept
├── NotAcceptable          an answer in a format that the address does not offer
├── NotInstalled           an answer in a format whose library is not installed
└── Unavailable            the database is not available or the service is full; nothing was recorded
    ├── Busy               too many heavy reads wait for their turn
    ├── TooCostly          a read that takes longer than it may
    ├── OutdatedViews      the views must be rebuilt by this program's rules before a post
    ├── SupersededRules    the views were rebuilt by other rules while an answer was made of them
    └── OutcomeUnknown     the connection broke before the answer came; look the events up by id

The default message is the class's docstring, which is also the title of the kind of problem that the API
answers with. `path` is where in the input the fault is, as a JSON path, and `index` which of several events
has it.
"""


class TimelineError(Exception):
    """The request could not be carried out."""

    def __init__(self, message: str | None = None, *, path: str | None = None, **details: object) -> None:
        super().__init__(message or (type(self).__doc__ or "").splitlines()[0])
        self.path = path
        self.index: int | None = None
        self.details = details

    @property
    def message(self) -> str:
        """What went wrong, as a sentence."""
        return str(self.args[0])


class Malformed(TimelineError):
    """The request cannot be read as what this address accepts."""


class RuleBroken(TimelineError):
    """The event can be read, but breaks a rule of the vocabulary."""


class UnknownReference(RuleBroken):
    """The event refers to an event that is not in this timeline."""


class NotFound(TimelineError):
    """Nothing was found at this address."""


class UnknownTimeline(NotFound):
    """This timeline does not exist; create it with PUT."""


class UnknownPosition(TimelineError):
    """The log has not reached this position."""


class IdConflict(TimelineError):
    """An event with this id is already recorded, with different content."""


class PositionMismatch(TimelineError):
    """The log is not at the position that `If-Match` expects."""


class TooLarge(TimelineError):
    """The request is over a limit of this service."""


class SlowBody(TimelineError):
    """The body of the request stopped coming, or came too slowly."""


class AddressTooLong(TimelineError):
    """The address is longer than this service reads."""


class HeadersTooLarge(TimelineError):
    """The request's headers are larger than this service reads."""


class Unauthorized(TimelineError):
    """Writing requires the write token as a bearer token."""


class UnsupportedMedia(TimelineError):
    """This address does not accept bodies of this media type."""


class NotAcceptable(TimelineError):
    """This address does not answer in any of the media types that `Accept` names."""


class NotInstalled(TimelineError):
    """The answer needs an optional library that is not installed here."""


class Unavailable(TimelineError):
    """The service cannot answer this at the moment; nothing was recorded. Try again."""


class Busy(Unavailable):
    """Too many searches, totals, diffs, replays and exports wait for their turn. Try again."""


class TooCostly(Unavailable):
    """This read takes longer than it may at the moment. Ask for less, or try again."""


class OutdatedViews(Unavailable):
    """The views are being rebuilt by newer rules; until then nothing is recorded. Try again."""


class SupersededRules(Unavailable):
    """The views were rebuilt by newer rules while this answer was made of the old ones. Ask again."""


class OutcomeUnknown(Unavailable):
    """The connection broke before the answer came. Send the events again: their ids prevent duplicates."""
