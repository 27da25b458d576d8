-- A page of the newest entries by a time of publication begins at that time, and at what was announced by then.
CREATE INDEX entry_announced ON entry (timeline_id, generation, order_key) WHERE public_from < starts;
