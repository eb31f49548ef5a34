"""Azure Resource Graph: the part of its language that lists clusters and pools."""
