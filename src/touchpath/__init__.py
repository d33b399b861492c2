"""Touchpath measures user experience and customer experience as one thing."""
