-- 0030 gave a contact the company of its own address alone, where settling also looks at those who were merged into it.
UPDATE contact SET company = (
	WITH RECURSIVE sub(root, id) AS (
		SELECT r.id, r.id FROM contact r WHERE r.merged_into = 0 AND r.id IN (SELECT merged_into FROM contact WHERE merged_into <> 0)
		UNION SELECT sub.root, c.id FROM contact c JOIN sub ON c.merged_into = sub.id AND c.merged_into <> 0)
	SELECT iif(s.company_at <> 0, s.assigned_company, k.domain) FROM sub JOIN contact s ON s.id = sub.id LEFT JOIN company k ON k.id = s.company_id
	WHERE sub.root = contact.id AND (s.company_at <> 0 OR k.id IS NOT NULL)
	ORDER BY s.company_at <> 0 DESC, s.id = sub.root DESC, s.company_at DESC, s.id LIMIT 1)
WHERE merged_into = 0 AND id IN (SELECT merged_into FROM contact WHERE merged_into <> 0);
