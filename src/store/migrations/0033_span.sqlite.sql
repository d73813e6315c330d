-- Where searches by date begin and end (docs/decisions/reading.md): of each span of 25 days the ids of the entries that occurred in it lie
-- between min_id and max_id. The second may say too much; max_id goes up an hour at a time, so that few entries write here.
CREATE TABLE entry_span(slot INTEGER PRIMARY KEY, min_id INTEGER NOT NULL, max_id INTEGER NOT NULL);
INSERT INTO entry_span SELECT occurred_at >> 41, min(id), max(id) FROM interaction GROUP BY 1;
-- Channels that are rare in most stores; the two of which most stores are full are found soon without one.
CREATE INDEX interaction_rare ON interaction(channel) WHERE channel NOT IN (1, 2);
