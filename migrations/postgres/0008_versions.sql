-- Every version of the programme's files that was ever used, so that a case lives by the one it was opened under, and a verdict is
-- explained by the very rules that gave it. No personal data.
CREATE TABLE versions (
  kind             TEXT NOT NULL CHECK (kind IN ('lifecycle', 'rule_pack', 'outcome_plan')),
  -- Which of its kind: the name of a rule pack; empty for others.
  name             TEXT NOT NULL,
  -- The number the file gives itself, and a digest of its text: 2026.1+0123456789ab.
  version          TEXT NOT NULL,
  first_used_at_us BIGINT NOT NULL,
  -- SHA-256 of what `files` holds once it is inflated.
  digest           BYTEA NOT NULL,
  -- The texts by their paths, as JSON, deflated.
  files            BYTEA NOT NULL,
  PRIMARY KEY (kind, name, version)
);

-- The version the case lives by. None: it was last written before versions were kept, and lives by the first that is.
ALTER TABLE cases ADD COLUMN lifecycle_version TEXT;

-- What happened is never changed, nor is what it went by.
CREATE FUNCTION versions_are_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'versions in use are never changed and never removed'; END $$;
CREATE TRIGGER versions_never_change BEFORE UPDATE OR DELETE ON versions
FOR EACH ROW EXECUTE FUNCTION versions_are_final();
CREATE TRIGGER versions_never_go BEFORE TRUNCATE ON versions
FOR EACH STATEMENT EXECUTE FUNCTION versions_are_final();
