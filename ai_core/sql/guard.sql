-- What no raw SQL, admin form or race may break about a job (design: docs/architecture.md).
-- The table of legal moves is the one in ai_core/statuses.py; a test holds the two together.

CREATE OR REPLACE FUNCTION ai_core_job_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.brand_id <> OLD.brand_id OR NEW.job_id <> OLD.job_id THEN
    RAISE EXCEPTION 'job %: brand and job_id never change', OLD.job_id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.origin_id <> OLD.origin_id OR (OLD.origin_id IS NULL AND NEW.origin_id IS NOT NULL) THEN
    RAISE EXCEPTION 'job %: its origin never changes', OLD.job_id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.attempt < OLD.attempt THEN
    RAISE EXCEPTION 'job %: attempt never decreases', OLD.job_id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status THEN
    IF (OLD.status, NEW.status) NOT IN (
      ('draft', 'pending'), ('draft', 'cancelled'),
      ('pending', 'running'), ('pending', 'cancelled'),
      ('running', 'completed'), ('running', 'failed'), ('running', 'timeout'),
      ('running', 'cancelled'), ('running', 'paused'),
      ('paused', 'pending'), ('paused', 'cancelled')
    ) THEN
      RAISE EXCEPTION 'job %: cannot go from % to %', OLD.job_id, OLD.status, NEW.status
        USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status = 'running' THEN
      NEW.started_at := coalesce(OLD.started_at, clock_timestamp());
    ELSIF NEW.status IN ('completed', 'failed', 'timeout', 'cancelled') THEN
      NEW.completed_at := clock_timestamp();
      IF NEW.status = 'completed' THEN NEW.progress_percentage := 100; END IF;
    END IF;
    IF OLD.status = 'running' THEN
      IF OLD.active_since IS NOT NULL AND NEW.active_since IS NOT NULL THEN
        NEW.active_seconds := OLD.active_seconds
          + extract(epoch FROM clock_timestamp() - OLD.active_since);
        NEW.active_since := NULL;
      END IF;
      NEW.last_token := coalesce(OLD.lease_token, OLD.last_token);
      NEW.lease_token := NULL;
      NEW.lease_expires_at := NULL;
      NEW.deadline_at := NULL;
      NEW.stop_requested := '';
      NEW.due := true;
    END IF;
  END IF;
  NEW.updated_at := clock_timestamp();
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ai_core_job_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- Running from the first moment: who takes it computes it at once, and holds it.
  IF NEW.status = 'running' THEN
    IF NEW.attempt <> 1 OR NEW.lease_token IS NULL OR NEW.started_at IS NULL
      OR NEW.deadline_at IS NULL THEN
      RAISE EXCEPTION 'a job that begins running is held by whoever runs it' USING ERRCODE = 'check_violation';
    END IF;
  ELSIF NEW.status NOT IN ('draft', 'pending') THEN
    RAISE EXCEPTION 'a job begins as draft or pending, not %', NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.origin_id IS NOT NULL AND NOT EXISTS (
    SELECT FROM ai_core_aijob o WHERE o.id = NEW.origin_id AND o.brand_id = NEW.brand_id
  ) THEN
    RAISE EXCEPTION 'the origin of a job belongs to another brand' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION ai_core_job_tell() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  before text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.status END;
BEGIN
  IF before = '' AND NEW.status = 'running' THEN  -- two moves at once, and both are told
    INSERT INTO ai_core_jobevent
      (job_id, at, type, attempt, old_status, new_status, message, payload, actor_id)
    VALUES
      (NEW.id, NEW.created_at, 'status', 0, '', 'pending', '', '{}', NEW.moved_by_id),
      (NEW.id, NEW.started_at, 'status', 1, 'pending', 'running', '', '{}', NEW.moved_by_id);
    RETURN NULL;
  END IF;
  INSERT INTO ai_core_jobevent
    (job_id, at, type, attempt, old_status, new_status, message, payload, actor_id)
  VALUES (
    NEW.id,
    coalesce(NEW.completed_at, clock_timestamp()),
    CASE WHEN before = NEW.status THEN 'attempt' ELSE 'status' END,
    NEW.attempt,
    before,
    NEW.status,
    left(CASE
      WHEN NEW.status IN ('failed', 'timeout') THEN NEW.error_message
      WHEN NEW.status = 'cancelled' THEN NEW.cancel_reason
      ELSE NEW.substatus END, 500),
    CASE WHEN NEW.error_code <> '' THEN
      jsonb_build_object('error_code', NEW.error_code, 'failure_class', NEW.failure_class)
      ELSE '{}' END,
    NEW.moved_by_id
  );
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS job_guard ON ai_core_aijob;
CREATE TRIGGER job_guard BEFORE UPDATE ON ai_core_aijob FOR EACH ROW
  WHEN (NEW.status <> OLD.status OR NEW.attempt < OLD.attempt
        OR NEW.brand_id <> OLD.brand_id OR NEW.job_id <> OLD.job_id
        OR (NEW.origin_id IS DISTINCT FROM OLD.origin_id AND NEW.origin_id IS NOT NULL))
  EXECUTE FUNCTION ai_core_job_guard();

DROP TRIGGER IF EXISTS job_born ON ai_core_aijob;
CREATE TRIGGER job_born BEFORE INSERT ON ai_core_aijob FOR EACH ROW
  WHEN (NEW.status NOT IN ('draft', 'pending') OR NEW.origin_id IS NOT NULL)
  EXECUTE FUNCTION ai_core_job_born();

DROP TRIGGER IF EXISTS job_tell_born ON ai_core_aijob;
CREATE TRIGGER job_tell_born AFTER INSERT ON ai_core_aijob FOR EACH ROW
  EXECUTE FUNCTION ai_core_job_tell();

DROP TRIGGER IF EXISTS job_tell ON ai_core_aijob;
CREATE TRIGGER job_tell AFTER UPDATE ON ai_core_aijob FOR EACH ROW
  WHEN (NEW.status <> OLD.status OR NEW.attempt <> OLD.attempt)
  EXECUTE FUNCTION ai_core_job_tell();

-- A job and its release belong to the same brand.
ALTER TABLE ai_core_aijob DROP CONSTRAINT IF EXISTS job_release_same_brand;
ALTER TABLE ai_core_aijob ADD CONSTRAINT job_release_same_brand
  FOREIGN KEY (brand_id, release_id) REFERENCES ai_core_release (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;

-- Beats rewrite one narrow row again and again: leave room for it on the page.
ALTER TABLE ai_core_aijob SET (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02);
