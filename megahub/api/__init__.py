"""The API's manners, the same for every app: errors, bodies, the OpenAPI document and its page."""
