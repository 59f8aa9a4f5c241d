-- Null: the service's default, which the operator sets for all tenants.
ALTER TABLE tenants ADD COLUMN requests_per_second INTEGER;
ALTER TABLE tenants ADD COLUMN burst INTEGER;
ALTER TABLE tenants ADD COLUMN max_in_flight INTEGER NOT NULL DEFAULT 64;
ALTER TABLE tenants ADD COLUMN max_sessions INTEGER NOT NULL DEFAULT 10000;
-- A JSON list.
ALTER TABLE tenants ADD COLUMN cors_origins TEXT NOT NULL DEFAULT '[]';

-- The end a key was made with: a rotation brings expires_at forward and leaves this as it is.
ALTER TABLE api_keys ADD COLUMN granted_until INTEGER;
UPDATE api_keys SET granted_until = expires_at;
