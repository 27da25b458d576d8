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

-- It is analysed again when it has grown by half.
ALTER TABLE event SET (autovacuum_analyze_scale_factor = 0.5);
