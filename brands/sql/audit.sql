-- The audit trail only grows. What retention removes and what erasure blanks goes through one
-- function, brands_audit_forget; whoever may not call it (docs/security.md shows the roles) can
-- neither change nor delete an entry, whatever they set.
CREATE OR REPLACE FUNCTION brands_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF coalesce(current_setting('megahub.audit_forgets', true), '') = 'yes'
       AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
    THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    RAISE EXCEPTION 'an audit entry is never changed or deleted' USING ERRCODE = 'restrict_violation';
END $$;

CREATE OR REPLACE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE ON brands_auditentry
    FOR EACH ROW EXECUTE FUNCTION brands_audit_guard();

-- Deletes up to `most` entries older than a moment, of one brand (0: those of no brand; null: all); with a
-- person named, blanks who they are in theirs and keeps what was done. Returns how many.
CREATE OR REPLACE FUNCTION brands_audit_forget(
    older_than timestamptz, of_brand bigint, of_person bigint, most integer
) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
    touched integer;
BEGIN
    PERFORM set_config('megahub.audit_forgets', 'yes', true);
    IF of_person IS NOT NULL THEN
        UPDATE brands_auditentry
        SET username = 'erased-' || of_person, address = NULL,
            object_name = CASE WHEN kind = 'sign_in' THEN '' ELSE object_name END
        WHERE id IN (
            SELECT id FROM brands_auditentry
            WHERE user_id = of_person AND at < older_than
              AND (username <> 'erased-' || of_person OR address IS NOT NULL)
            LIMIT most
        );
    ELSE
        DELETE FROM brands_auditentry WHERE id IN (
            SELECT id FROM brands_auditentry
            WHERE at < older_than
              AND (of_brand IS NULL OR brand_id = nullif(of_brand, 0)
                   OR (of_brand = 0 AND brand_id IS NULL))
            ORDER BY at LIMIT most
        );
    END IF;
    GET DIAGNOSTICS touched = ROW_COUNT;
    PERFORM set_config('megahub.audit_forgets', '', true);
    RETURN touched;
END $$;
REVOKE ALL ON FUNCTION brands_audit_forget FROM PUBLIC;
