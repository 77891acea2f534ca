-- Fewer marks for a family, and one place for each: the store's largest table by far, and the one that made every new case dearer the
-- more there were. Those of old rules are made anew by the housekeeping, from the sealed families.
DROP TABLE household_marks;
CREATE TABLE household_marks (
  mark    BYTEA NOT NULL,
  -- Written with the family of the case and in no other way.
  case_id TEXT NOT NULL,
  PRIMARY KEY (mark, case_id)
);

-- The marks of the family, a JSON list of hexadecimal texts: by them they are found again when the family changes.
ALTER TABLE households ADD COLUMN marks TEXT;
UPDATE households SET stamp = '';
