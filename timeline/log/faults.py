"""Which of the driver's errors mean that the database cannot answer now."""

import psycopg

AWAY = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError)
"""Nothing is wrong with the request: the server is away, full, too slow, read-only or held by another."""
