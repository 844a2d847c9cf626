"""The ``lpsnet`` command: thin commands over the library."""
