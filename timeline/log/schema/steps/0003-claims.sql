-- Claims are selected by the days that their dates name, and of the same days the last word stands. What is filled
-- in here serves until the views are rebuilt by the rules of meaning.
CREATE TEMPORARY TABLE older_claim ON COMMIT DROP AS SELECT * FROM figure_claim;
DROP TABLE figure_claim;

CREATE TABLE figure_claim (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    source        uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    series        text COLLATE "C" NOT NULL,
    claimant      text COLLATE "C",
    unit          text,
    earliest      date NOT NULL,
    latest        date NOT NULL,
    said_at       timestamptz NOT NULL,
    position      bigint NOT NULL,
    is_reset      boolean NOT NULL,
    adjustment    bigint,
    none_reported boolean NOT NULL,
    low           bigint,
    high          bigint,
    document      json NOT NULL,
    PRIMARY KEY (timeline_id, generation, source, from_position)
);

INSERT INTO figure_claim
SELECT timeline_id, generation, source, from_position, to_position, series, claimant,
    CASE WHEN NOT is_reset THEN
        COALESCE(lower(document->'figure'->>'unit'), CASE WHEN series LIKE 'equipment.%' THEN 'items' ELSE 'people' END)
    END,
    (as_of AT TIME ZONE 'UTC')::date, (as_of AT TIME ZONE 'UTC')::date,
    as_of, position, is_reset, adjustment,
    COALESCE(document->'figure'->>'qualifier' = 'none_reported', FALSE), low, high, document
FROM older_claim;

CREATE INDEX figure_claim_series ON figure_claim (timeline_id, series, generation, latest);

CREATE INDEX figure_claim_reset ON figure_claim (timeline_id, generation, series) WHERE is_reset;
