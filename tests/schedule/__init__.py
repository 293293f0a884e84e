"""Tests of order, cool-downs and the backlog."""
