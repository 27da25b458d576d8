-- The last position recorded by a time, 0 if none. `recorded_at` never decreases within a timeline, so a
-- binary search by primary key needs no index of its own.
CREATE FUNCTION position_at(of_timeline text, at_time timestamptz) RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    low    bigint := 0;
    high   bigint;
    middle bigint;
BEGIN
    SELECT head INTO high FROM timeline WHERE timeline_id = of_timeline;
    WHILE low < high LOOP
        middle := (low + high + 1) / 2;
        IF (SELECT recorded_at <= at_time FROM event WHERE timeline_id = of_timeline AND position = middle) THEN
            low := middle;
        ELSE
            high := middle - 1;
        END IF;
    END LOOP;
    RETURN low;
END
$$;
