"""The only sockets that this server opens to strangers."""
