ALTER TABLE sessions ADD COLUMN last_used_at INTEGER;
