-- When a count was published is what its publicity says. Of rows from before there was one nothing is known of
-- that: they may have been otherwise at any time, so that views by a time compute them from the records.
CREATE TEMPORARY TABLE older_toll ON COMMIT DROP AS TABLE toll;

DROP TABLE toll;

CREATE TABLE toll (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    source        uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    incident      uuid NOT NULL,
    measure       text COLLATE "C" NOT NULL,
    subject       text COLLATE "C" NOT NULL,
    category      text COLLATE "C" NOT NULL,
    unit          text COLLATE "C" NOT NULL,
    claimant      text COLLATE "C" NOT NULL,
    earliest      date NOT NULL,
    latest        date NOT NULL,
    said_at       timestamptz NOT NULL,
    position      bigint NOT NULL,
    low           bigint,
    best          bigint,
    high          bigint,
    none_reported boolean NOT NULL,
    disordered    boolean NOT NULL,
    shared        boolean NOT NULL,
    retracted     boolean NOT NULL,
    undated       boolean NOT NULL,
    first_day     date NOT NULL,
    last_day      date NOT NULL,
    year          text COLLATE "C" NOT NULL,
    month         text COLLATE "C" NOT NULL,
    country       text COLLATE "C",
    admin1        text COLLATE "C",
    place         text COLLATE "C",
    countries     text[] NOT NULL,
    places        text[] NOT NULL,
    actors        text[] NOT NULL,
    tags          text[] NOT NULL,
    public_from   timestamptz,
    settled_at    timestamptz,
    publication_unknown boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (timeline_id, generation, source, from_position)
);

INSERT INTO toll
SELECT timeline_id, generation, source, from_position, to_position, incident, measure, subject, category, unit,
    claimant, earliest, latest, said_at, position, low, best, high, none_reported, disordered, shared,
    retracted, undated, first_day, last_day, year, month, country, admin1, place, countries, places,
    actors, tags,
    CASE WHEN public_from IS NULL AND NOT publication_unknown THEN '-infinity' ELSE public_from END,
    settled_at, publication_unknown
FROM older_toll;

CREATE INDEX toll_measure ON toll (timeline_id, measure, generation, first_day);

CREATE INDEX toll_shared ON toll (timeline_id, measure, generation) WHERE shared;

UPDATE figure_claim SET public_from = '-infinity' WHERE public_from IS NULL AND NOT publication_unknown;
