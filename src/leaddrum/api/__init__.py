"""The HTTP interface, version 1: JSON, bearer tokens, one shape of refusal. Described at `/api/v1/openapi.json`."""
