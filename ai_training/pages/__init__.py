"""The pages of trainings: the part of a job that is a run, and what runs are made of."""
