-- When the server took a commit, by its own clock: an erasure waits for a day after it was announced (spec/http-api.md §3.1).
-- Commits from before this column count as taken long ago.

ALTER TABLE commits ADD COLUMN received INTEGER NOT NULL DEFAULT 0;
