"""The append-only log: one per timeline, gapless positions, group commit, bytes kept verbatim."""
