"""The version of the rules by which this program makes views of a log.

Views are a function of the log and of the rules: the same log answers otherwise once the rules change. So each
generation of a timeline's views has the version of the rules that made it (`timeline.rules`), every answer says
it, and an address that pins a position pins the version too (`rules=`): a change of the rules can then be told
from a change of the record. One generation never holds rows of two versions: a program adds no row to rows of
other rules (`log.appender` lets posts wait, and refuses them), but makes a new generation (`maintenance/outdated.py`).
"""

RULES_VERSION = 2
"""The version of the rules in this program; raise it with whatever makes a log's views differ.

1. The rules up to October 2026: a claim's date was the last instant that it could mean, and of several words
   for one date the one that was recorded last stood.
2. A date is the days that the source named, the last word by the time at which it was said stands, rivals are
   claims about the same thing, totals add up what can be added, and amendments by editors are no publications.
"""
