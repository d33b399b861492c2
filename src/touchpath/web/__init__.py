"""JSON API and pages."""
