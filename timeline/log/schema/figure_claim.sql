-- Claims on figures, and the resets of their series; versions as in `entry`. They are selected by the days from
-- `earliest` to `latest`; of a claimant's claims for the same days, in the same unit, the last word stands: the
-- one with the last (`said_at`, `position`). `none_reported` is shown, and takes part in nothing.
-- `low` and `high` are the bounds of the figure; a reset has neither, and no claimant where it is for all.
-- Of an event that claims something for several days by its words, all but the last are `is_earlier`: when they
-- were public follows from the row of the last.
-- A reset with an `adjustment` does not cut its line: the total goes on, revised by that number.
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
    public_from   timestamptz,
    settled_at    timestamptz,
    publication_unknown boolean NOT NULL DEFAULT FALSE,
    is_earlier    boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (timeline_id, generation, source, position, from_position)
);

CREATE INDEX figure_claim_series ON figure_claim (timeline_id, series, generation, latest);

CREATE INDEX figure_claim_reset ON figure_claim (timeline_id, generation, series) WHERE is_reset;

-- No plan depends on what is frequent in these. The table is analysed again when it has grown by half.
ALTER TABLE figure_claim
    ALTER COLUMN said_at SET STATISTICS 0,
    ALTER COLUMN adjustment SET STATISTICS 0,
    ALTER COLUMN none_reported SET STATISTICS 0,
    ALTER COLUMN low SET STATISTICS 0,
    ALTER COLUMN high SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
