"""Plays the visit with analytics-python, which Segment's own users still run."""

from analytics.client import Client
from script import Script, play_segment

play_segment(Script(), Client)
