"""What a project carries in `.fastkit/`: how it was made, and the files it was made of."""
