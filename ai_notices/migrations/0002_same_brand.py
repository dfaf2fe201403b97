"""A delivery, its message and its webhook share a brand; and the journal is read from here on."""

from django.db import migrations

DO = """
ALTER TABLE ai_notices_delivery ADD CONSTRAINT delivery_message_same_brand
  FOREIGN KEY (brand_id, message_id) REFERENCES ai_notices_message (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_notices_delivery ADD CONSTRAINT delivery_webhook_same_brand
  FOREIGN KEY (brand_id, webhook_id) REFERENCES ai_notices_webhook (brand_id, id)
  DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ai_notices_delivery SET (fillfactor = 80);
INSERT INTO ai_notices_bookmark (event) SELECT coalesce(max(id), 0) FROM ai_core_jobevent;
"""
UNDO = """
DELETE FROM ai_notices_bookmark;
ALTER TABLE ai_notices_delivery DROP CONSTRAINT IF EXISTS delivery_webhook_same_brand;
ALTER TABLE ai_notices_delivery DROP CONSTRAINT IF EXISTS delivery_message_same_brand;
"""


class Migration(migrations.Migration):
    dependencies = [("ai_notices", "0001_initial")]
    operations = [migrations.RunSQL(DO, UNDO)]
