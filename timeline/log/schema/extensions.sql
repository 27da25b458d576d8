-- Lets a GiST index hold text and numbers beside ranges.
CREATE EXTENSION IF NOT EXISTS btree_gist;
