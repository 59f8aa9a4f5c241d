-- Requests a second that all keys of a tenant may make together; null: a multiple of what one key may.
ALTER TABLE tenants ADD COLUMN tenant_requests_per_second INTEGER;
