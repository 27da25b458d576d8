-- The log. `record` is of the type json, which keeps the text as it was; `leaf_hash` is over these bytes.
CREATE TABLE event (
    timeline_id text COLLATE "C" NOT NULL REFERENCES timeline,
    position    bigint NOT NULL CHECK (position > 0),
    event_id    uuid NOT NULL,
    type        text COLLATE "C" NOT NULL,
    version     smallint NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    record      json NOT NULL,
    leaf_hash   bytea NOT NULL CHECK (octet_length(leaf_hash) = 32),
    PRIMARY KEY (timeline_id, position),
    UNIQUE (timeline_id, event_id)
);

-- No plan depends on what is frequent in these. The table is analysed again when it has grown by half.
ALTER TABLE event
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN recorded_by SET STATISTICS 0,
    ALTER COLUMN leaf_hash SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
