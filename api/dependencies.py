"""What the HTTP API needs from outside, and one provider for each part of it."""
