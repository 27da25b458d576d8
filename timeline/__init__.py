"""The conflict timeline service: an event-sourced record of what is reported about a conflict."""
