"""The pages that belong to no app: the shell around all others, login, overview, errors."""
