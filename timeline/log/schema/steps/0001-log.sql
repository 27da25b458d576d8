-- One row a timeline. Locking it orders the appends; `tree_frontier` holds the roots of the complete
-- subtrees of the timeline's RFC 6962 tree, the largest first, so that every position has a root.
CREATE TABLE timeline (
    timeline_id   text COLLATE "C" PRIMARY KEY,
    head          bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    generation    integer NOT NULL DEFAULT 1,
    tree_frontier bytea[] NOT NULL DEFAULT '{}'
);
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
-- What is recorded stays: not even the tables' owner changes an event without first taking this away.
CREATE FUNCTION refuse_change_of_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record is append-only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege',
              HINT = 'Post a correction or a retraction instead.';
END
$$;

CREATE TRIGGER event_is_append_only
    BEFORE UPDATE OR DELETE OR TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_record();

REVOKE UPDATE, DELETE, TRUNCATE ON event FROM PUBLIC;
-- Which records bear on what: `target` is an amended event, or a topic (a development, an actor, the timeline).
-- An event that is corrected to speak of something else stands under both topics.
CREATE TABLE reference (
    timeline_id text COLLATE "C" NOT NULL,
    target      uuid NOT NULL,
    position    bigint NOT NULL,
    amends      boolean NOT NULL,
    PRIMARY KEY (timeline_id, target, position)
);
-- The last position recorded by a time, 0 if none. `recorded_at` never decreases within a timeline, so a
-- binary search by primary key needs no index of its own.
CREATE FUNCTION position_at(of_timeline text, at_time timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
BEGIN
    SELECT head INTO high FROM timeline WHERE timeline_id = of_timeline;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT recorded_at <= at_time FROM event WHERE timeline_id = of_timeline AND position = middle) THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
