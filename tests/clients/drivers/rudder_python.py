"""Plays the visit with rudder-sdk-python."""

from rudderstack.analytics.client import Client
from script import Script, play_segment

play_segment(Script(), Client)
