"""The API's types: OpenAPI documents for clients, and the check for unknown fields."""
