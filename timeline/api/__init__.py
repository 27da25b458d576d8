"""The service over HTTP: one module a resource; a handler asks the views or the log, and tells."""
