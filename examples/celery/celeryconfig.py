"""Celery's settings. In production BROKER_URL names Redis or RabbitMQ; folders do to try it."""

import os

broker_url = os.environ.get("BROKER_URL", "filesystem://")
if broker_url == "filesystem://":
    _folder = os.environ.get("BROKER_FOLDER", "/tmp/shop-broker")
    broker_transport_options = {
        "data_folder_in": f"{_folder}/messages",
        "data_folder_out": f"{_folder}/messages",
        "control_folder": f"{_folder}/control",
        "polling_interval": 0.1,
    }

# [region: settings]
# A message comes again when a worker dies. That is harmless: the database says whether the refund was sent.
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1
# Above the client's time limit of 20 s, so that calls end first.
task_soft_time_limit = 40
task_time_limit = 60
# [end]
