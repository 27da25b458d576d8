-- Lets a GiST index hold text and numbers beside ranges.
CREATE EXTENSION IF NOT EXISTS btree_gist;
-- Entries, a row a version: valid over the positions [from_position, to_position).
-- `order_key` puts entries in order (second of `starts`, then the position of the first report), uniquely.
CREATE TABLE entry (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    development   uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    order_key     bigint NOT NULL,
    starts        timestamptz NOT NULL,
    ends          timestamptz NOT NULL,
    type          text COLLATE "C" NOT NULL,
    status        text COLLATE "C" NOT NULL,
    claimant      text COLLATE "C",
    tags          text[] NOT NULL,
    places        text[] NOT NULL,
    latitude      double precision,
    longitude     double precision,
    words         text NOT NULL,
    document      json NOT NULL,
    PRIMARY KEY (timeline_id, generation, development, from_position)
);

-- Walks a page at any position at the cost of a page now: the range holds the row's positions, and the
-- distances of the order key's two parts to far ones give the order. In one part they would not: an index
-- measures distances in double precision, which cannot tell neighbours apart beyond 2^53.
CREATE INDEX entry_walk ON entry USING gist (
    timeline_id, generation, (order_key >> 27), (order_key & 134217727), int8range(from_position, to_position)
);

-- What a record did, for diff and replay. The generation stands last, so that this index shares only one
-- column with the primary key: before the first ANALYZE the planner takes one prefix of equals for the other.
CREATE INDEX entry_change ON entry (timeline_id, from_position, generation);

CREATE INDEX entry_words ON entry USING gin (to_tsvector('simple', words));
-- Which entries name which actors, and how; versions as in `entry`.
CREATE TABLE entry_actor (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    actor         text COLLATE "C" NOT NULL,
    order_key     bigint NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    development   uuid NOT NULL,
    roles         text[] NOT NULL,
    PRIMARY KEY (timeline_id, generation, actor, order_key, from_position)
);
-- Claims on figures, and the resets of their series; versions as in `entry`. Of a claimant's claims for one
-- date the one with the last `position` stands: that of the record that first reported it.
-- `low` and `high` are the bounds of the figure; a reset has neither, and no claimant where it is for all.
-- A reset with an `adjustment` does not cut its line: the total goes on, revised by that number.
CREATE TABLE figure_claim (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    source        uuid NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    series        text COLLATE "C" NOT NULL,
    claimant      text COLLATE "C",
    as_of         timestamptz NOT NULL,
    position      bigint NOT NULL,
    is_reset      boolean NOT NULL,
    adjustment    bigint,
    low           bigint,
    high          bigint,
    document      json NOT NULL,
    PRIMARY KEY (timeline_id, generation, source, from_position)
);

CREATE INDEX figure_claim_series ON figure_claim (timeline_id, series, generation, as_of);

CREATE INDEX figure_claim_reset ON figure_claim (timeline_id, generation, series) WHERE is_reset;
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
-- What actors and the timeline itself are called (kind `actor` or `timeline`); versions as in `entry`.
CREATE TABLE profile (
    timeline_id   text COLLATE "C" NOT NULL,
    generation    integer NOT NULL,
    kind          text COLLATE "C" NOT NULL,
    subject       text COLLATE "C" NOT NULL,
    from_position bigint NOT NULL,
    to_position   bigint,
    name          text NOT NULL,
    part_of       text COLLATE "C",
    document      json NOT NULL,
    PRIMARY KEY (timeline_id, generation, kind, subject, from_position)
);
