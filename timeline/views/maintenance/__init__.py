"""Rebuilding the views from the log, and verifying what is stored against it."""
