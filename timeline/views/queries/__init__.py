"""Queries on the views, one module a question; each answers for a timeline at a position."""
