"""Reads documents of claims later than the claims: of a long series most are only counted.

A document is most of what a row has, and of a page of changes few of the claims are shown.
"""

from collections.abc import Iterable
from uuid import UUID

from timeline.log.reader import Moment
from timeline.postgres import Connection
from timeline.views.projection.rows import SCOPE
from timeline.views.queries.claim_lines import ClaimVersion
from timeline.views.queries.falls import Drop
from timeline.views.queries.series_changes import Change

# The driver would look at each UUID of a list.
_DOCUMENTS = f"""
SELECT source, position, from_position, document FROM figure_claim
WHERE {SCOPE} AND source = ANY(%(sources)s::text::uuid[])
"""


async def read_documents(
    connection: Connection, moment: Moment, items: Iterable[Change | Drop | ClaimVersion]
) -> None:
    """Read the documents of the claims that these show, where they have not been read."""
    missing: dict[tuple[UUID, int, int], ClaimVersion] = {}
    for item in items:
        for version in (item,) if isinstance(item, ClaimVersion) else item.versions:
            if isinstance(version, ClaimVersion) and version.document is None:
                missing[version.source, version.position, version.from_position] = version
    if not missing:
        return
    sources = ",".join({str(source) for source, *_ in missing})
    parameters = {**moment.scope, "sources": f"{{{sources}}}"}
    cursor = await connection.execute(_DOCUMENTS, parameters, binary=True)
    for source, position, begin, document in await cursor.fetchall():
        if version := missing.get((source, position, begin)):
            version.document = document
