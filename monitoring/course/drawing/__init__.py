"""A course on a page: SVG and figures."""
