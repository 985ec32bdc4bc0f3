"""What every request passes through before our pages and after them."""
