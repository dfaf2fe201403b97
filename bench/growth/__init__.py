"""What an answer and a job cost while a hub grows from one to ten million jobs."""
