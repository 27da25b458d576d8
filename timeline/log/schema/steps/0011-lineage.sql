-- An id for each log, so that no answer about one can be taken for an answer about another of the same name.
ALTER TABLE timeline ADD COLUMN lineage uuid NOT NULL DEFAULT gen_random_uuid();
