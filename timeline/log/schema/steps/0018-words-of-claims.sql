-- An event may claim something for several days, by the words of its source: a row for each of them.
ALTER TABLE figure_claim
    ADD COLUMN is_earlier boolean NOT NULL DEFAULT FALSE,
    DROP CONSTRAINT figure_claim_pkey,
    ADD PRIMARY KEY (timeline_id, generation, source, position, from_position);
