from django.db import migrations
from paywelcome.refunds import schema


# [region: migration]
class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [migrations.RunSQL(schema("sqlite"))]


# [end]
