"""The embedded PostgreSQL: its programs, its processes, the room on its disk, and the server as a whole."""
