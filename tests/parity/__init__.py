"""The same template and answers for fastkit and for copier, and whether the two trees are the same."""
