-- How many proxies a tenant may have, and how many there are: by tenant ('' for the operator's), state
-- and encryption key, so that limits, metrics and readiness need not count them. Triggers keep it.
ALTER TABLE tenants ADD COLUMN max_proxies INTEGER NOT NULL DEFAULT 10000;

CREATE TABLE proxy_counts (
  tenant_id TEXT NOT NULL,
  state TEXT NOT NULL,
  key_id TEXT NOT NULL,
  proxies INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, state, key_id)
);

INSERT INTO proxy_counts (tenant_id, state, key_id, proxies)
  SELECT coalesce(tenant_id, ''), state, key_id, count(*) FROM proxies GROUP BY 1, 2, 3;

CREATE TRIGGER proxies_counted_in AFTER INSERT ON proxies BEGIN INSERT INTO proxy_counts (tenant_id, state, key_id, proxies) VALUES (coalesce(new.tenant_id, ''), new.state, new.key_id, 1) ON CONFLICT (tenant_id, state, key_id) DO UPDATE SET proxies = proxies + 1; END;
CREATE TRIGGER proxies_counted_out AFTER DELETE ON proxies BEGIN UPDATE proxy_counts SET proxies = proxies - 1 WHERE tenant_id = coalesce(old.tenant_id, '') AND state = old.state AND key_id = old.key_id; DELETE FROM proxy_counts WHERE tenant_id = coalesce(old.tenant_id, '') AND proxies <= 0; END;
CREATE TRIGGER proxies_counted_over AFTER UPDATE OF state, key_id ON proxies WHEN old.state <> new.state OR old.key_id <> new.key_id BEGIN UPDATE proxy_counts SET proxies = proxies - 1 WHERE tenant_id = coalesce(old.tenant_id, '') AND state = old.state AND key_id = old.key_id; DELETE FROM proxy_counts WHERE tenant_id = coalesce(old.tenant_id, '') AND proxies <= 0; INSERT INTO proxy_counts (tenant_id, state, key_id, proxies) VALUES (coalesce(new.tenant_id, ''), new.state, new.key_id, 1) ON CONFLICT (tenant_id, state, key_id) DO UPDATE SET proxies = proxies + 1; END;
