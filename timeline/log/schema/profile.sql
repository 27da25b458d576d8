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
