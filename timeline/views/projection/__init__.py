"""Projections: pure folds from records to the rows of the views, and what writes them."""
