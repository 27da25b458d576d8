-- Lists are looked through row by row, and no plan depends on what is frequent in them; to find that out took most
-- of an ANALYZE. Nor need tables be analysed again with each tenth that they grow: where a log was imported, that
-- took nearly as long as writing it.
ALTER TABLE event SET (autovacuum_analyze_scale_factor = 0.5);
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
ALTER TABLE figure_claim SET (autovacuum_analyze_scale_factor = 0.5);
ALTER TABLE toll
    ALTER COLUMN countries SET STATISTICS 0,
    ALTER COLUMN places SET STATISTICS 0,
    ALTER COLUMN actors SET STATISTICS 0,
    ALTER COLUMN tags SET STATISTICS 0,
    SET (autovacuum_analyze_scale_factor = 0.5);
