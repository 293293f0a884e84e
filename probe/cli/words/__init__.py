"""What commands say to people, one module per command, so that it can be translated in one place."""
