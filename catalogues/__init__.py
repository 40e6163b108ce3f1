"""The texts that people read, gathered for those who translate and approve them; only the build reads this."""
