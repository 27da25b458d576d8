-- When an entry was published is what its publicity says. Of rows from before there was one nothing is known of
-- that: they may have been otherwise at any time, so that views by a time compute them from the records.
UPDATE entry SET public_from = '-infinity' WHERE public_from IS NULL AND NOT publication_unknown;
