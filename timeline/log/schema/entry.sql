-- Entries, a row a version: valid over the positions [from_position, to_position).
-- `order_key` puts entries in order (second of `starts`, then the position of the first report), uniquely.
-- The rest but `status` is what any report of the development says. Its days lie from `first_day` to `last_day`;
-- `day_ranges` holds them as texts of the type daterange where there are gaps between, `further_points` as texts
-- of the type point what more than one report says of the coordinates: few rows have either.
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
    document       json NOT NULL,
    public_from   timestamptz,
    settled_at    timestamptz,
    publication_unknown boolean NOT NULL DEFAULT FALSE,
    displaced     boolean NOT NULL DEFAULT FALSE,
    PRIMARY KEY (timeline_id, generation, development, from_position)
);

-- Walks a page at any position at the cost of a page now: the range holds the row's positions, and the
-- distances of the order key's two parts to far ones give the order. In one part they would not: an index
-- measures distances in double precision, which cannot tell neighbours apart beyond 2^53. `public_from` leaves
-- out what a page by a time of publication does not show, without reading its rows.
CREATE INDEX entry_walk ON entry USING gist (
    timeline_id, generation, (order_key >> 27), (order_key & 134217727), int8range(from_position, to_position),
    public_from
);

-- What a record did, for diff and replay. The generation stands last, so that this index shares only one
-- column with the primary key: before the first ANALYZE the planner takes one prefix of equals for the other.
CREATE INDEX entry_change ON entry (timeline_id, from_position, generation);

-- Entries with days before those that put them in order, by which a page up to a date finds them: another report
-- of the same development says so. A day by the clock of its place begins up to a day before that of UTC.
CREATE INDEX entry_early ON entry (timeline_id, generation, first_day)
    WHERE first_day < (starts AT TIME ZONE 'UTC')::date - 1;

-- By a time of publication the world may have known another date of these, so that they stood elsewhere.
CREATE INDEX entry_displaced ON entry (timeline_id, generation) WHERE displaced;

-- Entries that were published before they begin: all others begin by the time that a page asks for.
CREATE INDEX entry_announced ON entry (timeline_id, generation, order_key) WHERE public_from < starts;

-- Counts what is hidden by a time of publication, where there is no filter without reading the rows.
CREATE INDEX entry_unknown ON entry (timeline_id, generation, public_from) INCLUDE (from_position, to_position)
    WHERE publication_unknown AND status NOT IN ('retracted', 'merged');

-- No plan depends on what is frequent in these. The table is analysed again when it has grown by half.
ALTER TABLE entry
    ALTER COLUMN day_ranges SET STATISTICS 0,
    ALTER COLUMN types SET STATISTICS 0,
    ALTER COLUMN claimants SET STATISTICS 0,
    ALTER COLUMN tags SET STATISTICS 0,
    ALTER COLUMN places SET STATISTICS 0,
    ALTER COLUMN further_points SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
