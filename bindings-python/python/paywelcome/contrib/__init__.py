"""What the package brings for frameworks; none of it is imported before it is asked for."""
