"""What keeps a volunteer from harm that is ours to prevent: consent before anything is sent, and no identity in records."""
