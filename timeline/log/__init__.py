"""The append-only log: one a timeline, gapless positions, group commit, bytes kept verbatim."""
