"""Language models. Importing this room loads no model and no heavy library."""
