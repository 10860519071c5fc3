"""From a template's questions to answers: given on the command line, by default, or by a person."""
