-- Events of meters of distinct values and of the latest reading are voided and corrected, too: a value that nobody uses any
-- more is forgotten.
grant delete on seen_values to rating_batch;
