-- A project's owner may offer it to a member, who accepts or declines.
--
-- Servers of the version before neither read nor write the column. The offer ends with the membership by the foreign key, so it does
-- when such a server removes the member; one that it leaves on a project in the trash can be accepted only after that is restored.
SET LOCAL lock_timeout = '5s';

ALTER TABLE projects ADD COLUMN transfer_to uuid;
-- Only a member can be asked.
ALTER TABLE projects ADD CONSTRAINT projects_transfer_to_fkey FOREIGN KEY (id, transfer_to)
    REFERENCES project_members (project_id, user_id) ON DELETE SET NULL (transfer_to);
ALTER TABLE projects ADD CONSTRAINT projects_inbox_is_kept CHECK (NOT is_inbox OR transfer_to IS NULL);
