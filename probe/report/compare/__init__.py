"""What changed between measurements of the same targets: small rows in, one class for each target out. Pure."""
