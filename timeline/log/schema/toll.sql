-- What standing claims say of single incidents, to be summed; versions as in `entry`. When and where it was
-- and who acted or suffered there are the incident's: they are the same in all rows of one incident.
-- `earliest` and `latest` are the days that the count speaks for. `low` is null where it has no number that is
-- compared, `best` where it has no best number, `high` where there is no upper limit. `retracted` is whether
-- all reports of the incident are. `first_day` and `last_day` are the incident's, `year` and `month` the lines
-- on which it stands; `undated` is whether only its recording dates it. `country`, `admin1` and `place` are
-- those that the first report names, `countries` and `places` those of all. Where `shared` is not set, no
-- other row has this incident and measure: it need not be held against any.
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

CREATE INDEX toll_measure ON toll (timeline_id, measure, generation, first_day);

CREATE INDEX toll_shared ON toll (timeline_id, measure, generation) WHERE shared;

-- No plan depends on what is frequent in these. The table is analysed again when it has grown by half.
ALTER TABLE toll
    ALTER COLUMN said_at SET STATISTICS 0,
    ALTER COLUMN position SET STATISTICS 0,
    ALTER COLUMN low SET STATISTICS 0,
    ALTER COLUMN best SET STATISTICS 0,
    ALTER COLUMN high SET STATISTICS 0,
    ALTER COLUMN none_reported SET STATISTICS 0,
    ALTER COLUMN disordered SET STATISTICS 0,
    ALTER COLUMN undated SET STATISTICS 0,
    ALTER COLUMN countries SET STATISTICS 0,
    ALTER COLUMN places SET STATISTICS 0,
    ALTER COLUMN actors SET STATISTICS 0,
    ALTER COLUMN tags SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
