"""A quota, a call and the provider they name belong to the same brand; the database holds it."""

from django.db import migrations

DO = """
ALTER TABLE ai_providers_providerquota ADD CONSTRAINT quota_provider_same_brand
  FOREIGN KEY (brand_id, provider_id) REFERENCES ai_providers_provider (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_providers_providercall ADD CONSTRAINT call_provider_same_brand
  FOREIGN KEY (brand_id, provider_id) REFERENCES ai_providers_provider (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_providers_quotause SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
"""
UNDO = """
ALTER TABLE ai_providers_providerquota DROP CONSTRAINT IF EXISTS quota_provider_same_brand;
ALTER TABLE ai_providers_providercall DROP CONSTRAINT IF EXISTS call_provider_same_brand;
"""


class Migration(migrations.Migration):
    dependencies = [("ai_providers", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
