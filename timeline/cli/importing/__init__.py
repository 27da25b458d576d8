"""`timeline import`: reading files of outside formats, and posting what they change."""
