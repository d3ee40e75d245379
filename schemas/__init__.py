"""What things are: data and models. Imports nothing else of this project."""
