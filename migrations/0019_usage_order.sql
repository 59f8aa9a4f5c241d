-- For what all tenants used, read piece by piece in this order, and for the removal of old days.
CREATE INDEX usage_day_tenant ON usage (day, tenant_id, key_id, operation);
DROP INDEX usage_day;
