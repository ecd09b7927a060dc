"""The processes: web server, worker and commands; only outside/ talks to strangers."""
