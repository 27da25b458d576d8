-- An entry is found by what any of its reports says, by days, and by every text that it shows. What is filled in
-- here serves until the views are rebuilt by the rules of meaning; indexes come last, when the rows are there.
CREATE TEMPORARY TABLE older_entry ON COMMIT DROP AS TABLE entry;
DROP TABLE entry;

CREATE TABLE entry (
    timeline_id    text COLLATE "C" NOT NULL,
    generation     integer NOT NULL,
    development    uuid NOT NULL,
    from_position  bigint NOT NULL,
    to_position    bigint,
    order_key      bigint NOT NULL,
    starts         timestamptz NOT NULL,
    first_day      date NOT NULL,
    last_day       date NOT NULL,
    day_ranges     text[] NOT NULL,
    types          text[] NOT NULL,
    status         text COLLATE "C" NOT NULL,
    claimants      text[] NOT NULL,
    tags           text[] NOT NULL,
    places         text[] NOT NULL,
    latitude       double precision,
    longitude      double precision,
    further_points text[] NOT NULL,
    words          text NOT NULL,
    document       json NOT NULL,
    PRIMARY KEY (timeline_id, generation, development, from_position)
);

INSERT INTO entry
SELECT timeline_id, generation, development, from_position, to_position, order_key, starts,
    (starts AT TIME ZONE 'UTC')::date, GREATEST((starts AT TIME ZONE 'UTC')::date,
    ((ends AT TIME ZONE 'UTC') - interval '1 microsecond')::date), '{}', ARRAY[type], status,
    array_remove(ARRAY[claimant], NULL), tags, places, latitude, longitude, '{}', words, document
FROM older_entry;

CREATE INDEX entry_walk ON entry USING gist (
    timeline_id, generation, (order_key >> 27), (order_key & 134217727), int8range(from_position, to_position)
);

CREATE INDEX entry_change ON entry (timeline_id, from_position, generation);

CREATE INDEX entry_words ON entry USING gin (to_tsvector('simple', words));

CREATE INDEX entry_early ON entry (timeline_id, generation, first_day)
    WHERE first_day < (starts AT TIME ZONE 'UTC')::date - 1;

CREATE TEMPORARY TABLE older_entry_actor ON COMMIT DROP AS TABLE entry_actor;
DROP TABLE entry_actor;

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

INSERT INTO entry_actor
SELECT timeline_id, generation, actor, order_key, from_position, to_position, development, TRUE, roles
FROM older_entry_actor;

CREATE TEMPORARY TABLE older_profile ON COMMIT DROP AS TABLE profile;
DROP TABLE profile;

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
    PRIMARY KEY (timeline_id, generation, kind, subject, from_position)
);

INSERT INTO profile
SELECT timeline_id, generation, kind, subject, from_position, to_position, name, part_of,
    CASE WHEN kind = 'actor' THEN lower(concat_ws(' ', name, document->>'aliases')) ELSE '' END, document
FROM older_profile;

CREATE INDEX profile_part ON profile (timeline_id, generation, part_of) WHERE part_of IS NOT NULL;

CREATE INDEX profile_words ON profile USING gin (to_tsvector('simple', words));
