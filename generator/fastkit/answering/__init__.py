"""From a template's questions to answers: given with the call, by default, or by a person."""
