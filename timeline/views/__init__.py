"""The read side: projections, the queries on them, and their maintenance."""
