-- What had not been published by a page's time is left out by the index, without reading its rows.
DROP INDEX entry_walk;
CREATE INDEX entry_walk ON entry USING gist (
    timeline_id, generation, (order_key >> 27), (order_key & 134217727), int8range(from_position, to_position),
    public_from
);

-- What is hidden by a time of publication and has none that is known is counted on every page by such a time.
DROP INDEX entry_unknown;
CREATE INDEX entry_unknown ON entry (timeline_id, generation, public_from) INCLUDE (from_position, to_position)
    WHERE publication_unknown AND status NOT IN ('retracted', 'merged');
