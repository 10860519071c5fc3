"""Takes a newer template, other features or other answers into a project that its owner has worked on."""
