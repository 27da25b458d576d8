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
