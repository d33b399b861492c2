"""What the platform can do."""
