-- Which entries name which actors, and how; versions as in `entry`. Where not even a verification of a retracted
-- report stands, `standing` is not set: nothing that stands names the actor there.
CREATE TABLE entry_actor (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    actor         text COLLATE "C" NOT NULL,
    order_key     bigint NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    development   uuid NOT NULL,
    standing      boolean NOT NULL,
    roles         text[] NOT NULL,
    PRIMARY KEY (timeline_id, generation, actor, order_key, from_position)
);

-- No plan depends on what is frequent in these. The table is analysed again when it has grown by half.
ALTER TABLE entry_actor
    ALTER COLUMN roles SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
