"""Templates and features: what they say of themselves, and where they are found."""
