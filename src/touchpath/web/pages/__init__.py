"""The pages: ask the platform, hand the answer to a template."""
