"""What a clinical number may rest on."""
