-- Which records bear on what: `target` is an amended event, or a topic (a development, an actor, the timeline).
-- An event that is corrected to speak of something else stands under both topics.
CREATE TABLE reference (
    timeline_id text COLLATE "C" NOT NULL,
    target      uuid NOT NULL,
    position    bigint NOT NULL,
    amends      boolean NOT NULL,
    PRIMARY KEY (timeline_id, target, position)
);

-- What was ever amended: few events are, and of these a list by a time of publication asks who had been told.
CREATE INDEX reference_amended ON reference (timeline_id, position, target) WHERE amends;
