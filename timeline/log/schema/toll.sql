-- What standing claims say of single incidents, to be summed; versions as in `entry`. When and where it was
-- and who acted or suffered there are the incident's: they are the same in all rows of one incident.
-- `best` is null where the source gave no number, `high` where there is no upper limit. Where `shared` is not
-- set, no other row has this incident and measure: it need not be held against any.
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
    claimant      text COLLATE "C" NOT NULL,
    as_of         timestamptz NOT NULL,
    position      bigint NOT NULL,
    low           bigint NOT NULL,
    best          bigint,
    high          bigint,
    shared        boolean NOT NULL,
    starts        timestamptz NOT NULL,
    country       text COLLATE "C",
    admin1        text COLLATE "C",
    place         text COLLATE "C",
    actors        text[] NOT NULL,
    tags          text[] NOT NULL,
    PRIMARY KEY (timeline_id, generation, source, from_position)
);

CREATE INDEX toll_measure ON toll (timeline_id, measure, generation, starts);

CREATE INDEX toll_shared ON toll (timeline_id, measure, generation) WHERE shared;
