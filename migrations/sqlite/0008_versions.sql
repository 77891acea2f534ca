-- Every version of the programme's files that was ever used, so that a case lives by the one it was opened under, and a verdict is
-- explained by the very rules that gave it. No personal data.
CREATE TABLE versions (
  kind             TEXT NOT NULL CHECK (kind IN ('lifecycle', 'rule_pack', 'outcome_plan')),
  -- Which of its kind: the name of a rule pack; empty for others.
  name             TEXT NOT NULL,
  -- The number the file gives itself, and a digest of its text: 2026.1+0123456789ab.
  version          TEXT NOT NULL,
  first_used_at_us INTEGER NOT NULL,
  -- SHA-256 of what `files` holds once it is inflated.
  digest           BLOB NOT NULL,
  -- The texts by their paths, as JSON, deflated.
  files            BLOB NOT NULL,
  PRIMARY KEY (kind, name, version)
) STRICT, WITHOUT ROWID;

-- The version the case lives by. None: it was last written before versions were kept, and lives by the first that is.
ALTER TABLE cases ADD COLUMN lifecycle_version TEXT;

-- What happened is never changed, nor is what it went by.
CREATE TRIGGER versions_never_change BEFORE UPDATE ON versions
BEGIN SELECT RAISE(ABORT, 'versions in use are never changed'); END;
CREATE TRIGGER versions_never_go BEFORE DELETE ON versions
BEGIN SELECT RAISE(ABORT, 'versions in use are never removed'); END;
