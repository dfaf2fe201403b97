"""Makes jobs again and again: schedules by cron expression, in a time zone, once a tick."""
