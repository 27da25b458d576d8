"""The example record: the first case, as the events in first-case.json."""
