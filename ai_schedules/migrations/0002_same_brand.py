"""A tick, its schedule and its job share a brand; the database holds it.

A job's brand never changes (its own guard says so), so looking once is enough.
"""

from django.db import migrations

DO = """
ALTER TABLE ai_schedules_tick ADD CONSTRAINT tick_schedule_same_brand
  FOREIGN KEY (brand_id, schedule_id) REFERENCES ai_schedules_schedule (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
CREATE OR REPLACE FUNCTION ai_schedules_brand_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.brand_id IS DISTINCT FROM (SELECT brand_id FROM ai_core_aijob WHERE id = NEW.job_id) THEN
    RAISE EXCEPTION 'tick %: its job belongs to another brand', NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER tick_brand_of_job BEFORE INSERT OR UPDATE OF brand_id, job_id
  ON ai_schedules_tick FOR EACH ROW WHEN (NEW.job_id IS NOT NULL)
  EXECUTE FUNCTION ai_schedules_brand_of_job();
"""
UNDO = """
DROP TRIGGER IF EXISTS tick_brand_of_job ON ai_schedules_tick;
DROP FUNCTION IF EXISTS ai_schedules_brand_of_job();
ALTER TABLE ai_schedules_tick DROP CONSTRAINT IF EXISTS tick_schedule_same_brand;
"""


class Migration(migrations.Migration):
    dependencies = [("ai_schedules", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
