"""The pages on which a victim reads their own case and acts in it, by a link and a code."""
