"""A function with which a statement insists: what is not so undoes the whole transaction."""

from django.db import migrations

MUST = """
CREATE FUNCTION hub_must(holds boolean, what text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION '%', what USING ERRCODE = 'HUB01';
  END IF;
  RETURN true;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("brands", "0003_audit")]
    operations = [migrations.RunSQL(MUST, "DROP FUNCTION hub_must(boolean, text)")]
