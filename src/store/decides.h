/* Which word about a contact counts, of its own and of those merged into it (?1: the contact). One row, or none: nobody says anything. */
#pragma once

#define WITH_MERGED "WITH RECURSIVE sub(id) AS (SELECT ?1 UNION SELECT c.id FROM contact c JOIN sub ON c.merged_into = sub.id AND c.merged_into <> 0)"

/* Its own before that of others, the newest word of a person before rules. */
#define DECIDES_OWNER(what) \
	WITH_MERGED " SELECT " what " FROM contact s WHERE s.id IN sub AND (s.assigned_at <> 0 OR s.made_owner IS NOT NULL)" \
	" ORDER BY s.id = ?1 DESC, s.assigned_at DESC, s.id LIMIT 1"

/* What a person said before what an address says, then its own before that of others. */
#define DECIDES_COMPANY(what) \
	WITH_MERGED " SELECT " what " FROM contact s LEFT JOIN company k ON k.id = s.company_id" \
	" WHERE s.id IN sub AND (s.company_at <> 0 OR k.id IS NOT NULL)" \
	" ORDER BY s.company_at <> 0 DESC, s.id = ?1 DESC, s.company_at DESC, s.id LIMIT 1"
