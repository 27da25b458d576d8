-- By which version of the rules the views of a timeline were made; those from before this step by the first.
ALTER TABLE timeline ADD COLUMN rules integer NOT NULL DEFAULT 1;
