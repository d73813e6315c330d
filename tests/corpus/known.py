"""Where the product and the labels differ, and why: (mail, kind of label) → reason. The floor of the test."""

KNOWN = {}
