"""Everything that can be refused, in one tree.

TimelineError
├── Malformed              the input cannot be read as what it should be
├── RuleBroken             the input can be read, but breaks a rule of the vocabulary
│   └── UnknownReference   … it speaks of an event that the timeline does not hold
├── NotFound               the thing asked for is not there
│   └── UnknownTimeline
├── UnknownPosition        a position or time that the log has not reached
├── IdConflict             an id that was used before, with other content
├── PositionMismatch       the log is not where the caller expected it
├── TooLarge               a body, batch or field over its limit
├── Unauthorized           a write without the write token
├── UnsupportedMedia       a body in a format that this address does not take
├── NotAcceptable          an answer asked for in formats that this address does not give
├── NotInstalled           an answer asked for in a format whose library this service is without
└── Unavailable            the database is away or the service is full; nothing was decided
    └── OutcomeUnknown     the connection broke while the answer was on its way; ask again by id

The default message is the class's docstring. `path` is where in the input the fault is, as a JSON path, and
`index` which of several events has it.
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
    """The input cannot be read as what this address takes."""


class RuleBroken(TimelineError):
    """The input can be read, but it breaks a rule of the vocabulary."""


class UnknownReference(RuleBroken):
    """The event speaks of another that this timeline does not hold."""


class NotFound(TimelineError):
    """There is nothing at this address."""


class UnknownTimeline(NotFound):
    """There is no timeline of this name; create it with PUT."""


class UnknownPosition(TimelineError):
    """The log has not reached this position."""


class IdConflict(TimelineError):
    """An event with this id is in the record, and its content is another."""


class PositionMismatch(TimelineError):
    """The log is not at the position that If-Match expects."""


class TooLarge(TimelineError):
    """The input is over a limit of this service."""


class Unauthorized(TimelineError):
    """Writing needs the write token as a bearer token."""


class UnsupportedMedia(TimelineError):
    """This address does not take bodies of this media type."""


class NotAcceptable(TimelineError):
    """This address does not answer in any of the media types that `Accept` names."""


class NotInstalled(TimelineError):
    """This service is without an optional library that the answer needs."""


class Unavailable(TimelineError):
    """The record cannot be reached at the moment; nothing was decided. Try again."""


class OutcomeUnknown(Unavailable):
    """The connection broke before the answer came; send the same events again, their ids make it harmless."""
