"""Queries as data: every analysis is a document that any door can send, and answers with tables."""
