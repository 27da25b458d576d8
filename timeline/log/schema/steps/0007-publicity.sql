-- When the world came to know of what a row shows; until the views are rebuilt nothing is known of that.
ALTER TABLE entry
    ADD COLUMN public_from timestamptz,
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN publication_unknown boolean NOT NULL DEFAULT FALSE,
    ADD COLUMN displaced boolean NOT NULL DEFAULT FALSE;

ALTER TABLE figure_claim
    ADD COLUMN public_from timestamptz,
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN publication_unknown boolean NOT NULL DEFAULT FALSE;

ALTER TABLE toll
    ADD COLUMN public_from timestamptz,
    ADD COLUMN settled_at timestamptz,
    ADD COLUMN publication_unknown boolean NOT NULL DEFAULT FALSE;

CREATE INDEX entry_displaced ON entry (timeline_id, generation) WHERE displaced;

CREATE INDEX entry_unknown ON entry (timeline_id, generation) WHERE publication_unknown;
