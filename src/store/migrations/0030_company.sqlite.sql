-- Whose company a contact is of, rolled up. company_id: by the mail domain of the handle that made it known; assigned_company: what a person
-- said at company_at. contact.company is what follows from both, and from those that were merged into it.
ALTER TABLE contact ADD COLUMN company TEXT COLLATE NOCASE;
ALTER TABLE contact ADD COLUMN assigned_company TEXT;
ALTER TABLE contact ADD COLUMN company_at INTEGER NOT NULL DEFAULT 0;
UPDATE contact SET company = (SELECT domain FROM company WHERE company.id = company_id) WHERE company_id IS NOT NULL;
CREATE INDEX contact_company ON contact(company, owner, restricted) WHERE merged_into = 0 AND company IS NOT NULL;
