-- Is this a family we know? What can be looked for without a name standing anywhere that could be read.

-- The family of a case as it is compared with others: levelled names, dates, home, schools, under the key of the case.
CREATE TABLE households (
  case_id TEXT NOT NULL PRIMARY KEY REFERENCES cases (id),
  -- The rules its marks were made by; another stamp means that they are made anew.
  stamp   TEXT NOT NULL,
  sealed  BLOB NOT NULL
) STRICT;

-- Keyed digests of two or more things of a household together: found by equality, made by nobody without the key file.
CREATE TABLE household_marks (
  mark    BLOB NOT NULL,
  case_id TEXT NOT NULL REFERENCES cases (id),
  PRIMARY KEY (mark, case_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX household_marks_by_case ON household_marks (case_id);

-- What one case is to another: asked by the first, answered by a person.
CREATE TABLE case_ties (
  reference TEXT NOT NULL,
  other     TEXT NOT NULL,
  standing  TEXT NOT NULL CHECK (standing IN ('proposed', 'not_known', 'related', 'known_before', 'open_elsewhere')),
  -- Keyed digest of what was found alike: an answer holds for the same facts, whichever cases they stand in.
  facts     TEXT,
  PRIMARY KEY (reference, other)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_ties_by_other ON case_ties (other);
CREATE INDEX case_ties_by_facts ON case_ties (facts) WHERE standing = 'not_known';
