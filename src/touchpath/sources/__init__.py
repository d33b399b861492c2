"""Payloads of other systems turned into signals."""
