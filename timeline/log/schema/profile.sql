-- What actors and the timeline itself are called (kind `actor` or `timeline`); versions as in `entry`. `words` are
-- those of an actor's name and aliases, to search in.
CREATE TABLE profile (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    subject       text COLLATE "C" NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    name          text NOT NULL,
    part_of       text COLLATE "C",
    words         text NOT NULL,
    document      json NOT NULL,
    public_from   timestamptz,
    settled_at    timestamptz,
    PRIMARY KEY (timeline_id, generation, kind, subject, from_position)
);

-- No condition reads these texts themselves, but only the index of their words: ANALYZE need not sort them.
ALTER TABLE profile ALTER COLUMN words SET STATISTICS 0;

CREATE INDEX profile_part ON profile (timeline_id, generation, part_of) WHERE part_of IS NOT NULL;

CREATE INDEX profile_words ON profile USING gin (array_to_tsvector(string_to_array(words, ' ')));

-- A search looks up by this index which words are frequent: ANALYZE need not read the texts for it.
ALTER INDEX profile_words ALTER COLUMN 1 SET STATISTICS 0;
