"""A run and all that it names belong to the brand of its job; the database holds it.

The job's brand never changes (its own guard says so), so looking once is enough.
"""

from django.db import migrations

DO = """
CREATE OR REPLACE FUNCTION ai_training_brand_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.brand_id IS DISTINCT FROM (SELECT brand_id FROM ai_core_aijob WHERE id = NEW.job_id) THEN
    RAISE EXCEPTION 'job %: a row of another brand cannot hang on it', NEW.job_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER run_brand_of_job BEFORE INSERT OR UPDATE OF brand_id, job_id
  ON ai_training_trainingrun FOR EACH ROW EXECUTE FUNCTION ai_training_brand_of_job();
ALTER TABLE ai_training_trainingrun ADD CONSTRAINT run_dataset_same_brand
  FOREIGN KEY (brand_id, dataset_id) REFERENCES ai_training_dataset (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_training_trainingrun ADD CONSTRAINT run_configuration_same_brand
  FOREIGN KEY (brand_id, configuration_id)
  REFERENCES ai_training_trainingconfiguration (brand_id, id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_training_trainingrun ADD CONSTRAINT run_offer_same_brand
  FOREIGN KEY (brand_id, offer_id) REFERENCES ai_training_computeoffer (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_training_costsegment ADD CONSTRAINT segment_run_same_brand
  FOREIGN KEY (brand_id, job_id) REFERENCES ai_training_trainingrun (brand_id, job_id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_training_costsegment ADD CONSTRAINT segment_offer_same_brand
  FOREIGN KEY (brand_id, offer_id) REFERENCES ai_training_computeoffer (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_training_trainingrun SET (fillfactor = 70);
"""
UNDO = """
ALTER TABLE ai_training_costsegment DROP CONSTRAINT IF EXISTS segment_offer_same_brand;
ALTER TABLE ai_training_costsegment DROP CONSTRAINT IF EXISTS segment_run_same_brand;
ALTER TABLE ai_training_trainingrun DROP CONSTRAINT IF EXISTS run_offer_same_brand;
ALTER TABLE ai_training_trainingrun DROP CONSTRAINT IF EXISTS run_configuration_same_brand;
ALTER TABLE ai_training_trainingrun DROP CONSTRAINT IF EXISTS run_dataset_same_brand;
DROP TRIGGER IF EXISTS run_brand_of_job ON ai_training_trainingrun;
DROP FUNCTION IF EXISTS ai_training_brand_of_job();
"""


class Migration(migrations.Migration):
    dependencies = [("ai_training", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
