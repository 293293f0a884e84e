"""Running by itself for months: schedule, state of a results folder, what operators see of it. Nothing here measures."""
