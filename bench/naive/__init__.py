"""What one would write first: Strawberry's own ASGI view over Tortoise rows with prefetch, on the same tables."""
