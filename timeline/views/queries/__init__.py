"""Queries on the views, one module per question; each answers for a timeline at a position."""
