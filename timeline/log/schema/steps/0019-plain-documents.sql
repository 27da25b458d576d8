-- Documents of a few kilobytes are stored as they are: to compress one takes two fifths of the time to write its row.
-- Rows that are there already stay as they are.
ALTER TABLE entry SET (toast_tuple_target = 4080);
