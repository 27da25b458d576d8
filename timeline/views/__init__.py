"""Projections of the log: entries, actors and figures, versioned by position, folded from records."""
