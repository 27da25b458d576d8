-- One row a timeline. Locking it orders the appends; `tree_frontier` holds the roots of the complete
-- subtrees of the timeline's RFC 6962 tree, the largest first, so that every position has a root. The views
-- that are read are the rows of `generation`, made by the version `rules` of the rules. `lineage` tells this log
-- from any other that has its name, or had it once.
CREATE TABLE timeline (
    timeline_id   text COLLATE "C" PRIMARY KEY,
    head          bigint NOT NULL DEFAULT 0 CHECK (head >= 0),
    recorded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    generation    integer NOT NULL DEFAULT 1,
    tree_frontier bytea[] NOT NULL DEFAULT '{}',
    rules         integer NOT NULL DEFAULT 1,
    lineage       uuid NOT NULL DEFAULT gen_random_uuid()
);
