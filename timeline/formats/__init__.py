"""Formats of other programs that events are read from and views are written in; one module per format."""
