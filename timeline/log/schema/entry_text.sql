-- The words by which entries are found. Their versions are their own, since indexing the words costs as much as
-- all the rest of an entry: a statement about it makes a version of the entry, but none of its words.
CREATE TABLE entry_text (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    development   uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    words         text NOT NULL,
    PRIMARY KEY (timeline_id, generation, development, from_position)
);

-- No condition reads these texts themselves, but only the index of their words: ANALYZE need not sort them.
ALTER TABLE entry_text ALTER COLUMN words SET STATISTICS 0;

CREATE INDEX entry_text_words ON entry_text USING gin (array_to_tsvector(string_to_array(words, ' ')));

-- A search looks up by this index which words are frequent: ANALYZE need not read the texts for it.
ALTER INDEX entry_text_words ALTER COLUMN 1 SET STATISTICS 0;

-- It is analysed again when it has grown by half.
ALTER TABLE entry_text SET (autovacuum_analyze_scale_factor = 0.5);
