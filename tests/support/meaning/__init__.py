"""A plain model in memory of what a figure means, every answer computed anew from the records."""

from tests.support.meaning.record import Entry, MeaningModel, Series
from tests.support.meaning.search import Filters
from tests.support.meaning.totals import Query

__all__ = ["Entry", "Filters", "MeaningModel", "Query", "Series"]
