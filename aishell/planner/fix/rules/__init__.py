"""One module for each sort of mistake; each rule is a function from a case to fixes."""
