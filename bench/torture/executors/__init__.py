"""The job types of the torture run, as an app that the hub loads beside its own."""
