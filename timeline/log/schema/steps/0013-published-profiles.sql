-- When profiles were published. Of those from before their publication was looked at, until they are made anew,
-- all stand from the start.
ALTER TABLE profile
    ADD COLUMN public_from timestamptz,
    ADD COLUMN settled_at timestamptz;

UPDATE profile SET public_from = '0001-01-01 00:00:00+00', settled_at = '0001-01-01 00:00:00+00';
