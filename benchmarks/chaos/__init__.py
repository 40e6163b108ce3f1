"""What must not happen however much goes wrong at once."""
