"""The version of the rules by which this program makes views of a log.

Views are a function of the log and of the rules: the same log answers otherwise once the rules change. So
each generation of a timeline's views has the version of the rules that made it (`timeline.rules`), every
answer says it, and an address that pins a position says the version too (`rules=`): a change of the rules can
then be told from a change of the record. Such an address is answered for ever, with what the record held by
the rules of the day on which it is asked for: an answer by rules that were found wrong is given to nobody.

One generation never holds rows by two versions. A program adds no row to those of other rules: `log.appender`
lets posts wait, and refuses them after a while. `maintenance/automatic_rebuilds.py` makes a new generation,
from the log's first record on. Until it is read, answers are made of the old rows, and say the older version.

A change of the rules is whatever makes the fold, or a query over its rows, say something else of the same
log: it raises the version, once a release. A change that adds a column must leave the old rows readable.
"""

from timeline.domain.errors import SupersededRules
from timeline.log.reader import Moment, read_moment
from timeline.postgres import Connection

RULES_VERSION = 2
"""The version of the rules in this program; raise it with whatever makes a log's views differ.

1. Before rules had a version: a claim's date was the last instant that it could mean, and of several words
   for one date the one that was recorded last stood.
2. Dates are the days that the source named; words are ordered by when they were said; rivals are claims about
   the same thing; totals add up what can be added; what editors know is no publication.
"""


async def renew_moment(connection: Connection, moment: Moment) -> Moment:
    """The moment with the generation that is read now: a rebuild may have put it in another's place.

    Raises:
        SupersededRules: that generation was made by other rules, which must not be mixed in one answer.
    """
    renewed = await read_moment(connection, moment.timeline, moment.position)
    if renewed.rules != moment.rules:
        raise SupersededRules(rules=renewed.rules)
    return renewed
