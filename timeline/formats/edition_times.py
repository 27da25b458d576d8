"""Times of editions: when an edition says something, and whether that is older than the word that stands.

An edition came out when the import was asked to say that; else, of what the maker of the data set claims
itself, when the row says so, and else when the file was last written. A date that is used to date what is
posted is held against what stands as well, so that an older edition is refused by whichever date it has.

What others claim is not dated by a file: an article's date remains the date of the word. But a file that was
written before the newest edition which is recorded is older than that, whoever is the claimant.

A file that tells of days after it was last written was not written then: an archive may give its files the
year 1980. Of such rows its time says nothing. Times of files are compared by whole seconds.
"""

from datetime import datetime, timedelta

from timeline.formats.edition_rows import is_since

_FILE_TIME_UNIT = timedelta(seconds=1)


class EditionTimes:
    """What is known of when an edition came out."""

    def __init__(
        self,
        maker: str | None,
        published_at: datetime | None,
        file_time: datetime | None,
        newest_at: datetime | None,
    ) -> None:
        """Prepare for one edition.

        Args:
            maker: The actor that makes and publishes the data set, if it is a claimant in it.
            published_at: When the edition was published, where the import was asked to say that.
            file_time: When the file itself says that it was made.
            newest_at: When the newest edition that is recorded came out, as far as that is known.
        """
        self.published_at = published_at
        self._maker = maker
        self._file_time = file_time
        self._newest_at = newest_at

    def is_own_word(self, claimant: str | None) -> bool:
        """Whether the claimant is who makes the data set."""
        return self._maker is not None and claimant == self._maker

    def word_time(
        self, claimant: str | None, occurred: str | None, row_time: datetime | None = None
    ) -> datetime | None:
        """When the edition says something of what a claimant says; None where that is not known."""
        if self.is_own_word(claimant):
            return self.published_at or row_time or self._written_at(occurred)
        return self.published_at

    def change_time(
        self,
        claimant: str | None,
        occurred: str | None,
        said_at: datetime | None,
        row_time: datetime | None = None,
    ) -> datetime | None:
        """When the edition changed a word that stands; never before that word by the time of a file alone."""
        instant = self.word_time(claimant, occurred, row_time)
        is_sure = self.published_at is not None or row_time is not None
        return None if instant and said_at and instant < said_at and not is_sure else instant

    def older_than(
        self,
        claimant: str | None,
        occurred: str | None,
        said_at: datetime | None,
        row_time: datetime | None = None,
    ) -> tuple[datetime, datetime] | None:
        """When the edition, or the row, came out and when what stands was said, if that is later; else None.

        What stands was said, or where the maker is not the claimant, passed on by the newest edition.
        """
        is_own = self.is_own_word(claimant)
        stands_at = said_at
        if said_at and self._newest_at and not is_own:
            stands_at = max(said_at, self._newest_at)
        if told_at := self.published_at or (row_time if is_own else None):
            return (told_at, stands_at) if stands_at and told_at < stands_at else None
        if self._maker is None or claimant is None:
            return None
        written_at, newer_at = self._written_at(occurred), said_at if is_own else self._newest_at
        if written_at and newer_at and stands_at and written_at + _FILE_TIME_UNIT <= newer_at:
            return written_at, stands_at
        return None

    def _written_at(self, occurred: str | None) -> datetime | None:
        """When the file was last written, unless it tells of what happened after that."""
        if self._file_time is None or occurred is None:
            return self._file_time
        return self._file_time if is_since(self._file_time, occurred) else None
