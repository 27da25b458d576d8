-- Counts of incidents say their unit, the days that they speak for and when they were said, and their
-- incident's days and lines. Rows from before are read until the rebuild by the newer rules replaces them: what
-- they do not say is filled in as the older rules had it.
CREATE TEMPORARY TABLE toll_before ON COMMIT DROP AS TABLE toll;

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
    published_at  timestamptz,
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
    PRIMARY KEY (timeline_id, generation, source, from_position)
);

INSERT INTO toll
SELECT timeline_id, generation, source, from_position, to_position, incident, measure, subject, category,
    CASE WHEN measure LIKE 'equipment%' THEN 'items' ELSE 'people' END, claimant,
    (as_of AT TIME ZONE 'UTC')::date, (as_of AT TIME ZONE 'UTC')::date, as_of, as_of, position, low, best, high,
    FALSE, COALESCE(low > high, FALSE), shared, FALSE, FALSE,
    (starts AT TIME ZONE 'UTC')::date, (starts AT TIME ZONE 'UTC')::date,
    to_char(starts AT TIME ZONE 'UTC', 'YYYY'), to_char(starts AT TIME ZONE 'UTC', 'YYYY-MM'),
    country, admin1, place, array_remove(ARRAY[country], NULL), array_remove(ARRAY[place, admin1], NULL),
    actors, tags
FROM toll_before;

CREATE INDEX toll_measure ON toll (timeline_id, measure, generation, first_day);

CREATE INDEX toll_shared ON toll (timeline_id, measure, generation) WHERE shared;
