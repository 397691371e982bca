"""What people see and press: the panel and the JSON API."""
