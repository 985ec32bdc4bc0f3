"""What is said of each kind of finding: templates with named places."""
