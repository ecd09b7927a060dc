"""How reads run: the selection of a field becomes one SQL statement that answers its JSON; knows no noun."""
