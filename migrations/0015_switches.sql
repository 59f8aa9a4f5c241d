-- Whether tenants are suspended or deleted is known to each process. This number tells the others that
-- it has changed, so that they need not look at all tenants whenever somebody writes something.
INSERT INTO meta (key, value) VALUES ('switches', '0');

CREATE TRIGGER tenants_switched AFTER UPDATE OF status ON tenants WHEN old.status <> new.status BEGIN UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE key = 'switches'; END;
