-- No plan depends on what is frequent in these: lists are looked through row by row, and the others are read and
-- not asked for. To find it out took most of an ANALYZE. Nor need tables be analysed again with each tenth that they
-- grow: where a log was imported, that took nearly as long as writing it.
ALTER TABLE event
    ALTER COLUMN version SET STATISTICS 0,
    ALTER COLUMN recorded_by SET STATISTICS 0,
    ALTER COLUMN leaf_hash SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE entry
    ALTER COLUMN day_ranges SET STATISTICS 0,
    ALTER COLUMN types SET STATISTICS 0,
    ALTER COLUMN claimants SET STATISTICS 0,
    ALTER COLUMN tags SET STATISTICS 0,
    ALTER COLUMN places SET STATISTICS 0,
    ALTER COLUMN further_points SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE entry_text SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE entry_actor
    ALTER COLUMN roles SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE figure_claim
    ALTER COLUMN said_at SET STATISTICS 0,
    ALTER COLUMN adjustment SET STATISTICS 0,
    ALTER COLUMN none_reported SET STATISTICS 0,
    ALTER COLUMN low SET STATISTICS 0,
    ALTER COLUMN high SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE toll
    ALTER COLUMN said_at SET STATISTICS 0,
    ALTER COLUMN position SET STATISTICS 0,
    ALTER COLUMN low SET STATISTICS 0,
    ALTER COLUMN best SET STATISTICS 0,
    ALTER COLUMN high SET STATISTICS 0,
    ALTER COLUMN none_reported SET STATISTICS 0,
    ALTER COLUMN disordered SET STATISTICS 0,
    ALTER COLUMN undated SET STATISTICS 0,
    ALTER COLUMN countries SET STATISTICS 0,
    ALTER COLUMN places SET STATISTICS 0,
    ALTER COLUMN actors SET STATISTICS 0,
    ALTER COLUMN tags SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
