-- The words of a text stand with a blank between each two: to parse them again took half of what indexing them
-- costs. The parser took a low line for such a blank; it is none of the words any more.
DROP INDEX entry_text_words;
DROP INDEX profile_words;

UPDATE entry_text SET words = btrim(regexp_replace(words, '[ _]+', ' ', 'g')) WHERE strpos(words, '_') > 0;
UPDATE profile SET words = btrim(regexp_replace(words, '[ _]+', ' ', 'g')) WHERE strpos(words, '_') > 0;

CREATE INDEX entry_text_words ON entry_text USING gin (array_to_tsvector(string_to_array(words, ' ')));
ALTER INDEX entry_text_words ALTER COLUMN 1 SET STATISTICS 0;

CREATE INDEX profile_words ON profile USING gin (array_to_tsvector(string_to_array(words, ' ')));
ALTER INDEX profile_words ALTER COLUMN 1 SET STATISTICS 0;
