"""The HTTP API, one module per resource; handlers query the views or the log and return the answer."""
