-- What is asked all the time must not grow with the letters that have left: how many left this hour, what a digest holds.
CREATE INDEX letters_settled ON letters (state, settled_at_us);
CREATE INDEX letters_of_digest ON letters (gathered_into) WHERE gathered_into IS NOT NULL;
