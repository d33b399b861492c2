"""Plays the visit with segment-analytics-python."""

from script import Script, play_segment
from segment.analytics.client import Client

play_segment(Script(), Client)
