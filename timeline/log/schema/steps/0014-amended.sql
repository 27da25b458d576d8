-- What was ever amended: few events are, and of these a list by a time of publication asks who had been told.
CREATE INDEX reference_amended ON reference (timeline_id, position, target) WHERE amends;
