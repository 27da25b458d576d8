-- The words of entries get rows of their own, so that a new version of an entry that has the same words does not
-- index them again. Neighbouring versions with the same words are one row, as the program writes them.
CREATE TABLE entry_text (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    development   uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    words         text NOT NULL,
    PRIMARY KEY (timeline_id, generation, development, from_position)
);

ALTER TABLE entry_text ALTER COLUMN words SET STATISTICS 0;

INSERT INTO entry_text
SELECT timeline_id, generation, development, from_position,
    lead(from_position, 1, ends) OVER (PARTITION BY timeline_id, generation, development ORDER BY from_position),
    words
FROM (
    SELECT timeline_id, generation, development, from_position, words,
        last_value(to_position) OVER (version ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS ends,
        lag(words) OVER version IS DISTINCT FROM words AS differs
    FROM entry
    WINDOW version AS (PARTITION BY timeline_id, generation, development ORDER BY from_position)
) AS version
WHERE differs;

CREATE INDEX entry_text_words ON entry_text USING gin (to_tsvector('simple', words));

-- with it goes its index
ALTER TABLE entry DROP COLUMN words;
