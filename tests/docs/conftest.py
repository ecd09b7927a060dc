"""What pages about a pooler need: a real one, which CI installs."""

from tests.equipment import has_pooler

collect_ignore = [] if has_pooler() else ["test_compose_pooled.py"]
