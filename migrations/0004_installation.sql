-- Since when a tenant counts as deleted; its rows are removed bit by bit after that.
ALTER TABLE tenants ADD COLUMN deleted_at INTEGER;

-- Tells this database from others; a file beside a local one names it, too.
INSERT INTO meta (key, value) VALUES ('database_id', lower(hex(randomblob(16))));
